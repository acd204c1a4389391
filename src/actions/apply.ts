/** Applies a plan that a person has seen: approve, decide again on the same readings, write, and read again as proof. */
import type { Plan } from '../core/model/change.ts';
import type { WriteProgress } from '../core/model/run.ts';
import { restrictTo } from '../core/restrict.ts';
import { ConfigError } from '../lib/errors.ts';
import type { ReadContext } from '../lib/reading.ts';
import type { JournalEntry } from '../state/store.ts';
import { asRun } from '../sync/manual-run.ts';
import { decideAgain, type LoopDeps, mayApply, type Turn, takeTurn } from '../sync/run.ts';
import { type Approver, approveConfig, approveHeld, heldBeyondFirstPlan } from './approval.ts';
import { refuseTrigger } from './decisions.ts';
import { needPlan } from './find-plan.ts';
import { resumeFreshStore } from './fresh-store.ts';

/** Where plans are written: the queue room. */
export interface Writes {
  submit(plan: Plan, options?: { readonly scope?: 'all' | 'part'; readonly run?: string }): Promise<void>;
  /** Resolves when no operation of the plan is left to do. */
  settled(
    planId: string,
    options: { signal: AbortSignal; onProgress: (progress: WriteProgress) => void },
  ): Promise<WriteProgress>;
}

/** What a person answers when shown a plan. `ready`: what no guard holds. `held`: that, and what guards hold. */
export type Consent = 'no' | 'ready' | 'held';

export interface ApplyRequest {
  /** Apply only what this stored plan had; items that have moved on since drop out singly. */
  readonly planId: string | null;
  readonly approver: Omit<Approver, 'at'>;
  /** Shows the plan and asks. */
  readonly consent: (plan: Plan, heldItems: number) => Promise<Consent>;
  readonly onProgress: (progress: WriteProgress) => void;
}

export type ApplyResult =
  | { readonly state: 'declined'; readonly plan: Plan }
  | { readonly state: 'nothing'; readonly plan: Plan }
  | {
      readonly state: 'applied';
      readonly plan: Plan;
      readonly progress: WriteProgress;
      readonly after: Plan;
    };

export async function apply(
  deps: LoopDeps,
  writes: Writes,
  request: ApplyRequest,
  context: ReadContext,
): Promise<ApplyResult> {
  const wanted = request.planId === null ? null : await needPlan(deps.store, request.planId);
  refuseRollback(wanted);
  const turn = await takeTurn(deps, context);
  const { plan } = turn.decision;
  if (wanted !== null) refuseOther(wanted, plan);
  if (plan.changes.every(({ verdict }) => verdict.state === 'waiting' || verdict.state === 'barred')) {
    // It still ends what an older plan has left to write.
    await writes.submit(plan);
    return { state: 'nothing', plan };
  }
  const consent = await request.consent(plan, heldBeyondFirstPlan(plan));
  if (consent === 'no') return { state: 'declined', plan };
  if (consent === 'held' && deps.settings.approvals.notByTrigger)
    await refuseOwn(deps.store, wanted, request.approver.by);
  const approved = await approve(deps, turn, wanted ?? plan, consent, {
    ...request.approver,
    at: deps.clock(),
  });
  const final = wanted === null ? approved : onlyItemsOf(wanted, approved);
  if (!mayApply(final)) return { state: 'nothing', plan: final };
  await deps.store.plans.put(final);
  await resumeFreshStore(deps.store, request.approver.by, deps.clock());
  const trigger = { kind: 'manual', scope: {}, by: request.approver.by, at: deps.clock() } as const;
  const progress = await asRun(deps, { plan: final, trigger }, async (run) => {
    await writes.submit(final, { run });
    return writes.settled(final.id, { signal: context.signal, onProgress: request.onProgress });
  });
  const after = await takeTurn(deps, context);
  return { state: 'applied', plan: final, progress, after: after.decision.plan };
}

async function approve(
  deps: LoopDeps,
  turn: Turn,
  seen: Plan,
  consent: 'ready' | 'held',
  approver: Approver,
): Promise<Plan> {
  const { plan, memory } = turn.decision;
  const accepted = approveConfig(memory, plan, turn.input.directory, consent);
  const approvedMemory =
    consent === 'held' ? approveHeld(accepted, plan, seen, approver, deps.settings.approvals) : accepted;
  await deps.store.journal.append([approvalEntry(plan, approver, consent)]);
  return (await decideAgain(deps, turn, approvedMemory)).decision.plan;
}

/** Rules ask for nothing of it, so a plan of now has none of its items. */
function refuseRollback(wanted: Plan | null): void {
  const of = wanted?.only?.rollback;
  if (of !== undefined)
    throw new ConfigError([`this plan takes something back: give "devin-idp-sync rollback ${of}" instead`]);
}

/** What was seen under other rules, or between other tenants, approves nothing here. */
function refuseOther(seen: Plan, now: Plan): void {
  const same =
    seen.configHash === now.configHash &&
    seen.tenants.directory === now.tenants.directory &&
    seen.tenants.devin === now.tenants.devin;
  if (same) return;
  throw new ConfigError([
    `plan ${seen.id.slice(0, 12)} was made with configuration ${seen.configHash.slice(0, 12)} for ${seen.tenants.directory} and ` +
      `${seen.tenants.devin}; now it is ${now.configHash.slice(0, 12)} for ${now.tenants.directory} and ${now.tenants.devin}. Make a new plan.`,
  ]);
}

/** A plan that is made now was asked for by whoever types this. */
async function refuseOwn(store: LoopDeps['store'], seen: Plan | null, by: string): Promise<void> {
  if (seen !== null) return refuseTrigger(store, seen, by);
  throw new ConfigError([
    `approvals.notByTrigger: ${by} asks for this plan, so somebody else must approve what guards hold (devin-idp-sync approve)`,
  ]);
}

function approvalEntry(plan: Plan, approver: Approver, consent: 'ready' | 'held'): JournalEntry {
  const what = consent === 'held' ? 'the plan with its held items' : 'the plan without what guards hold';
  return {
    at: approver.at,
    kind: 'approve',
    planId: plan.id,
    opKey: null,
    item: null,
    subject: null,
    actor: approver.by,
    before: null,
    after: null,
    request: null,
    outcome: null,
    reason: `${what}: ${approver.why}`,
  };
}

function onlyItemsOf(seen: Plan, plan: Plan): Plan {
  return restrictTo(plan, new Set(seen.changes.map(({ key }) => key)));
}
