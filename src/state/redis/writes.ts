/** The carrying out of plans in Redis: rounds, outcomes, intents, counts and the ids that came out of them. */
import type { ChainableCommander, Redis } from 'ioredis';
import { z } from 'zod';
import type { Keyspace } from '../../lib/keyspace.ts';
import { entryOf } from '../journal.ts';
import type { Intent, JournalEntry, Outcome, PlanStanding, Submission, WriteStore } from '../store.ts';
import { discard } from './discard.ts';
import { journalFrom, journalKey } from './journal.ts';
import { linksKey } from './ledger-links.ts';
import { countsOf, KEPT_MS, payload } from './outcome-document.ts';
import { outcomeSchema } from './outcome-schema.ts';
import { damaged, parseStored, reading } from './parse.ts';
import { intentSchema, readTally, tallyOf } from './tally.ts';
import { committed } from './transaction.ts';
import { noteIntent, recordOutcome, reopenOperations, submitPlan } from './write-scripts.ts';

const submissionFields = z.object({
  scope: z.enum(['all', 'part']),
  total: z.coerce.number().int().nonnegative(),
  sequence: z.coerce.number().int().positive(),
  submittedAt: z.coerce.number().int(),
  // Absent from rounds of an older version: the next run opens a new one.
  edition: z.string().default(''),
  run: z
    .string()
    .default('')
    .transform((run) => (run === '' ? null : run)),
});

interface Keys {
  readonly open: string;
  readonly ended: string;
  readonly touched: string;
  readonly of: (
    planId: string,
  ) => Readonly<Record<'submission' | 'outcomes' | 'tally' | 'ids' | 'failed' | 'intents', string>>;
}

export function redisWrites(client: Redis, key: Keyspace): WriteStore {
  const keys: Keys = {
    open: key('writes', 'open'),
    ended: key('writes', 'ended'),
    touched: key('writes', 'touched'),
    of: (planId) => ({
      submission: key('writes', planId, 'submission'),
      outcomes: key('writes', planId, 'outcomes'),
      tally: key('writes', planId, 'tally'),
      ids: key('writes', planId, 'ids'),
      failed: key('writes', planId, 'failed'),
      intents: key('writes', planId, 'intents'),
    }),
  };
  return { ...rounds(client, key, keys), ...endings(client, key, keys), ...looks(client, keys) };
}

type Rounds = Pick<WriteStore, 'discard' | 'reopen' | 'submit' | 'submission' | 'open' | 'touchedBy'>;

function rounds(client: Redis, key: Keyspace, keys: Keys): Rounds {
  const submission = (planId: string): Promise<Submission | null> => readSubmission(client, keys, planId);
  const newest = key('writes', 'newest');
  return {
    reopen: async (planId, { operations, seen, subjects, by, at }) => {
      const of = keys.of(planId);
      const names = [keys.open, keys.ended, of.submission, of.outcomes, of.tally, of.failed, newest];
      names.push(journalKey(key), of.intents);
      const entry = entryOf({ at, kind: 'retry', planId, actor: by, reason: 'what failed is tried again' });
      const document = {
        planId,
        operations: operations.map(({ opKey, phase, kind }) => ({
          opKey,
          counts: countsOf(phase, kind),
          intent: JSON.stringify({ opKey, at: 0 } satisfies Intent),
        })),
        seen,
        subjects,
        entry: JSON.stringify(entry),
        journalFrom: String(journalFrom(at)),
      };
      const args = [JSON.stringify(document)];
      const count = Number(await reopenOperations(client, names, args));
      if (count === -2) return 'moved';
      return count < 0 ? null : count;
    },
    discard: (planId, discarding) =>
      discard(client, { ...keys.of(planId), journal: journalKey(key) }, { planId, ...discarding }),
    submit: async ({ planId, scope, total, submittedAt, run = null, edition = '', subjects = [] }) => {
      const of = keys.of(planId);
      const names = [key('writes', 'sequence'), keys.open, keys.ended, keys.touched];
      names.push(of.submission, of.outcomes, of.tally, of.ids, of.failed, journalKey(key), newest);
      const supersede = JSON.stringify(superseding(planId, submittedAt));
      const submit = JSON.stringify(submitted(planId, submittedAt, total, run));
      const kept = [submittedAt - KEPT_MS, KEPT_MS, supersede, journalFrom(submittedAt)];
      const args = [planId, scope, total, submittedAt, ...kept, run ?? '', submit];
      await submitPlan(client, names, [...args, JSON.stringify(subjects), edition]);
      return (await submission(planId)) as Submission;
    },
    submission,
    open: async () => {
      const ids = await reading(keys.open, client.zrange(keys.open, '0', '-1'));
      const all = await Promise.all(ids.map(submission));
      return all.filter((one) => one !== null).filter((one) => one.state === 'open');
    },
    touchedBy: async (subjects) => {
      if (subjects.length === 0) return [];
      return (await reading(keys.touched, client.hmget(keys.touched, ...subjects))).map(Number);
    },
  };
}

function superseding(by: string, at: number): JournalEntry {
  return entryOf({ at, kind: 'supersede', reason: `by plan ${by}` });
}

function submitted(planId: string, at: number, total: number, run: string | null): JournalEntry {
  const entry = entryOf({ at, kind: 'submit', planId, reason: `${total} operations` });
  return run === null ? entry : { ...entry, run };
}

async function readSubmission(client: Redis, keys: Keys, planId: string): Promise<Submission | null> {
  const names = namesOf(keys, planId);
  const answers = await committed(placeOf(client, keys, planId).exec(), names);
  return submissionOf(planId, names[0], answers as PlaceAnswers);
}

type Fields = Record<string, string>;
type Score = string | number | null;
type PlaceAnswers = [Fields, Score, Score, Fields];

function namesOf(keys: Keys, planId: string): readonly [string, ...string[]] {
  const { submission, tally, intents } = keys.of(planId);
  return [submission, keys.open, keys.ended, tally, intents];
}

function placeOf(client: Redis, keys: Keys, planId: string): ChainableCommander {
  const { submission, tally } = keys.of(planId);
  const place = client.multi().hgetall(submission).zscore(keys.open, planId);
  return place.zscore(keys.ended, planId).hgetall(tally);
}

async function readStanding(client: Redis, keys: Keys, planId: string): Promise<PlanStanding | null> {
  const names = namesOf(keys, planId);
  const { intents } = keys.of(planId);
  const batch = placeOf(client, keys, planId).hvals(intents).time();
  const [fields, open, ended, counts, underWay, time] = (await committed(batch.exec(), names)) as [
    ...PlaceAnswers,
    string[],
    [string],
  ];
  const submission = submissionOf(planId, names[0], [fields, open, ended, counts]);
  return submission === null ? null : { submission, tally: tallyOf([counts, underWay, time], intents) };
}

function submissionOf(
  planId: string,
  name: string,
  [fields, open, ended, counts]: PlaceAnswers,
): Submission | null {
  if (Object.keys(fields).length === 0) return null;
  const parsed = submissionFields.safeParse(fields);
  if (!parsed.success) throw damaged(name, z.prettifyError(parsed.error));
  const { total } = parsed.data;
  const settled = endedCount(counts) >= total;
  const state = open !== null ? 'open' : settled ? 'settled' : 'superseded';
  return { planId, ...parsed.data, state, endedAt: open === null && ended !== null ? Number(ended) : null };
}

function endedCount(counts: Readonly<Record<string, string>>): number {
  return ['done', 'failed', 'skipped'].reduce((sum, name) => sum + Number(counts[name] ?? 0), 0);
}

type Endings = Pick<WriteStore, 'intend' | 'withdraw' | 'record'>;

function endings(client: Redis, key: Keyspace, keys: Keys): Endings {
  const journal = journalKey(key);
  return {
    intend: async ({ planId, edition }, intent, entry) => {
      const of = keys.of(planId);
      const names = [keys.open, of.submission, of.intents, journal];
      const written = [JSON.stringify(intent), JSON.stringify(entry), journalFrom(entry.at)];
      return (await noteIntent(client, names, [planId, edition, intent.opKey, ...written, KEPT_MS])) === 1;
    },
    withdraw: async (planId, opKey) => {
      await client.hdel(keys.of(planId).intents, opKey);
    },
    record: async (record) => {
      const of = keys.of(record.planId);
      const names = [
        keys.open,
        keys.ended,
        of.submission,
        of.outcomes,
        of.tally,
        of.ids,
        of.failed,
        of.intents,
      ];
      names.push(journal, key('ledger', 'people'), key('ledger', 'groups'), key('recent'), linksKey(key));
      names.push(key('ledger', 'scim'));
      const answer = await recordOutcome(client, names, [JSON.stringify(payload(record))]);
      return answer === 2 ? 'moved' : answer === 1;
    },
  };
}

type Looks = Pick<
  WriteStore,
  'standing' | 'outcomes' | 'failures' | 'tally' | 'intent' | 'ids' | 'failedSubjects'
>;

function looks(client: Redis, keys: Keys): Looks {
  const outcome = (name: string, text: string): Outcome => parseStored(outcomeSchema, text, name);
  return {
    outcomes: async (planId, opKeys) => {
      const name = keys.of(planId).outcomes;
      if (opKeys.length === 0) return [];
      const texts = await reading(name, client.hmget(name, ...opKeys));
      return texts.map((text, at) => (text === null ? null : outcome(`${name} ${opKeys[at]}`, text)));
    },
    failures: async (planId) => {
      const name = keys.of(planId).outcomes;
      const failed = new Map<string, Outcome>();
      for await (const batch of client.hscanStream(name, { count: 1000 }) as AsyncIterable<string[]>) {
        for (let at = 0; at < batch.length; at += 2) {
          const one = outcome(`${name} ${batch[at]}`, batch[at + 1] as string);
          if (one.state === 'failed') failed.set(one.opKey, one);
        }
      }
      return [...failed.values()].sort((a, b) => a.at - b.at);
    },
    standing: (planId) => readStanding(client, keys, planId),
    tally: (planId) => readTally(client, keys.of(planId)),
    intent: async (planId, opKey) => {
      const name = keys.of(planId).intents;
      const text = await reading(name, client.hget(name, opKey));
      return text === null ? null : parseStored(intentSchema, text, `${name} ${opKey}`);
    },
    ids: async (planId, placeholders) => {
      const name = keys.of(planId).ids;
      return placeholders.length === 0 ? [] : reading(name, client.hmget(name, ...placeholders));
    },
    failedSubjects: async (planId, subjects) => {
      const name = keys.of(planId).failed;
      if (subjects.length === 0) return [];
      const flags = await reading(name, client.smismember(name, ...subjects));
      return subjects.filter((_, at) => flags[at] === 1);
    },
  };
}
