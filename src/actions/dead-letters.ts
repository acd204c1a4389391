/** Writes that failed for good: seen, tried again, or taken off the list. */
import type { Plan } from '../core/model/change.ts';
import { ConfigError } from '../lib/errors.ts';
import type { Outcome, Store } from '../state/store.ts';
import { asLetGo, needPlan } from './find-plan.ts';

/** What the queue room does with them. */
export interface DeadLetters {
  failures(planId: string): Promise<readonly Outcome[]>;
  /** Returns how many writes are open again. @throws ConfigError */
  retry(planId: string, by: string, opKeys?: readonly string[]): Promise<number>;
  /** Returns how many. @throws ConfigError */
  discard(planId: string, by: string, why: string, opKeys?: readonly string[]): Promise<number>;
}

export interface FailedWrites {
  readonly plan: Plan;
  readonly failures: readonly Outcome[];
}

/** Newer plans than this have taken over. */
const LOOKED_THROUGH = 20;

/** Of one plan, or of the newest plan that has some; null: none has. @throws ConfigError when there is no such plan. */
export async function failedWrites(store: Store, planId: string | undefined): Promise<FailedWrites | null> {
  if (planId !== undefined) {
    const plan = await needPlan(store, planId);
    return { plan: await asLetGo(store, plan), failures: await store.writes.failures(plan.id) };
  }
  for (const { id } of await store.plans.list(LOOKED_THROUGH)) {
    const failures = await store.writes.failures(id);
    const plan = failures.length === 0 ? null : await store.plans.get(id);
    if (plan !== null) return { plan: await asLetGo(store, plan), failures };
  }
  return null;
}

const SHORTEST = 6;

/** Full keys for what a person typed of them; none typed: undefined, which means all. @throws ConfigError */
export function namedWrites(
  { plan, failures }: FailedWrites,
  typed: readonly string[],
): readonly string[] | undefined {
  if (typed.length === 0) return undefined;
  return typed.map((word) => {
    const found = failures.filter(({ opKey }) => opKey === word || opKey.startsWith(word));
    const exact = found.find(({ opKey }) => opKey === word) ?? found[0];
    if (exact !== undefined && (exact.opKey === word || (found.length === 1 && word.length >= SHORTEST)))
      return exact.opKey;
    const why =
      found.length === 0 ? 'no write that failed begins' : `${found.length} writes that failed begin`;
    throw new ConfigError([`plan ${plan.id.slice(0, 12)}: ${why} with "${word}"; give the whole key`]);
  });
}
