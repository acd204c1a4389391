/** What happened → what is told about it. Pure: whether it was told before is the outbox's question. */
import { BREAK_GLASS, FIRST_PLAN, type HoldAlert } from '../core/holds.ts';
import type { Plan } from '../core/model/change.ts';
import type { RunRecord } from '../core/model/run.ts';
import { detailsOf, type NotifyEvent } from './event.ts';

const DAY_MS = 24 * 3_600_000;

/** Days before an end at which it is told again. */
const LAST_DAYS: readonly number[] = [7, 3, 1, 0, -1];

/** One message for everything that a run found newly held, and one for what is held for long. */
export function heldEvents(
  record: RunRecord,
  plan: Plan,
  alerts: readonly HoldAlert[],
  guardName: (guard: string) => string,
): NotifyEvent[] {
  return (['new', 'reminder'] as const).flatMap((kind) => {
    const told = alerts.filter((alert) => alert.kind === kind && !isBreakGlass(alert));
    if (told.length === 0) return [];
    const changes = told.reduce((sum, alert) => sum + changesOf(alert, plan), 0);
    const days = Math.floor(Math.max(...told.map(({ age }) => age)) / DAY_MS);
    const guards = new Set(told.flatMap((alert) => alert.guards));
    const since = kind === 'new' ? 'are held' : `are held for ${days === 1 ? 'a day' : `${days} days`}`;
    const figures = plan.violations.filter(({ guard }) => guards.has(guard)).map(({ message }) => message);
    const named = [...guards].map(guardName);
    return {
      id: `held ${kind} ${record.id}`,
      kind: 'held',
      severity: 'alarm',
      at: record.endedAt ?? plan.createdAt,
      title: `Changes ${since} until a person decides.`,
      counts: { held: changes },
      details: detailsOf(figures.length === 0 ? named : figures),
      path: `/plans/${plan.id}?state=held`,
    };
  });
}

/** Emergency accounts that are gone or not what they should be; told again while it lasts. */
export function breakGlassEvents(record: RunRecord, plan: Plan, alerts: readonly HoldAlert[]): NotifyEvent[] {
  const told = alerts.filter(isBreakGlass);
  if (told.length === 0) return [];
  const words = plan.notices.filter(({ kind }) => kind === 'break-glass').map(({ message }) => message);
  return [
    {
      id: `break-glass ${record.id}`,
      kind: 'protected',
      severity: 'alarm',
      at: record.endedAt ?? plan.createdAt,
      title: 'An emergency account is not as it should be.',
      counts: { accounts: told.reduce((sum, { items }) => sum + items.length, 0) },
      details: detailsOf(words),
      path: `/plans/${plan.id}`,
    },
  ];
}

function isBreakGlass({ guards }: HoldAlert): boolean {
  return guards.includes(BREAK_GLASS);
}

/** The first plan is held as one thing. */
function changesOf({ items }: HoldAlert, { changes }: Plan): number {
  if (!items.includes(FIRST_PLAN)) return items.length;
  const waiting = changes.filter(
    ({ verdict }) => verdict.state === 'held' && verdict.by.every((guard) => guard === FIRST_PLAN),
  );
  return items.length - 1 + waiting.length;
}

/** @param first id of the run with which the failures began; it is told after `limit`, twice as many, and so on. */
export function failingEvent(
  record: RunRecord,
  { runs, first }: { readonly runs: number; readonly first: string },
  limit: number,
): NotifyEvent | null {
  const times = Math.log2(runs / limit);
  if (times < 0 || !Number.isInteger(times)) return null;
  return {
    id: `failing ${first} ${runs}`,
    kind: 'failing',
    severity: 'alarm',
    at: record.endedAt ?? record.trigger.at,
    title: 'Runs fail: nothing is planned or written, and leavers keep their access.',
    counts: { 'failed in a row': runs },
    details: detailsOf(record.error === null ? [] : [record.error]),
    path: `/runs/${encodeURIComponent(record.id)}`,
  };
}

export function recoveredEvent(
  record: RunRecord,
  { runs, first }: { readonly runs: number; readonly first: string },
): NotifyEvent {
  return {
    id: `recovered ${first}`,
    kind: 'recovered',
    severity: 'good',
    at: record.endedAt ?? record.trigger.at,
    title: 'Runs work again.',
    counts: { 'failed before': runs },
    details: [],
    path: record.planId === null ? null : `/plans/${record.planId}`,
  };
}

/** People who must not lose access and cannot be found: a broken glass is found out when it is needed. */
export function protectedEvent(record: RunRecord, missing: readonly string[]): NotifyEvent {
  return {
    id: `protected ${record.id}`,
    kind: 'protected',
    severity: 'alarm',
    at: record.endedAt ?? record.trigger.at,
    title: 'Protected people are not in Devin.',
    counts: { missing: missing.length },
    details: detailsOf(missing),
    path: record.planId === null ? null : `/plans/${record.planId}`,
  };
}

/** A row of the journal, as far as it is told. */
export interface ToldRow {
  readonly id: string;
  readonly at: number;
  readonly kind: string;
  readonly actor: string | null;
  readonly planId: string | null;
  readonly reason: string | null;
}

/** Pauses, and what a writer stopped: whoever did it, in whichever process. null: nothing to tell. */
export function journalEvent({ id, at, kind, actor, planId, reason }: ToldRow): NotifyEvent | null {
  const about = { id: `journal ${id}`, at, counts: {} };
  const by = detailsOf(actor === null ? [] : [`by ${actor}`]);
  if (kind === 'pause')
    return {
      ...about,
      kind: 'paused',
      severity: 'alarm',
      title: 'Writes are paused.',
      details: by,
      path: '/',
    };
  if (kind === 'resume')
    return { ...about, kind: 'resumed', severity: 'good', title: 'Writes go on.', details: by, path: '/' };
  if (kind !== 'breaker') return null;
  return {
    ...about,
    kind: 'breaker',
    severity: 'alarm',
    title: 'Writes were stopped because they keep failing.',
    details: detailsOf(reason === null ? [] : [reason]),
    path: planId === null ? '/' : `/plans/${planId}`,
  };
}

/** A credential and the moment from which it does not work any more. */
export interface End {
  readonly what: string;
  /** Epoch ms. */
  readonly at: number;
}

/** The message that is due for this end now; null: it is far away. */
export function expiringEvent({ what, at }: End, now: number, firstDays: number): NotifyEvent | null {
  const days = Math.floor((at - now) / DAY_MS);
  const step = [firstDays, ...LAST_DAYS].findLast((one) => days <= one);
  if (step === undefined) return null;
  const date = new Date(at).toISOString().slice(0, 10);
  const when =
    days < 0
      ? 'is over'
      : days === 0
        ? 'ends within a day'
        : `ends in ${days} ${days === 1 ? 'day' : 'days'}`;
  return {
    id: `expiring ${date} ${step} ${what}`,
    kind: 'expiring',
    severity: 'alarm',
    at: now,
    title: `A credential ${when}, on ${date}.`,
    counts: {},
    details: detailsOf([what]),
    path: null,
  };
}

/** A provider that pushes and does not come any more. @param since epoch ms of its last sign of life. */
export function silentEvent(source: string, since: number, words: string, now: number): NotifyEvent {
  return {
    id: `silent ${source} ${since}`,
    kind: 'silent',
    severity: 'alarm',
    at: now,
    title: 'A directory that pushes its changes has fallen silent.',
    counts: {},
    details: detailsOf([`${source}: ${words}`]),
    path: null,
  };
}

/** @param fingerprint of what could not be used: the same mistake is told once. */
export function configurationEvent(
  problems: readonly string[],
  fingerprint: string,
  now: number,
): NotifyEvent {
  return {
    id: `configuration ${fingerprint}`,
    kind: 'configuration',
    severity: 'alarm',
    at: now,
    title: 'A changed configuration cannot be used; the one before stays in use.',
    counts: { problems: problems.length },
    details: detailsOf(problems),
    path: '/configuration',
  };
}

export function testEvent(now: number): NotifyEvent {
  return {
    id: `test ${now}`,
    kind: 'test',
    severity: 'good',
    at: now,
    title: 'A test message. If you can read it, this webhook works.',
    counts: {},
    details: [],
    path: '/',
  };
}
