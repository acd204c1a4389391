/**
 * Notices what is worth telling and puts it into the outbox: what a run found, what stands in the journal (written
 * by any process on the same Redis), and ends of credentials. Every replica may notice the same; it is told once.
 */
import { createHash } from 'node:crypto';
import type { Redis } from 'ioredis';
import { z } from 'zod';
import type { HoldAlert } from '../core/holds.ts';
import type { Plan } from '../core/model/change.ts';
import type { RunRecord } from '../core/model/run.ts';
import { endsWithin } from '../lib/ends-within.ts';
import { keyspace } from '../lib/keyspace.ts';
import type { NotifyEvent } from './event.ts';
import {
  breakGlassEvents,
  configurationEvent,
  type End,
  expiringEvent,
  failingEvent,
  heldEvents,
  journalEvent,
  protectedEvent,
  recoveredEvent,
  silentEvent,
  type ToldRow,
} from './occasions.ts';
import type { NotifyOptions } from './options.ts';
import type { Outbox } from './outbox.ts';

export interface NotifierDeps {
  readonly redis: Redis;
  readonly prefix: string;
  readonly outbox: Pick<Outbox, 'put'>;
  readonly options: () => NotifyOptions;
  readonly journal: {
    read(range: { readonly after?: string; readonly limit: number }): Promise<readonly ToldRow[]>;
  };
  readonly guardName: (guard: string) => string;
  /** Ends of credentials, as far as they can be learnt now. */
  readonly ends: () => Promise<readonly End[]>;
  /** Providers that push and have not come for longer than is usual. */
  readonly silences?: () => Promise<readonly Silent[]>;
  readonly clock: () => number;
  readonly onError: (error: unknown) => void;
  readonly journalEveryMs?: number;
}

export interface Silent {
  readonly source: string;
  /** Epoch ms of the last sign of life. */
  readonly since: number;
  readonly words: string;
}

export interface Notifier {
  /** Never throws and is not to be waited for: a run does not depend on messages. */
  ranTo(record: RunRecord, plan: Plan | null, alerts: readonly HoldAlert[]): Promise<void>;
  refusedConfiguration(problems: readonly string[], fingerprint: string): Promise<void>;
  /** Looks at the journal and at ends from now on. */
  start(): void;
  close(): Promise<void>;
}

const CLOSE_MS = 500;
const JOURNAL_MS = 5_000;
const ENDS_MS = 6 * 3_600_000;
const SILENCE_MS = 10 * 60_000;
const ROWS = 500;

const streakSchema = z.object({ runs: z.number(), first: z.string(), last: z.string() });
type Streak = z.output<typeof streakSchema>;

export function openNotifier(deps: NotifierDeps): Notifier {
  const timers: NodeJS.Timeout[] = [];
  let looking: Promise<void> = Promise.resolve();
  const quietly = (work: Promise<void>) => work.catch(deps.onError);
  const every = (ms: number, look: () => Promise<void>) => {
    const turn = () => {
      looking = quietly(looking.then(look));
    };
    turn();
    timers.push(setInterval(turn, ms).unref());
  };
  return {
    ranTo: (record, plan, alerts) => quietly(tellRun(deps, record, plan, alerts)),
    refusedConfiguration: (problems, fingerprint) =>
      quietly(put(deps, [configurationEvent(problems, fingerprint, deps.clock())])),
    start: () => {
      every(deps.journalEveryMs ?? JOURNAL_MS, () => tellJournal(deps));
      every(ENDS_MS, () => tellEnds(deps));
      every(SILENCE_MS, () => tellSilences(deps));
    },
    close: async () => {
      for (const timer of timers) clearInterval(timer);
      // It may be asking for the end of a key; whatever it would have told is found again.
      await endsWithin(looking, CLOSE_MS);
    },
  };
}

async function put({ outbox }: NotifierDeps, events: readonly (NotifyEvent | null)[]): Promise<void> {
  for (const event of events) if (event !== null) await outbox.put(event);
}

async function tellRun(
  deps: NotifierDeps,
  record: RunRecord,
  plan: Plan | null,
  alerts: readonly HoldAlert[],
): Promise<void> {
  if (plan !== null) {
    await put(deps, heldEvents(record, plan, alerts, deps.guardName));
    await put(deps, breakGlassEvents(record, plan, alerts));
  }
  await tellStreak(deps, record);
  if (plan !== null && plan.only === null) await tellProtected(deps, record, plan);
}

/** Runs are one at a time over all replicas, so reading and writing the streak needs no lock. */
async function tellStreak(deps: NotifierDeps, record: RunRecord): Promise<void> {
  const key = keyOf(deps, 'streak');
  const before = await streak(deps, key);
  // A run that another replica took over after it had ended is counted once.
  if (before?.last === record.id) return;
  const limit = deps.options().failures;
  if (record.state === 'failed') {
    const now: Streak = {
      runs: (before?.runs ?? 0) + 1,
      first: before?.first ?? record.id,
      last: record.id,
    };
    await put(deps, [failingEvent(record, now, limit)]);
    await deps.redis.set(key, JSON.stringify(now));
  } else if (before !== null) {
    if (before.runs >= limit) await put(deps, [recoveredEvent(record, before)]);
    await deps.redis.del(key);
  }
}

async function streak({ redis }: NotifierDeps, key: string): Promise<Streak | null> {
  const text = await redis.get(key);
  return text === null ? null : streakSchema.parse(JSON.parse(text));
}

async function tellProtected(deps: NotifierDeps, record: RunRecord, plan: Plan): Promise<void> {
  const key = keyOf(deps, 'missing');
  const missing = plan.notices
    .filter(({ kind }) => kind === 'protected-missing')
    .map(({ subject }) => subject);
  const known = new Set(await deps.redis.smembers(key));
  const found = missing.filter((one) => !known.has(one));
  if (found.length > 0) await put(deps, [protectedEvent(record, found)]);
  if (found.length === 0 && known.size === missing.length) return;
  const change = deps.redis.multi().del(key);
  await (missing.length === 0 ? change : change.sadd(key, ...missing)).exec();
}

/** From where the last look ended, whoever looked; what stood there before the first look is not told. */
async function tellJournal(deps: NotifierDeps): Promise<void> {
  const key = keyOf(deps, 'cursor');
  // By the clock that names the rows: by one that is ahead of it, pauses of the first moments would never be told.
  const [seconds, micros] = (await deps.redis.time()).map(Number) as [number, number];
  await deps.redis.set(key, `${seconds * 1000 + Math.floor(micros / 1000) - 1}-0`, 'NX');
  for (;;) {
    const after = (await deps.redis.get(key)) as string;
    const rows = await deps.journal.read({ after, limit: ROWS });
    const last = rows.at(-1);
    if (last === undefined) return;
    await put(deps, rows.map(journalEvent));
    await deps.redis.set(key, last.id);
    if (rows.length < ROWS) return;
  }
}

async function tellEnds(deps: NotifierDeps): Promise<void> {
  const { expiryDays, ends } = deps.options();
  const declared = ends.map(({ what, on }) => ({ what, at: Date.parse(`${on}T23:59:59Z`) }));
  const all = [...declared, ...(await deps.ends())];
  await put(
    deps,
    all.map((end) => expiringEvent(end, deps.clock(), expiryDays)),
  );
}

async function tellSilences(deps: NotifierDeps): Promise<void> {
  const silent = (await deps.silences?.()) ?? [];
  const events = silent.map(({ source, since, words }) => silentEvent(source, since, words, deps.clock()));
  await put(deps, events);
}

function keyOf({ prefix }: NotifierDeps, name: string): string {
  return keyspace(prefix)('notify', name);
}

/** Of whatever could not be used, for `refusedConfiguration`. */
export function fingerprintOf(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 16);
}
