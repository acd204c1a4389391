/** Whose key this is. A key that acts as a person would write in that person's name, so it is refused. */
import type { Principal } from '../core/model/devin.ts';
import { SourceReadError } from '../lib/errors.ts';
import type { DevinClient } from './client.ts';
import { asSourceError } from './pages.ts';
import type { Prefix } from './requests.ts';
import { firstIssue, Self } from './schema.ts';

export interface KeyOwner {
  readonly principal: Principal;
  readonly calls: number;
}

/** @throws SourceReadError when the key belongs to a person or to one organization only. */
export async function readKeyOwner(
  client: DevinClient,
  prefix: Prefix,
  signal: AbortSignal,
): Promise<KeyOwner> {
  const path = selfPath(prefix);
  const { json, calls } = await asSourceError(`The owner of the Devin key (${path})`, signal, () =>
    client.get(path, signal),
  );
  return { principal: principalOf(json, prefix), calls };
}

/** In /v3beta1 the same call is one level deeper. */
export function selfPath(prefix: Prefix): string {
  return prefix === '/v3' ? '/v3/self' : '/v3beta1/enterprise/self';
}

/** @throws SourceReadError when this is not a service user of the enterprise. */
export function principalOf(json: unknown, prefix: Prefix): Principal {
  const self = Self.safeParse(json);
  if (!self.success)
    throw new SourceReadError(`${selfPath(prefix)} is not as the API promises: ${firstIssue(self.error)}.`);
  const { principal_type: type, service_user_id: id, service_user_name: name, org_id: org } = self.data;
  const isService = type === 'service_user' || (type == null && prefix === '/v3beta1');
  if (!isService || id == null) {
    const whose =
      type === 'pat_user' ? 'a person (a personal access token)' : `principal_type ${type ?? 'none'}`;
    throw new SourceReadError(
      `The Devin key belongs to ${whose}, not to a service user. Make a service user in the enterprise settings of Devin, give it the permissions that doctor names, and use its key.`,
    );
  }
  if (org != null)
    throw new SourceReadError(
      `The Devin key belongs to service user ${name ?? id} of one organization only (${org}). Use the key of a service user of the enterprise.`,
    );
  return { id, name: name ?? id };
}
