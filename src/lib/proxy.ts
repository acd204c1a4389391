/** Outgoing HTTP through the proxies of the surroundings, for every client of this process at once. */
import { setGlobalProxyFromEnv } from 'node:http';

export interface ProxySettings {
  /** URL of the proxy for http targets; null: none. It may hold a user name and a password. */
  readonly http: string | null;
  /** URL of the proxy for https targets; null: none. */
  readonly https: string | null;
  /** Hosts that are asked directly, as in NO_PROXY: comma-separated, `.example.com` for a domain; may be empty. */
  readonly none: string;
}

/** @returns what puts things back as they were. */
export function useProxies(settings: ProxySettings): () => void {
  if (settings.http === null && settings.https === null) return () => {};
  return setGlobalProxyFromEnv({
    ...(settings.http === null ? {} : { HTTP_PROXY: settings.http }),
    ...(settings.https === null ? {} : { HTTPS_PROXY: settings.https }),
    NO_PROXY: settings.none,
  });
}
