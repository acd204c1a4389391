/** Takes dead letters off the list, under a name and with a reason: nobody tries them again. */
import { ConfigError } from '../lib/errors.ts';
import type { Store } from '../state/store.ts';

export interface Discard {
  readonly planId: string;
  readonly by: string;
  readonly why: string;
  /** Absent: all that failed. */
  readonly opKeys: readonly string[] | undefined;
}

/** Returns how many. @throws ConfigError */
export async function discardFailed(
  { store, clock }: { readonly store: Store; readonly clock: () => number },
  { planId, by, why, opKeys }: Discard,
): Promise<number> {
  const failed = (await store.writes.failures(planId)).map(({ opKey }) => opKey);
  refuseUnfailed(planId, failed, opKeys);
  return store.writes.discard(planId, { opKeys: opKeys ?? failed, by, why, at: clock() });
}

/** @throws ConfigError that names each one which is not on the list */
export function refuseUnfailed(
  planId: string,
  failed: readonly string[],
  opKeys: readonly string[] | undefined,
): void {
  const unknown = (opKeys ?? []).filter((key) => !failed.includes(key));
  if (unknown.length > 0)
    throw new ConfigError(unknown.map((key) => `operation ${key} of plan ${planId} did not fail`));
}
