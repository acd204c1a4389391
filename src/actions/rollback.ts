/** Takes back what a run or a plan has written: an ordinary guarded plan, seen and approved by a named person. */
import type { Plan } from '../core/model/change.ts';
import type { WriteProgress } from '../core/model/run.ts';
import { restrictTo } from '../core/restrict.ts';
import { holdUndone, planRollback, type Rollback } from '../core/rollback.ts';
import { ConfigError } from '../lib/errors.ts';
import type { ReadContext } from '../lib/reading.ts';
import { entryOf } from '../state/store.ts';
import { asRun, openRun } from '../sync/manual-run.ts';
import { type LoopDeps, mayApply, type Turn } from '../sync/run.ts';
import type { Consent, Writes } from './apply.ts';
import { type Approver, acceptItems } from './approval.ts';
import { look } from './plan.ts';
import { writtenBy } from './written.ts';

export interface RollbackRequest {
  /** Id of a run, or 8 or more digits of a plan's. */
  readonly of: string;
  /** Item keys, or 8 or more of their first digits. */
  readonly items: readonly string[] | 'all';
  readonly approver: Omit<Approver, 'at'>;
  /** Is shown the plan and answers. */
  readonly consent: (plan: Plan, heldItems: number) => Promise<Consent>;
}

export type RollbackResult =
  | { readonly state: 'declined' | 'nothing'; readonly plan: Plan }
  | { readonly state: 'given'; readonly plan: Plan; readonly run: string; readonly held: number };

/** Carries the writes out to their end. */
export interface Carried {
  readonly settled: Writes['settled'];
  readonly onProgress: (progress: WriteProgress) => void;
}

/**
 * The plan is stored, so that others can see and approve it. What it takes back is held from then on: the next run does
 * not do it again.
 * @param carried absent: the writers carry it out, and nobody waits.
 */
export async function rollback(
  deps: LoopDeps,
  submit: Writes['submit'],
  request: RollbackRequest,
  context: ReadContext,
  carried: Carried | null = null,
): Promise<RollbackResult> {
  const written = await writtenBy(deps.store, request.of, request.items);
  const turn = await look(deps, context, false);
  const first = undo(turn, written);
  await deps.store.plans.put(first.plan);
  const { changes } = first.plan;
  const held = changes.filter(({ verdict }) => verdict.state === 'held');
  const consent = changes.length === 0 ? 'no' : await request.consent(first.plan, held.length);
  if (changes.length === 0) return { state: 'nothing', plan: first.plan };
  if (consent === 'no') return { state: 'declined', plan: first.plan };
  const approver: Approver = { ...request.approver, at: deps.clock() };
  const approved = consent === 'held' ? approve(deps, turn, first, approver) : turn;
  const seen = new Set(changes.map(({ key }) => key));
  const last = undo(approved, written);
  const plan = restrictTo(last.plan, seen);
  if (!mayApply(plan)) {
    await keep(deps, turn, approved.input.memory);
    return { state: 'nothing', plan };
  }
  const going = plan.changes.filter(({ verdict }) => verdict.state === 'ready');
  const after = holdUndone(approved.input.memory, last, going, approver);
  await keep(deps, turn, after.memory);
  await deps.store.plans.put(plan);
  const run = { plan, trigger: triggerOf(written.of, approver) };
  const tell = (id: string) => journal(deps, { plan, of: written.of, run: id, approver, held: after.held });
  const give = async (id: string) => {
    await tell(id);
    await submit(plan, { scope: 'part', run: id });
    return id;
  };
  if (carried === null) {
    const { id } = await openRun(deps, run);
    await give(id);
    return { state: 'given', plan, run: id, held: after.held.length };
  }
  let id = '';
  await asRun(deps, run, async (given) => {
    id = await give(given);
    return carried.settled(plan.id, { signal: context.signal, onProgress: carried.onProgress });
  });
  return { state: 'given', plan, run: id, held: after.held.length };
}

function undo({ input, decision }: Turn, written: Awaited<ReturnType<typeof writtenBy>>): Rollback {
  return planRollback({ input, buckets: decision.plan.buckets, ...written });
}

/** @throws ConfigError where whoever asks may not approve. */
function approve(deps: LoopDeps, turn: Turn, { plan }: Rollback, approver: Approver): Turn {
  const rules = deps.settings.approvals;
  if (rules.notByTrigger)
    throw new ConfigError([
      `approvals.notByTrigger: ${approver.by} asks for this rollback, so somebody else must approve what guards hold ` +
        `(devin-idp-sync approve ${plan.id.slice(0, 12)}); then ask for it once more`,
    ]);
  const held = plan.changes.filter(({ verdict }) => verdict.state === 'held');
  const { memory } = acceptItems(turn.input.memory, held, approver, rules);
  return { ...turn, input: { ...turn.input, memory } };
}

async function keep({ store }: LoopDeps, { input }: Turn, memory: Turn['input']['memory']): Promise<void> {
  await store.memory.save(input.memory, { ...memory, tenants: input.tenants });
}

function triggerOf(of: string, { by, at }: Approver) {
  return { kind: 'manual', scope: { rollback: of }, by, at } as const;
}

interface Told {
  readonly plan: Plan;
  readonly of: string;
  readonly run: string;
  readonly approver: Approver;
  readonly held: readonly { readonly item: string; readonly subject: string }[];
}

/** Each hold is a rejection, so that a rebuild from the journal brings it back. */
async function journal({ store }: LoopDeps, { plan, of, run, approver, held }: Told): Promise<void> {
  const { by, at, why } = approver;
  const said = { at, planId: plan.id, actor: by } as const;
  await store.journal.append([
    { ...entryOf({ ...said, kind: 'rollback', subject: of, reason: why }), run },
    ...held.map(({ item, subject }) => ({
      ...entryOf({
        ...said,
        kind: 'reject',
        item,
        subject,
        reason: `rollback of ${of.slice(0, 12)}: ${why}`,
      }),
      run,
    })),
  ]);
}

export interface RemoteRollback extends Pick<RollbackRequest, 'of' | 'items'> {
  readonly by: string;
  readonly why: string;
  /** Id of the plan that was seen, or 8 or more of its digits; null: only show what it would be. */
  readonly plan: string | null;
  /** Approve what guards hold, too. */
  readonly approveHeld: boolean;
}

/** A look that takes longer than this has hung. */
const LOOK_MS = 15 * 60_000;

/**
 * In two steps over HTTP: seen first, then asked for by the id of what was seen. Nobody waits for the writes.
 * @throws ConfigError when it has become another plan since, or may not be done.
 */
export function rollbackRemotely(
  deps: LoopDeps,
  submit: Writes['submit'],
  { of, items, by, why, plan: seen, approveHeld }: RemoteRollback,
): Promise<RollbackResult> {
  const consent = async ({ id }: Plan): Promise<Consent> => {
    if (seen === null) return 'no';
    if (!id.startsWith(seen))
      throw new ConfigError([
        `what would be taken back has changed since: it is plan ${id} now, look at it again`,
      ]);
    return approveHeld ? 'held' : 'ready';
  };
  const context = { signal: AbortSignal.timeout(LOOK_MS), onProgress: () => {} };
  return rollback(deps, submit, { of, items, approver: { by, why }, consent }, context);
}
