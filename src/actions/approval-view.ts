/** What a page has to know about approvals before it offers them. */
import type { Plan } from '../core/model/change.ts';
import type { ApprovalRules } from '../core/model/settings.ts';
import { APPROVAL_MS } from '../core/spoken.ts';
import { ConfigError } from '../lib/errors.ts';
import type { ApproveDeps } from './decisions.ts';
import { refuseTrigger } from './decisions.ts';
import { samePerson } from './same-person.ts';

export interface HalfApproval {
  readonly by: string;
  /** The one who looks is the one who approved: it takes somebody else now. */
  readonly own: boolean;
}

export interface ApprovalView {
  readonly rules: ApprovalRules;
  /** Why this person may not approve anything of this plan; null: they may. */
  readonly barred: string | null;
  /** Item → who of two people has approved it. */
  readonly half: ReadonlyMap<string, HalfApproval>;
}

export async function approvalView(
  { store, clock, rules }: ApproveDeps,
  plan: Plan,
  by: string,
): Promise<ApprovalView> {
  const barred = rules.notByTrigger ? await refusal(refuseTrigger(store, plan, by)) : null;
  if (!rules.adminNeedsTwo) return { rules, barred, half: new Map() };
  const { halfApprovals } = await store.memory.load(plan.tenants);
  const fresh = halfApprovals.filter(({ at }) => clock() - at <= APPROVAL_MS);
  return {
    rules,
    barred,
    half: new Map(fresh.map((one) => [one.item, { by: one.by, own: samePerson(one.by, by) }])),
  };
}

async function refusal(asked: Promise<void>): Promise<string | null> {
  try {
    await asked;
    return null;
  } catch (error) {
    if (error instanceof ConfigError) return error.message;
    throw error;
  }
}
