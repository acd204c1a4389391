/** When the daemon's own key ends. */
import type { DevinClient } from './client.ts';
import { type Prefix, pathOf } from './requests.ts';
import { ServiceUser } from './schema.ts';

export function keyEndPath(prefix: Prefix, serviceUserId: string): string {
  const names = { service_user_id: serviceUserId };
  return pathOf(prefix, '/v3/enterprise/members/service-users/{service_user_id}', names);
}

/** Epoch ms; null: Devin names none. */
export function keyEndOf(json: unknown): number | null {
  const user = ServiceUser.safeParse(json);
  return user.success && user.data.expires_at != null ? user.data.expires_at * 1000 : null;
}

/** @throws TargetError where the key may not read it. */
export async function readKeyEnd(
  client: DevinClient,
  prefix: Prefix,
  serviceUserId: string,
  signal: AbortSignal,
): Promise<number | null> {
  const { json } = await client.get(keyEndPath(prefix, serviceUserId), signal);
  return keyEndOf(json);
}
