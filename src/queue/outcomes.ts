/** What is written down when an operation has ended: outcome, journal, ledger and ids, in one transaction. */
import type { Change } from '../core/model/change.ts';
import { invitePlaceholder, type Operation, orgPlaceholder } from '../core/model/operation.ts';
import { effectOf } from '../core/policy.ts';
import { markTold } from '../core/scim-ledger.ts';
import type { ApiRequest, OperationResult, Resolver } from '../devin/target.ts';
import type { JournalEntry, LedgerRows, OutcomeRecord, OutcomeState, Store } from '../state/store.ts';
import { entryOf } from '../state/store.ts';
import { type Done, edgeOf, invitedId, ledgerRows, NO_ROWS, writtenOf } from './ledger-rows.ts';
import { changesOf, isUrgent, madeThroughScim, narrowed, type PlanIndex, subjectsOf } from './plan-index.ts';

/** Why an operation, or a part of a batch, is skipped. */
export const STALE = 'a newer plan decided about the same subject';

/** How an operation ended, before anything is written down. */
export interface End {
  readonly state: OutcomeState;
  readonly result: OperationResult | null;
  readonly attempts: number;
  readonly status: number | null;
  readonly reason: string | null;
  /** Of a batch that was taken apart: who was refused, and why; the others are done. */
  readonly refused?: ReadonlyMap<string, string>;
  /** Of a batch: who was not sent, and why. */
  readonly leftOut?: ReadonlyMap<string, string>;
}

export function skippedFor(reason: string): End {
  return { state: 'skipped', result: null, attempts: 0, status: null, reason };
}

export interface Ended {
  readonly index: PlanIndex;
  readonly operation: Operation;
  readonly resolver: Resolver;
  readonly end: End;
  readonly actor: string;
  /** The run whose plan it is; null: none. */
  readonly run: string | null;
  /** The call as it went out; null: there was none. */
  readonly request: ApiRequest | null;
  /** Epoch ms. */
  readonly at: number;
}

/** More often nobody decides about the same people; rows of another version may never be as they are written now. */
const MOST_LOOKS = 5;

/** False when somebody else recorded an outcome first. */
export async function recordEnd(store: Store, ended: Ended): Promise<boolean> {
  const parts = partsOf(ended);
  for (let looks = 1; ; looks++) {
    const rows = await Promise.all(parts.map((part) => rowsAfter(store, part)));
    const { from, ...ledger } = rows.find((found) => found !== NO_ROWS) ?? NO_ROWS;
    const isLast = looks === MOST_LOOKS || from === undefined;
    const record = recordOf(ended, parts, isLast ? ledger : { ...ledger, from });
    const isFirst = await store.writes.record(record);
    if (isFirst !== 'moved') return isFirst;
  }
}

function recordOf(ended: Ended, parts: readonly Ended[], ledger: LedgerRows): OutcomeRecord {
  const { index, operation, end, at } = ended;
  const { state, attempts, status, reason, result } = end;
  return {
    planId: index.plan.id,
    edition: index.edition,
    outcome: { opKey: operation.key, state, at, attempts, status, reason },
    phase: isUrgent(operation) ? null : operation.phase,
    kind: operation.kind,
    ledger,
    journal: parts.flatMap(journalOf),
    ids: result === null ? {} : idsOf(operation, result),
    failedSubjects: parts.flatMap(lostGrants),
  };
}

/** A batch that was taken apart ended well for some, and for each of the others in its own words. */
function partsOf(ended: Ended): readonly Ended[] {
  const { leftOut, ...end } = ended.end;
  const sent = { ...ended, end, operation: sentOf(ended.index, ended.operation, ended.end) };
  if (leftOut === undefined) return sentParts(sent);
  const skipped = [...leftOut].map(([name, reason]): Ended => {
    const operation = narrowed(ended.index, ended.operation, [name]);
    return { ...ended, operation, end: skippedFor(reason), request: null };
  });
  return [...sentParts(sent), ...skipped];
}

/** What went out of it. */
export function sentOf(index: PlanIndex, operation: Operation, { leftOut }: Pick<End, 'leftOut'>): Operation {
  if (leftOut === undefined) return operation;
  const rest = operation.batch.filter((name) => !leftOut.has(name));
  return narrowed(index, operation, rest);
}

function sentParts(ended: Ended): readonly Ended[] {
  const { index, operation, end } = ended;
  const { refused, ...rest } = end;
  if (refused === undefined) return [ended];
  const names = operation.batch.filter((name) => !refused.has(name));
  const well: Ended[] =
    names.length === 0
      ? []
      : [
          {
            ...ended,
            operation: narrowed(index, operation, names),
            end: { ...rest, state: 'done', reason: null },
          },
        ];
  const badly = [...refused].map(([name, why]): Ended => {
    const part = narrowed(index, operation, [name]);
    return { ...ended, operation: part, end: { ...rest, state: 'failed', result: null, reason: why } };
  });
  return [...well, ...badly];
}

/**
 * Access that somebody else gave is not ours to manage, but access that is gone is gone whoever took it; only what
 * we took counts for the windows of the guards.
 */
async function rowsAfter(store: Store, ended: Ended): Promise<LedgerRows> {
  const done = doneOf(ended);
  if (done === null) return NO_ROWS;
  const rows = await ledgerRows(store.memory, ended.index, done);
  return ended.end.state === 'done' ? rows : { ...rows, recent: [] };
}

/** null: the ledger stays as it is. */
function doneOf({ index, operation, resolver, end, at }: Ended): Done | null {
  const { state, result } = end;
  if (result === null || (state !== 'done' && state !== 'already')) return null;
  const removes = isRevocation(index, operation) && operation.role === null;
  return state === 'already' && !removes ? null : { operation, result, resolver, at };
}

/** The entry that is written before a call, with the request as it goes out. */
export function sendingEntry(
  ended: Pick<Ended, 'index' | 'operation' | 'actor' | 'run' | 'at'>,
  request: ApiRequest,
): JournalEntry {
  const { index, operation, actor, run, at } = ended;
  const whole = entryOf({ at, kind: 'sending', planId: index.plan.id, opKey: operation.key, actor, request });
  return { ...whole, ...ofRun(run) };
}

/** One entry a change, with its pre-image; the reason is the failure, or why the change was wanted. */
function journalOf(ended: Ended): JournalEntry[] {
  const { index, operation, end, actor, run, at } = ended;
  const done = doneOf(ended);
  const whole = {
    ...ofRun(run),
    ...entryOf({
      at,
      kind: 'write',
      planId: index.plan.id,
      opKey: operation.key,
      actor,
      outcome: end.state,
      request: shortOf(ended),
      reason: end.reason,
    }),
  };
  const changes = changesOf(index, operation);
  if (changes.length === 0) return [whole];
  return changes.map((change) => ({
    ...whole,
    ...ledgerEdge(change, done),
    ...writtenAs(change, done),
    item: change.key,
    subject: change.subject.label,
    before: change.before?.name ?? null,
    after: change.after?.name ?? null,
    reason: end.reason ?? change.reason,
  }));
}

/** The body of a batch names a hundred people; it stands once, in the entry before the call. */
function shortOf({ request, operation }: Ended): ApiRequest | null {
  return request === null || operation.batch.length <= 1 ? request : { ...request, body: null };
}

function ofRun(run: string | null): Pick<JournalEntry, 'run'> {
  return run === null ? {} : { run };
}

/** Only what took effect can be taken back. */
function writtenAs(change: Change, done: Done | null): Pick<JournalEntry, 'change'> {
  return done === null ? {} : { change: writtenOf(change, done) };
}

function ledgerEdge(change: Change, done: Done | null): Pick<JournalEntry, 'edge' | 'mark'> {
  if (done === null) return {};
  const edge = edgeOf(change, done);
  const mark = change.scim === undefined ? null : markTold(change);
  return { ...(edge === null ? {} : { edge }), ...(mark === null ? {} : { mark }) };
}

function idsOf(operation: Operation, result: OperationResult): Record<string, string> {
  const ids: Record<string, string> = {};
  for (const email of operation.kind === 'invite' ? operation.batch : []) {
    const id = invitedId(result, email);
    if (id !== null) ids[invitePlaceholder(email)] = id;
  }
  const made = madeThroughScim(operation);
  const id = made === null ? undefined : result.users[made];
  if (made !== null && id !== undefined) ids[made] = id;
  if (operation.create !== null && result.orgId !== null)
    ids[orgPlaceholder(operation.create.name)] = result.orgId;
  return ids;
}

/** Whoever did not get a new role in this plan must not lose the old one to it. */
function lostGrants({ index, operation, end }: Ended): readonly string[] {
  if (end.state !== 'failed' && end.state !== 'skipped') return [];
  return isRevocation(index, operation) ? [] : subjectsOf(index, operation);
}

export function isRevocation(index: PlanIndex, operation: Operation): boolean {
  const changes = changesOf(index, operation);
  if (changes.length === 0) return /^(remove|take|unregister)-/.test(operation.kind);
  return changes.every((change) => effectOf(change) === 'revoke');
}
