/** What of a changed configuration a running process may take up. Pure. */
import type { Config } from '../config/config.ts';
import { ConfigError } from '../lib/errors.ts';

/** Of each enterprise, its API or its SCIM service, plans under way name people and groups by ids of that one. */
const SERVICES = {
  'devin.url': ({ devin }: Config) => devin.url,
  'devin.prefix': ({ devin }: Config) => devin.prefix,
  'devin.scim.url': ({ devin }: Config) => devin.scim?.url,
} as const;

/**
 * What the process was built on cannot change under it: it keeps its value, and its key is named in `kept`.
 * @throws ConfigError when what is written to is another service, or is written to by one more or one less.
 */
export function keepFixed(first: Config, next: Config): { config: Config; kept: string[] } {
  for (const [key, of] of Object.entries(SERVICES)) {
    const [before, after] = [of(first), of(next)];
    if (before === after) continue;
    throw new ConfigError([
      `${key} changed from ${before ?? 'none'} to ${after ?? 'none'}: plans under way were made for the first; ` +
        'restart the daemon to use another one',
    ]);
  }
  const kept: string[] = [];
  const fixed = <T>(key: string, before: T, after: T): T => {
    if (JSON.stringify(before) !== JSON.stringify(after)) kept.push(key);
    return before;
  };
  const { host, port, publicUrl } = first.server;
  fixed('server.listen', [host, port], [next.server.host, next.server.port]);
  fixed('server.publicUrl', publicUrl, next.server.publicUrl);
  const seatWords = fixed('devin.seatWords', first.devin.seatWords, next.devin.seatWords);
  const devin = { ...next.devin, seatWords };
  if (first.devin.scim !== undefined && next.devin.scim !== undefined) {
    const before = first.devin.scim.maxPerSecond;
    const maxPerSecond = fixed('devin.scim.maxPerSecond', before, next.devin.scim.maxPerSecond);
    devin.scim = { ...next.devin.scim, maxPerSecond };
  }
  const config: Config = {
    ...next,
    stateDir: fixed('stateDir', first.stateDir, next.stateDir),
    redis: fixed('redis', first.redis, next.redis),
    limits: fixed('limits', first.limits, next.limits),
    proxy: first.proxy,
    server: { ...next.server, host, port, publicUrl },
    devin,
  };
  return { config, kept };
}
