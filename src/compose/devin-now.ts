/** A reading of Devin for those who look at pages: shared by everybody who asks meanwhile, and for a while after. */
import { type OrgPeople, peopleOfOrg } from '../actions/org-people.ts';
import type { DevinState } from '../core/model/devin.ts';
import type { DevinTarget } from '../devin/target.ts';

/** Turning a page of a list must not read everything again. */
const FRESH_MS = 5 * 60_000;
/** A reading that takes longer than this has hung. */
const READ_MS = 15 * 60_000;

/** Held as long as nothing else needs its memory. @param clock epoch ms */
export function orgPeopleNow(
  target: () => DevinTarget,
  clock: () => number = Date.now,
): (org: string, search: string) => Promise<OrgPeople> {
  let known: { readonly at: number; readonly of: DevinTarget; readonly state: WeakRef<DevinState> } | null =
    null;
  let reading: Promise<{ at: number; state: DevinState }> | null = null;
  const read = async () => {
    const of = target();
    const at = clock();
    const state = await of.read({ signal: AbortSignal.timeout(READ_MS), onProgress: () => {} });
    known = { at, of, state: new WeakRef(state) };
    return { at, state };
  };
  return async (org, search) => {
    const state =
      known !== null && known.of === target() && clock() - known.at < FRESH_MS
        ? known.state.deref()
        : undefined;
    if (known !== null && state !== undefined)
      return { at: known.at, people: await peopleOfOrg(state, org, search) };
    reading ??= read().finally(() => {
      reading = null;
    });
    const now = await reading;
    return { at: now.at, people: await peopleOfOrg(now.state, org, search) };
  };
}
