/**
 * One operation from the stored plan to its outcome. It may be called twice for the same operation, by two
 * replicas or after a crash, and still carries it out once: an outcome ends it, and an intent without an outcome
 * means that somebody may have sent the call, so the subject is read first.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Operation } from '../core/model/operation.ts';
import { isScimKind } from '../core/model/scim.ts';
import type { OperationResult } from '../devin/target.ts';
import { type Pass, timed } from '../lib/pace.ts';
import { inSpan, type Note } from '../lib/spans.ts';
import { bisect } from './bisect.ts';
import { type Fate, fateOf } from './fate.ts';
import { look, proofAfter, proofBefore } from './look.ts';
import { lenient, withLost, withoutLost } from './lost-members.ts';
import { type End, recordEnd, sendingEntry, sentOf, skippedFor } from './outcomes.ts';
import { dependencies, leftOutOf, permission } from './permission.ts';
import { narrowed, type PlanIndex, subjectsOf } from './plan-index.ts';
import { announce, stopsMore } from './refusal.ts';
import { type CarryOutDeps, type Course, done, failed, resolverFor, type Task } from './task.ts';

export function carryOut(
  given: CarryOutDeps,
  index: PlanIndex,
  operation: Operation,
  stop: AbortSignal,
): Promise<void> {
  const { kind, lane, batch } = operation;
  const about = { kind, lane, plan: index.plan.id, people: Math.max(1, batch.length) };
  return inSpan(`write ${kind}`, about, (note) => carryOutOnce(given, index, operation, { stop, note }));
}

async function carryOutOnce(
  given: CarryOutDeps,
  index: PlanIndex,
  operation: Operation,
  { stop, note }: { readonly stop: AbortSignal; readonly note: Note },
): Promise<void> {
  const deps = isScimKind(operation.kind) ? { ...given, pace: given.scimPace } : given;
  const [resolver, submission] = await Promise.all([
    resolverFor(deps.store, index, operation),
    deps.store.writes.submission(index.plan.id),
  ]);
  const run = submission?.run ?? null;
  if (run !== null) note({ run });
  try {
    await deps.lock.hold(locksOf(index, operation), stop, async (isHeld) => {
      const task: Task = { deps, index, operation, resolver, run, isHeld, stop };
      const [known] = await deps.store.writes.outcomes(index.plan.id, [operation.key]);
      if (known !== null) return;
      const { task: present, lost } = await withoutLost(task);
      const end = lost.size > 0 && present.operation.batch.length === 0 ? NOBODY_LEFT : await course(present);
      note({ outcome: end === 'later' ? end : end.state });
      if (end === 'later') return;
      const whole = lost.size === 0 ? task : { ...task, resolver: lenient(resolver) };
      await conclude(whole, withLost(end, present.operation.batch, lost));
    });
  } catch (error) {
    if (!stop.aborted) throw error;
  }
}

/** Of a batch, everybody in it: a resync of one of them waits for it, and it for the resync. */
function locksOf(index: PlanIndex, operation: Operation): readonly string[] {
  const subjects = subjectsOf(index, operation);
  return subjects.length === 0 ? [`operation:${operation.key}`] : subjects;
}

const NOBODY_LEFT = skippedFor('none of its people has a user, because none was made in this plan');

/** Those of a batch about whom somebody has decided since are left out before anything else is done. */
async function course(task: Task): Promise<Course> {
  const { index, operation } = task;
  const leftOut = await leftOutOf(task);
  if (leftOut.size === 0) return courseOf(task);
  const rest = operation.batch.filter((name) => !leftOut.has(name));
  if (rest.length === 0) return skippedFor([...new Set(leftOut.values())].join('; '));
  const end = await courseOf({ ...task, operation: narrowed(index, operation, rest) });
  return end === 'later' ? end : { ...end, leftOut };
}

/** A crash is cleared up first, also for a plan that was superseded since: what was written must be known as ours. */
async function courseOf(task: Task): Promise<Course> {
  const { deps, index, operation, stop } = task;
  const intent = await deps.store.writes.intent(index.plan.id, operation.key);
  const wasSent = intent !== null;
  if (wasSent) {
    const before = intent.at === 0 ? 'tried before' : 'sent before an interruption';
    const seen = await look(task, [0], stop);
    if (seen.state === 'done') return done(seen.result, 0, `${before}, and found done`);
    if (seen.state === 'unreadable' && seen.busy) return 'later';
    if (seen.state === 'unreadable' && operation.lane !== 1)
      return failed(0, seen.status, `${before}; ${seen.why}`);
  }
  const allowed = await mayGoOut(task);
  if (allowed !== 'now') return allowed;
  const proven = wasSent ? null : await proofBefore(task);
  return proven ?? send(task, wasSent);
}

/** Whatever was sent before was refused: nothing is unknown about it. */
async function withdrawn({ deps, index, operation }: Task, course: Course): Promise<Course> {
  await deps.store.writes.withdraw(index.plan.id, operation.key);
  return course;
}

async function mayGoOut(task: Task): Promise<'now' | Course> {
  const { deps, index, operation } = task;
  const [first, second, leftOut] = await Promise.all([
    permission(deps, index, operation),
    dependencies(deps.store, index, operation),
    leftOutOf(task),
  ]);
  // Decided about while the batch waited for its turn: it begins anew, without them.
  if (leftOut.size > 0) return 'later';
  const last = first.state === 'now' ? second : first;
  if (last.state === 'never') return skippedFor(last.reason);
  return last.state;
}

/**
 * Calls until there is an end; every repetition waits for its turn and asks again whether it may still go out.
 * `wasSent`: a call without an answer went out before. It may take effect as late as it likes, also after it was
 * read back as not done, so its intent stays.
 */
async function send(task: Task, wasSent = false): Promise<Course> {
  const { deps } = task;
  const counts: Counts = { attempts: 0, busy: 0, repeats: 0, wasSent };
  for (;;) {
    const pass = await deps.pace.acquire(task.stop);
    const allowed = await mayGoOut(task);
    if (allowed !== 'now') {
      pass.unused();
      return counts.wasSent ? allowed : withdrawn(task, allowed);
    }
    counts.attempts++;
    const answer = await call(task, pass);
    // Whoever took over reads the subject first, because the intent stays.
    if (answer === 'lost') return 'later';
    if ('result' in answer) return proofAfter(task, done(answer.result, counts.attempts, null));
    const end = await react(task, answer.fate, counts);
    if (end !== null) return end;
  }
}

/** `lost`: another writer has taken the subject over while Redis was away, or another plan or edition this one. */
async function call(task: Task, pass: Pass): Promise<{ result: OperationResult } | { fate: Fate } | 'lost'> {
  const { deps, index, operation, resolver, run } = task;
  const at = deps.clock();
  const request = deps.target.describe(operation, resolver);
  const entry = sendingEntry({ index, operation, actor: deps.actor, run, at }, request);
  const intent = { opKey: operation.key, at };
  const round = { planId: index.plan.id, edition: index.edition };
  const noted = deps.store.writes.intend(round, intent, entry);
  const [isHeld, isNoted] = await Promise.all([task.isHeld(), noted]).catch((error) => {
    pass.unused();
    throw error;
  });
  if (!isHeld || !isNoted) {
    pass.unused();
    return 'lost';
  }
  try {
    return { result: await timed(pass, () => deps.target.apply(operation, resolver, deps.hardStop)) };
  } catch (error) {
    return { fate: fateOf(error) };
  }
}

interface Counts {
  attempts: number;
  busy: number;
  repeats: number;
  wasSent: boolean;
}

/** null: repeat the call. */
async function react(task: Task, fate: Fate, counts: Counts): Promise<Course | null> {
  const { deps, stop } = task;
  const { attempts } = counts;
  if (fate.kind === 'busy') {
    if (++counts.busy > deps.patience.busy)
      return failed(attempts, fate.status, `Devin said "too many requests" ${counts.busy} times`);
    const own = Math.min(deps.patience.longestBusyMs, 1000 * 2 ** (counts.busy - 1));
    await deps.pace.closedFor(fate.waitMs ?? own, 'Devin asked for it');
    return null;
  }
  if (fate.kind === 'refused') return refused(task, fate, counts);
  if (fate.kind === 'unknown') {
    counts.wasSent = true;
    const seen = await look(task, deps.patience.looks, stop);
    if (seen.state === 'done') return done(seen.result, attempts, `found done after: ${fate.why}`);
    // The intent stays, so that whoever takes it up next reads the subject first.
    if (seen.state === 'unreadable' && seen.busy) return 'later';
    if (seen.state === 'unreadable' && task.operation.lane !== 1)
      return failed(attempts, fate.status, `nobody knows whether it took effect: ${fate.why} ${seen.why}`);
  }
  const wait = deps.patience.repeats[counts.repeats++];
  if (wait === undefined) return failed(attempts, fate.status, fate.why);
  await sleep(wait, undefined, { signal: stop });
  return null;
}

/** Refused because it is so already? That is what was wanted; and ours, where a call before may have done it. */
async function refused(
  task: Task,
  fate: Extract<Fate, { kind: 'refused' }>,
  { attempts, wasSent }: Counts,
): Promise<Course> {
  if (await stopsMore(task, fate)) return withdrawn(task, 'later');
  if (fate.look) {
    const seen = await look(task, [0], task.stop);
    if (seen.state === 'done' && wasSent)
      return done(seen.result, attempts, `a call before took effect late: ${fate.why}`);
    if (seen.state === 'done')
      return { ...done(seen.result, attempts, `as wanted already: ${fate.why}`), state: 'already' };
  }
  return bisect(task, failed(attempts, fate.status, fate.why), send);
}

async function conclude(task: Task, end: End): Promise<void> {
  const { deps, index, operation, resolver, run } = task;
  const at = deps.clock();
  const request = end.attempts === 0 ? null : deps.target.describe(sentOf(index, operation, end), resolver);
  const ended = { index, operation, resolver, end, actor: deps.actor, run, request, at };
  const isFirst = await recordEnd(deps.store, ended);
  if (!isFirst) return;
  deps.observe(operation, end);
  // A batch of which some went through proves that the call as such works.
  const works = end.state === 'done' || end.state === 'already' || (end.refused && end.result !== null);
  if (works) await deps.breaker.succeeded(operation.kind, at);
  if (works || end.state !== 'failed') return;
  const opened = await deps.breaker.failed(operation.kind, end.reason ?? '', at);
  if (opened !== null) await announce(task, opened);
}
