/** What a person decides about held items: approve, reject, pause, resume. The command line and the server share these. */
import type { Change, Plan } from '../core/model/change.ts';
import type { Memory } from '../core/model/memory.ts';
import type { ApprovalRules } from '../core/model/settings.ts';
import { isDeactivation } from '../core/policy.ts';
import { ConfigError } from '../lib/errors.ts';
import type { Store } from '../state/store.ts';
import { entryOf } from '../state/store.ts';
import { acceptItems, acceptPlan, refuseItems } from './approval.ts';
import { needPlan } from './find-plan.ts';
import { resumeFreshStore } from './fresh-store.ts';
import { samePerson, shownActor } from './same-person.ts';

export interface DecisionDeps {
  readonly store: Store;
  /** Epoch ms. */
  readonly clock: () => number;
}

export interface ApproveDeps extends DecisionDeps {
  readonly rules: ApprovalRules;
}

export interface DecisionRequest {
  /** Id of the plan that was seen, or 8 or more of its first digits. */
  readonly planId: string;
  /** Item keys, or 8 or more of their first digits; `held`: everything that the plan holds. */
  readonly items: readonly string[] | 'held';
  /** Who decides, as the journal names them. */
  readonly by: string;
  readonly why: string;
}

/** An item of the plan, as a person knows it. */
export interface NamedItem {
  readonly item: string;
  readonly subject: string;
}

export interface LeftItem extends NamedItem {
  readonly why: string;
}

export interface DecisionResult {
  readonly planId: string;
  /** What the decision is about from now on. */
  readonly done: readonly NamedItem[];
  /** Approved by one of two people. */
  readonly half: readonly NamedItem[];
  /** What the decision does not touch: their subject has moved on, or nothing holds them. */
  readonly left: readonly LeftItem[];
}

/**
 * Lets held items go for 24 hours; the next run writes them. `held` accepts the configuration of a first plan and
 * the size of the directory as well. Items whose subject moved on drop out one by one and are named.
 * @throws ConfigError when there is no such plan or item, or this person may not approve.
 */
export async function approveItems(deps: ApproveDeps, request: DecisionRequest): Promise<DecisionResult> {
  const seen = await needPlan(deps.store, request.planId);
  if (deps.rules.notByTrigger) await refuseTrigger(deps.store, seen, request.by);
  const { open, left } = await sort(deps.store, seen, request.items);
  const before = await deps.store.memory.load(seen.tenants);
  const approver = { by: request.by, at: deps.clock(), why: request.why };
  const accepted = acceptItems(before, open, approver, deps.rules);
  const whole = request.items === 'held' && seen.only === null;
  const after = whole ? acceptPlan(accepted.memory, seen) : accepted.memory;
  const done = named(open.filter(({ key }) => !accepted.half.has(key)));
  const half = named(open.filter(({ key }) => accepted.half.has(key)));
  await keep(deps, seen, { before, after }, [
    ...done.map((item) => said('approve', request, item)),
    ...half.map((item) => said('approve', { ...request, why: `one of two: ${request.why}` }, item)),
    ...(whole && after.approvedConfig !== before.approvedConfig
      ? [said('approve', request, { item: null, subject: 'the configuration' })]
      : []),
  ]);
  if (whole) await resumeFreshStore(deps.store, request.by, deps.clock());
  return { planId: seen.id, done, half, left };
}

/**
 * Keeps items held until they are approved or their cause is another one.
 * @throws ConfigError when there is no such plan or item.
 */
export async function rejectItems(deps: DecisionDeps, request: DecisionRequest): Promise<DecisionResult> {
  const seen = await needPlan(deps.store, request.planId);
  const { open, left } = await sort(deps.store, seen, request.items, true);
  const leavers = open.filter(isDeactivation);
  const refused = open.filter((change) => !isDeactivation(change));
  const before = await deps.store.memory.load(seen.tenants);
  const after = refuseItems(before, refused, { by: request.by, at: deps.clock(), why: request.why });
  const done = named(refused);
  await keep(
    deps,
    seen,
    { before, after },
    done.map((item) => said('reject', request, item)),
  );
  const why =
    'a proven deactivation cannot be rejected: reactivate them in the directory, or list them under protected';
  return {
    planId: seen.id,
    done,
    half: [],
    left: [...left, ...named(leavers).map((item) => ({ ...item, why }))],
  };
}

export async function pause(
  { store, clock }: DecisionDeps,
  request: { readonly by: string; readonly all: boolean },
): Promise<void> {
  await store.pause.set({ by: request.by, at: clock(), all: request.all });
}

export async function resume(
  { store, clock }: DecisionDeps,
  request: { readonly by: string },
): Promise<void> {
  await store.pause.clear(request.by, clock());
}

interface Said {
  readonly item: string | null;
  readonly subject: string;
}

type Entry = (at: number, planId: string) => ReturnType<typeof entryOf>;

function said(kind: 'approve' | 'reject', { by, why }: DecisionRequest, { item, subject }: Said): Entry {
  return (at, planId) => entryOf({ at, kind, planId, item, subject, actor: by, reason: why });
}

/** First what is decided, then who said so: an entry without an effect would be a lie, the reverse is found at once. */
async function keep(
  { store, clock }: DecisionDeps,
  seen: Plan,
  memory: { readonly before: Memory; readonly after: Memory },
  entries: readonly Entry[],
): Promise<void> {
  await store.memory.save(memory.before, memory.after);
  await store.journal.append(entries.map((entry) => entry(clock(), seen.id)));
}

function named(changes: readonly Change[]): NamedItem[] {
  return changes.map(({ key, subject }) => ({ item: key, subject: subject.label }));
}

interface Sorted {
  readonly open: readonly Change[];
  readonly left: readonly LeftItem[];
}

/** @param early also what is ready or waits may be decided about. */
async function sort(
  store: Store,
  seen: Plan,
  items: DecisionRequest['items'],
  early = false,
): Promise<Sorted> {
  const chosen = items === 'held' ? seen.changes.filter(isHeld) : items.map((item) => itemOf(seen, item));
  // What takes something back is in no plan but its own.
  const newest = seen.only?.rollback === undefined ? await newestWhole(store, seen) : seen;
  const now = new Map(newest.changes.map((change) => [change.key, change]));
  const open: Change[] = [];
  const left: LeftItem[] = [];
  for (const change of chosen) {
    const current = now.get(change.key);
    if (current !== undefined && (early || isHeld(current))) open.push(current);
    else left.push({ ...(named([change])[0] as NamedItem), why: whyLeft(current) });
  }
  return { open, left };
}

function whyLeft(current: Change | undefined): string {
  if (current === undefined) return 'the newest plan no longer has it: its subject has moved on';
  return `nothing holds it: it is ${current.verdict.state}`;
}

function isHeld({ verdict }: Change): boolean {
  return verdict.state === 'held';
}

const SHORTEST = 8;

function itemOf(plan: Plan, item: string): Change {
  const digits = item.toLowerCase();
  const found = digits.length < SHORTEST ? [] : plan.changes.filter(({ key }) => key.startsWith(digits));
  const [change] = found;
  if (change !== undefined && found.length === 1) return change;
  const why =
    digits.length < SHORTEST
      ? `give ${SHORTEST} or more of its digits`
      : found.length > 1
        ? `${found.length} items begin like that, give more digits`
        : 'the JSON report and the review page list the items of a plan';
  throw new ConfigError([`plan ${plan.id.slice(0, 12)} has no item "${item}": ${why}`]);
}

/** A scoped plan does not say what has become of the others. */
const LOOKED_THROUGH = 20;

async function newestWhole(store: Store, seen: Plan): Promise<Plan> {
  for (const { id } of await store.plans.list(LOOKED_THROUGH)) {
    if (id === seen.id) return seen;
    const plan = await store.plans.get(id);
    if (plan?.only === null) return plan;
  }
  return seen;
}

/** As many of the newest runs as are kept. */
const RUNS = 500;

/** @throws ConfigError when this person asked for the run that made the plan. */
export async function refuseTrigger(store: Store, seen: Plan, by: string): Promise<void> {
  const runs = await store.runs.list(RUNS);
  const own = runs.find(
    ({ planId, trigger }) => planId === seen.id && trigger.kind !== 'schedule' && samePerson(trigger.by, by),
  );
  if (own === undefined) return;
  throw new ConfigError([
    `approvals.notByTrigger: ${shownActor(by)} asked for run ${own.id}, which made this plan, so somebody else must approve it`,
  ]);
}
