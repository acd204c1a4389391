/** A stored plan by its id or the first digits of it. */
import type { Plan } from '../core/model/change.ts';
import { ConfigError } from '../lib/errors.ts';
import type { PlanHead, Store } from '../state/store.ts';

const SHORTEST = 8;
/** As many of the newest plans as a prefix is looked for among. */
const NEWEST = 1000;

/** null: no such plan. @throws ConfigError when the digits name more than one plan, or are too few. */
export async function findPlan(store: Pick<Store, 'plans'>, id: string): Promise<Plan | null> {
  const digits = id.toLowerCase();
  if (digits.length === 64) return store.plans.get(digits);
  if (digits.length < SHORTEST || !/^[0-9a-f]+$/.test(digits)) {
    throw new ConfigError([`"${id}" is no plan id: give ${SHORTEST} to 64 of its hexadecimal digits`]);
  }
  const heads = await store.plans.list(NEWEST);
  const found = heads.filter((head) => head.id.startsWith(digits));
  if (found.length > 1) throw new ConfigError([`"${id}" names ${found.length} plans: give more digits`]);
  return found.length === 0 ? null : store.plans.get((found[0] as PlanHead).id);
}

/** @throws ConfigError that names the newest plans when there is none of that id. */
export async function needPlan(store: Pick<Store, 'plans'>, id: string): Promise<Plan> {
  const plan = await findPlan(store, id);
  if (plan !== null) return plan;
  const newest = (await store.plans.list(5)).map((head) => head.id.slice(0, 12)).join(', ');
  throw new ConfigError([`no plan "${id}" is stored; the newest are: ${newest === '' ? 'none' : newest}`]);
}

/**
 * The plan with the operations that were given to the writers last, or as it is where none were: a look since then may
 * have found other changes held.
 */
export async function asLetGo(store: Pick<Store, 'plans' | 'writes'>, plan: Plan): Promise<Plan> {
  const submission = await store.writes.submission(plan.id);
  return (submission && (await store.plans.sealed(plan.id, submission.edition))) ?? plan;
}
