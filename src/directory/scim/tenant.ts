import type { ScimOptions } from './options.ts';

/** SCIM has no id of a tenant: the name in the configuration, or the address of the service. */
export function tenantOf({ name, url }: ScimOptions): string {
  const { host, pathname } = new URL(url);
  return `scim:${name ?? `${host}${pathname.replace(/\/+$/, '')}`}`;
}
