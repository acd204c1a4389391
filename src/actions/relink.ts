/** Moves the state to another directory with the same people in it: looked at first, then written once. */
import { decide } from '../core/decide.ts';
import type { Change, Plan, TenantPair } from '../core/model/change.ts';
import { NO_EVIDENCE } from '../core/model/evidence.ts';
import { effectOf } from '../core/policy.ts';
import { type Relinked, relink } from '../core/relink.ts';
import { ConfigError } from '../lib/errors.ts';
import type { ReadContext } from '../lib/reading.ts';
import { entryOf } from '../state/store.ts';
import { type LoopDeps, readSides } from '../sync/run.ts';

export interface RelinkRequest {
  /** Old id → new id, for people whose address does not tell. */
  readonly ids: ReadonlyMap<string, string>;
  readonly by: string;
  readonly why: string;
  /** Write also where the next plan would remove or invite people. */
  readonly evenSo: boolean;
  /** Asked with what would follow; false writes nothing. */
  readonly consent: (move: RelinkView) => Promise<boolean>;
}

export interface RelinkView {
  readonly from: TenantPair;
  readonly to: TenantPair;
  readonly relinked: Relinked;
  /** The first plan after it. */
  readonly plan: Plan;
  readonly removals: readonly Change[];
  readonly invites: readonly Change[];
}

export interface RelinkResult extends RelinkView {
  readonly written: boolean;
}

/** @throws ConfigError when there is nothing to move, or the next plan would take or invite and that was not asked for. */
export async function relinkLedger(
  loop: LoopDeps,
  request: RelinkRequest,
  context: ReadContext,
): Promise<RelinkResult> {
  const before = await loop.store.memory.loadBound();
  const { tenants, directory, devin, settings } = await readSides(loop, context);
  const from = before.tenants;
  if (from === null)
    throw new ConfigError(['relink: the state is bound to no directory yet: nothing is to be moved']);
  refuseOtherDevin(
    from,
    tenants,
    before.people.length,
    before.people.filter(({ devinId }) => devin.userIndex(devinId) >= 0).length,
  );
  const relinked = relink({
    memory: before,
    directory,
    devin,
    domainAliases: settings.domainAliases,
    ids: request.ids,
  });
  const memory = { ...relinked.memory, tenants };
  const { plan, problems } = decide({
    directory,
    devin,
    memory,
    settings,
    tenants,
    evidence: NO_EVIDENCE,
    configHash: loop.configHash,
    maxPerSecond: loop.maxPerSecond,
    now: loop.clock(),
  });
  if (problems.length > 0) throw new ConfigError(problems);
  const view = {
    from,
    to: tenants,
    relinked,
    plan,
    removals: plan.changes.filter(takes),
    invites: plan.changes.filter(invites),
  };
  const written = await request.consent(view);
  if (!written) return { ...view, written };
  refuseDifferences(view, request.evenSo);
  await loop.store.memory.rebind(before, memory);
  await loop.store.journal.append([
    entryOf({ at: loop.clock(), kind: 'relink', actor: request.by, ...words(view, request.why) }),
  ]);
  return { ...view, written };
}

/** What would have gone without the move as well is not its doing. */
function takes(change: Change): boolean {
  return effectOf(change) === 'revoke' && change.cause !== 'deactivated' && change.cause !== 'suspended';
}

function invites({ kind }: Change): boolean {
  return kind === 'invite';
}

/** Devin ids mean nothing in another enterprise. */
function refuseOtherDevin(from: TenantPair, to: TenantPair, rows: number, known: number): void {
  if (from.devin === to.devin || rows === 0 || known > 0) return;
  throw new ConfigError([
    `relink: the state is about ${from.devin}, and ${to.devin} has none of its ${rows} people: only the directory can be moved`,
  ]);
}

function refuseDifferences({ removals, invites: invited }: RelinkView, evenSo: boolean): void {
  if (evenSo || removals.length + invited.length === 0) return;
  throw new ConfigError([
    `relink: the next plan would take ${removals.length} and invite ${invited.length}: name the missing people with --map, or say --even-so`,
  ]);
}

function words({ from, to, relinked }: RelinkView, why: string) {
  return {
    subject: 'the ledger',
    before: from.directory,
    after: to.directory,
    reason: `${relinked.moved} people moved, ${relinked.unmatched.length} not found: ${why}`,
  };
}
