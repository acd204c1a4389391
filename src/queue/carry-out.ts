/**
 * One operation from the stored plan to its outcome. It may be called twice for the same operation, by two
 * replicas or after a crash, and still carries it out once: an outcome ends it, and an intent without an outcome
 * means that somebody may have sent the call, so the subject is read first.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Operation } from '../core/model/operation.ts';
import type { DevinTarget, OperationResult, Resolver } from '../devin/target.ts';
import { errorText } from '../lib/errors.ts';
import type { Pace } from '../lib/pace.ts';
import { type Fate, fateOf } from './fate.ts';
import { type End, entryOf, recordEnd, sendingEntry } from './outcomes.ts';
import { dependencies, type Permission, type PermissionDeps, permission } from './permission.ts';
import { type PlanIndex, placeholdersOf } from './plan-index.ts';
import type { SubjectLock } from './subject-lock.ts';

export interface CarryOutDeps extends PermissionDeps {
  readonly target: DevinTarget;
  readonly pace: Pace;
  readonly lock: SubjectLock;
  /** Name of the acting key, for the journal. */
  readonly actor: string;
  readonly patience: Patience;
  /** Told about every outcome and every refusal for lack of rate; must not throw. */
  readonly observe: (operation: Operation, end: End) => void;
  /** Ends calls in flight; only when this replica has run out of time to stop. */
  readonly hardStop: AbortSignal;
}

/** Waits in ms and bounds of repeating. */
export interface Patience {
  /** Before each look at a subject whose write had no clear answer; a slow server may still be at it. */
  readonly looks: readonly number[];
  /** Before each repetition of a call that did not get through. */
  readonly repeats: readonly number[];
  /** How many times in a row Devin may say "too many requests" to one operation. */
  readonly busy: number;
  /** Longest wait that we choose ourselves after such an answer without a Retry-After. */
  readonly longestBusyMs: number;
}

export const PATIENCE: Patience = {
  looks: [0, 1500, 5000],
  repeats: [1000, 4000, 15_000],
  busy: 50,
  longestBusyMs: 60_000,
};

/** Without an end the operation stays open, and the feeder brings it again. */
type Course = End | 'later';

interface Task {
  readonly deps: CarryOutDeps;
  readonly index: PlanIndex;
  readonly operation: Operation;
  readonly resolver: Resolver;
  /** This replica is asked to stop: end at the next safe point. */
  readonly stop: AbortSignal;
}

export async function carryOut(
  deps: CarryOutDeps,
  index: PlanIndex,
  operation: Operation,
  stop: AbortSignal,
): Promise<void> {
  const task: Task = { deps, index, operation, stop, resolver: await resolverFor(deps, index, operation) };
  try {
    await deps.lock.hold(operation.subject ?? `operation:${operation.key}`, stop, async () => {
      const [known] = await deps.store.writes.outcomes(index.plan.id, [operation.key]);
      if (known !== null) return;
      const end = await course(task);
      if (end !== 'later') await conclude(task, end);
    });
  } catch (error) {
    if (!stop.aborted) throw error;
  }
}

/** A crash is cleared up first, also for a plan that was superseded since: what was written must be known as ours. */
async function course(task: Task): Promise<Course> {
  const { deps, index, operation } = task;
  if ((await deps.store.writes.intent(index.plan.id, operation.key)) !== null) {
    const seen = await look(task, [0]);
    if (seen.state === 'done') return done(seen.result, 0, 'sent before an interruption, and found done');
    if (seen.state === 'unreadable') return failed(0, null, `sent before an interruption; ${seen.why}`);
  }
  const allowed = await mayGoOut(task);
  return allowed === 'now' ? send(task) : withdrawn(task, allowed);
}

/** Whatever was sent before was refused, or was read back as not done: nothing is unknown about it. */
async function withdrawn({ deps, index, operation }: Task, course: Course): Promise<Course> {
  await deps.store.writes.withdraw(index.plan.id, operation.key);
  return course;
}

async function mayGoOut(task: Task): Promise<'now' | Course> {
  const { deps, index, operation } = task;
  const asked: Permission[] = [await permission(deps, index, operation)];
  if (asked[0]?.state === 'now') asked.push(await dependencies(deps.store, index, operation));
  const last = asked.at(-1) as Permission;
  if (last.state === 'never')
    return { state: 'skipped', result: null, attempts: 0, status: null, reason: last.reason };
  return last.state;
}

/** Calls until there is an end; every repetition waits for its turn and asks again whether it may still go out. */
async function send(task: Task): Promise<Course> {
  const { deps } = task;
  const counts = { attempts: 0, busy: 0, repeats: 0 };
  for (;;) {
    await deps.pace.acquire(task.stop);
    const allowed = await mayGoOut(task);
    if (allowed !== 'now') return withdrawn(task, allowed);
    counts.attempts++;
    const answer = await call(task);
    if ('result' in answer) return done(answer.result, counts.attempts, null);
    const end = await react(task, answer.fate, counts);
    if (end !== null) return end;
  }
}

async function call(task: Task): Promise<{ result: OperationResult } | { fate: Fate }> {
  const { deps, index, operation, resolver } = task;
  const at = deps.clock();
  const request = deps.target.describe(operation, resolver);
  const entry = sendingEntry({ index, operation, actor: deps.actor, at }, request);
  await deps.store.writes.intend(index.plan.id, { opKey: operation.key, at }, entry);
  try {
    return { result: await deps.target.apply(operation, resolver, deps.hardStop) };
  } catch (error) {
    return { fate: fateOf(error) };
  }
}

/** null: repeat the call. */
async function react(
  task: Task,
  fate: Fate,
  counts: { attempts: number; busy: number; repeats: number },
): Promise<Course | null> {
  const { deps, stop } = task;
  const { attempts } = counts;
  if (fate.kind === 'busy') {
    if (++counts.busy > deps.patience.busy)
      return failed(attempts, fate.status, `Devin said "too many requests" ${counts.busy} times`);
    const own = Math.min(deps.patience.longestBusyMs, 1000 * 2 ** (counts.busy - 1));
    await deps.pace.closedFor(fate.waitMs ?? own, 'Devin asked for it');
    return null;
  }
  if (fate.kind === 'refused') return refused(task, fate, attempts);
  if (fate.kind === 'unknown') {
    const seen = await look(task, deps.patience.looks);
    if (seen.state === 'done') return done(seen.result, attempts, `found done after: ${fate.why}`);
    if (seen.state === 'unreadable')
      return failed(attempts, fate.status, `nobody knows whether it took effect: ${fate.why} ${seen.why}`);
  }
  const wait = deps.patience.repeats[counts.repeats++];
  if (wait === undefined) return failed(attempts, fate.status, fate.why);
  await sleep(wait, undefined, { signal: stop });
  return null;
}

/** Refused because it is so already? That is what was wanted. */
async function refused(
  task: Task,
  fate: Extract<Fate, { kind: 'refused' }>,
  attempts: number,
): Promise<Course> {
  if (fate.look) {
    const seen = await look(task, [0]);
    if (seen.state === 'done')
      return { ...done(seen.result, attempts, `as wanted already: ${fate.why}`), state: 'already' };
  }
  return failed(attempts, fate.status, fate.why);
}

type Seen =
  | { readonly state: 'done'; readonly result: OperationResult }
  | { readonly state: 'not-done' }
  | { readonly state: 'unreadable'; readonly why: string };

/** Reads the subject after each wait until it is as wanted; "not done" counts only when the last look says so. */
async function look({ deps, operation, resolver, stop }: Task, waits: readonly number[]): Promise<Seen> {
  let seen: Seen = { state: 'unreadable', why: 'it was never read' };
  for (const wait of waits) {
    await sleep(wait, undefined, { signal: stop });
    try {
      seen = await deps.target.readBack(operation, resolver, stop);
    } catch (error) {
      stop.throwIfAborted();
      seen = { state: 'unreadable', why: errorText(error) };
    }
    if (seen.state === 'done') return seen;
  }
  return seen;
}

function done(result: OperationResult, attempts: number, reason: string | null): End {
  return { state: 'done', result, attempts, status: null, reason };
}

function failed(attempts: number, status: number | null, reason: string): End {
  return { state: 'failed', result: null, attempts, status, reason };
}

async function conclude(task: Task, end: End): Promise<void> {
  const { deps, index, operation, resolver } = task;
  const at = deps.clock();
  const isFirst = await recordEnd(deps.store, { index, operation, resolver, end, actor: deps.actor, at });
  if (!isFirst) return;
  deps.observe(operation, end);
  if (end.state === 'done' || end.state === 'already') await deps.breaker.succeeded(operation.kind);
  if (end.state !== 'failed') return;
  const opened = await deps.breaker.failed(operation.kind, end.reason ?? '', at);
  if (opened === null) return;
  const reason = `${opened.kind} until ${new Date(opened.until).toISOString()}: ${opened.why}`;
  await deps.store.journal.append([
    entryOf({ at, kind: 'breaker', planId: index.plan.id, actor: deps.actor, reason }),
  ]);
}

async function resolverFor(
  { store }: CarryOutDeps,
  index: PlanIndex,
  operation: Operation,
): Promise<Resolver> {
  const placeholders = placeholdersOf(operation);
  const ids = await store.writes.ids(index.plan.id, placeholders);
  const known = new Map(placeholders.map((placeholder, at) => [placeholder, ids[at] ?? null]));
  const resolve = (name: string): string => {
    const id = known.get(name);
    if (id === undefined) return name;
    if (id === null) throw new Error(`${name} is not known yet`);
    return id;
  };
  return { user: resolve, org: resolve };
}
