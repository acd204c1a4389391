import type { RedisKey } from 'ioredis';
import { expect, test, vi } from 'vitest';
import type { RunRecord } from '../../src/core/model/run.ts';
import { openNotifier } from '../../src/notify/notifier.ts';
import type { WebhookOptions } from '../../src/notify/options.ts';
import { type Outbox, openOutbox } from '../../src/notify/outbox.ts';
import { NotTakenError, sendEvent } from '../../src/notify/send.ts';
import { openStore } from '../../src/state/redis/open-store.ts';
import { entryOf } from '../../src/state/store.ts';
import { privateRedis } from '../lib/private-redis.ts';
import { plan as samplePlan } from '../report/sample-plans.ts';
import { runRecord } from '../server/fake-daemon.ts';
import { event, type Receiver, receiver, webhook } from './receiver.ts';

const redis = await privateRedis();
const SOON = { timeout: 60_000, interval: 20 };

function open(prefix: string, webhooks: readonly WebhookOptions[], seen: string[] = []): Outbox {
  return openOutbox({
    prefix,
    producer: redis.client(),
    worker: redis.client(),
    webhooks: () => webhooks,
    send: (one, what) => sendEvent(one, what, { publicUrl: null, secrets: [], clock: Date.now }),
    clock: Date.now,
    backoffMs: 20,
    observe: (name, outcome) => void seen.push(`${name} ${outcome}`),
  });
}

function idsOf({ got }: Receiver): string[] {
  return got.map(({ headers }) => String(headers['x-devin-idp-sync-event']));
}

const signed = { kind: 'signed', secret: 'a secret of some length' } as const;

test('what several replicas notice is told once, to everybody who wants it, also while one webhook is dead', async () => {
  const prefix = redis.prefix();
  const [alive, flaky, gone] = await Promise.all([receiver(), receiver(), receiver()]);
  flaky.status = 503;
  gone.status = 410;
  const seen: string[] = [];
  const hooks = [
    webhook('alive', alive.url, signed),
    webhook('flaky', flaky.url, signed),
    webhook('gone', gone.url, signed),
    webhook('other', alive.url, { ...signed, events: ['paused'] }),
  ];
  const replicas = [open(prefix, hooks, seen), open(prefix, hooks, seen)];
  for (const outbox of replicas) expect(await outbox.put(event('held run-1'))).toBe(3);
  await vi.waitFor(() => expect(seen).toContain('flaky failed'), SOON);
  flaky.status = 204;
  await vi.waitFor(
    () => expect(seen).toEqual(expect.arrayContaining(['alive delivered', 'flaky delivered', 'gone gone'])),
    SOON,
  );
  expect(idsOf(alive)).toEqual(['held run-1']);
  expect(idsOf(gone)).toEqual(['held run-1']);
  const states = await (replicas[0] as Outbox).states();
  expect(states.map(({ name, failing }) => [name, failing])).toEqual([
    ['alive', null],
    ['flaky', null],
    ['gone', expect.stringContaining('answered 410')],
    ['other', null],
  ]);
  expect(await (replicas[0] as Outbox).put(event('held run-1'))).toBe(3);
  await vi.waitFor(async () => expect(await (replicas[0] as Outbox).waiting()).toBe(0), SOON);
  expect(idsOf(alive)).toEqual(['held run-1']);
  await Promise.all(replicas.map((outbox) => outbox.close()));
});

test('a message that was not taken before a restart is brought after it', async () => {
  const prefix = redis.prefix();
  const hook = await receiver();
  hook.status = 503;
  const hooks = [webhook('flaky', hook.url, signed)];
  const before = open(prefix, hooks);
  await before.put(event('held run-2'));
  await vi.waitFor(() => expect(hook.got.length).toBeGreaterThan(0), SOON);
  await before.close();
  hook.status = 200;
  hook.got.length = 0;
  const after = open(prefix, hooks);
  await vi.waitFor(() => expect(idsOf(hook)).toEqual(['held run-2']), SOON);
  await after.close();
});

test('what is noted of one webhook at once, a delivery and a refusal, is kept of both', async () => {
  const worker = redis.client();
  // Whoever reads before writing reads what the other is about to change.
  const read = worker.hget.bind(worker);
  const both = Promise.withResolvers<void>();
  let readers = 0;
  worker.hget = async (key: RedisKey, field: string | Buffer) => {
    const text = await read(key, field);
    if (++readers === 2) both.resolve();
    await both.promise;
    return text;
  };
  const seen: string[] = [];
  const outbox = openOutbox({
    prefix: redis.prefix(),
    producer: redis.client(),
    worker,
    webhooks: () => [webhook('own', 'http://127.0.0.1:9')],
    send: async (_, { id }) => {
      if (id === 'refused') throw new NotTakenError('no', false);
    },
    clock: () => 7,
    observe: (_, outcome) => void seen.push(outcome),
  });
  await Promise.all([outbox.put(event('taken')), outbox.put(event('refused'))]);
  await vi.waitFor(() => expect(seen.toSorted()).toEqual(['delivered', 'gone']), SOON);
  expect(await outbox.states()).toMatchObject([{ deliveredAt: 7, failedAt: 7 }]);
  await outbox.close();
});

test('a notifier tells streaks of failures and their end, missing protected people, and what any process paused', async () => {
  const prefix = redis.prefix();
  const client = redis.client();
  const store = await openStore(client, prefix, Date.now());
  const told: string[] = [];
  const errors: unknown[] = [];
  const notifier = openNotifier({
    redis: client,
    prefix,
    outbox: { put: async ({ kind, details }) => told.push(`${kind} ${details.join()}`.trim()) },
    options: () => ({
      webhooks: [],
      failures: 2,
      expiryDays: 30,
      ends: [{ what: 'Entra secret', on: '2020-01-01' }],
    }),
    journal: store.journal,
    guardName: (guard) => guard,
    ends: async () => [],
    silences: async () => [{ source: 'okta', since: 5, words: 'nothing for 73 hours' }],
    // Ahead of Redis, which names the rows of the journal.
    clock: () => Date.now() + 3_600_000,
    onError: (error) => errors.push(error),
    journalEveryMs: 20,
  });
  const failed = (id: string): RunRecord => runRecord(id, { state: 'failed', error: 'no answer' });
  await notifier.ranTo(failed('r1'), null, []);
  await notifier.ranTo(failed('r1'), null, []);
  expect(told).toEqual([]);
  await notifier.ranTo(failed('r2'), null, []);
  const without = samplePlan({});
  const missing = { kind: 'protected-missing' as const, subject: 'glass@corp.example', message: '' };
  const withMissing = { ...without, only: null, notices: [...without.notices, missing] };
  await notifier.ranTo(runRecord('r3', { state: 'done' }), withMissing, []);
  await notifier.ranTo(runRecord('r4', { state: 'done' }), withMissing, []);
  expect(told).toEqual(['failing no answer', 'recovered', 'protected glass@corp.example']);
  told.length = 0;
  const begun = ['expiring Entra secret', 'silent okta: nothing for 73 hours'];
  notifier.start();
  await vi.waitFor(() => expect(told).toEqual(begun), SOON);
  await store.journal.append([entryOf({ at: Date.now(), kind: 'pause', actor: 'oncall' })]);
  await vi.waitFor(() => expect(told).toEqual([...begun, 'paused by oncall']), SOON);
  await notifier.close();
  expect(errors).toEqual([]);
});
