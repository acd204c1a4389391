/** ETags in requests (RFC 7644 section 3.14, RFC 9110 section 13). */
import type { FastifyRequest } from 'fastify';
import { ScimFault } from '../../lib/scim/fault.ts';
import { etagOf } from '../../lib/scim/representation.ts';
import type { ScimResource } from '../../lib/scim/store.ts';

/** Whether the client has this version already: 304. */
export function isKnown(request: FastifyRequest, resource: ScimResource): boolean {
  const header = request.headers['if-none-match'];
  return header !== undefined && names(header, resource.version);
}

/** Whether the write may go to this version only, which then is the current one. @throws ScimFault 412 */
export function isBound(request: FastifyRequest, resource: ScimResource): boolean {
  const header = request.headers['if-match'];
  if (header === undefined || header.trim() === '*') return false;
  if (!names(header, resource.version)) throw changed(resource.version);
  return true;
}

export function changed(version: number): ScimFault {
  return new ScimFault(412, null, `The resource has changed: its version is ${etagOf(version)} now.`);
}

/** Weak comparison: clients keep or drop the W/. */
function names(header: string, version: number): boolean {
  const current = `"${version}"`;
  return header.split(',').some((part) => {
    const tag = part.trim();
    return tag === '*' || (tag.startsWith('W/') ? tag.slice(2) : tag) === current;
  });
}
