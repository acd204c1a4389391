import { type ChildProcess, fork } from 'node:child_process';
import { afterEach, expect, test } from 'vitest';
import { queuedRun, type RunRecord, type RunTrigger } from '../../src/core/model/run.ts';
import type { RunQueue, RunRequest } from '../../src/queue/interface.ts';
import { openRunQueue, type RunQueueOptions } from '../../src/queue/runs.ts';
import { openStore } from '../../src/state/redis/open-store.ts';
import { privateRedis } from '../lib/private-redis.ts';

const redis = await privateRedis();
const client = redis.client();
const forever = new AbortController().signal;
/** No stall of the machine lets a lock lapse. */
const STEADY = { lockMs: 600_000, stalledMs: 500, maxStalled: 5 };
const open: RunQueue[] = [];

afterEach(async () => {
  for (const queue of open.splice(0)) await queue.close();
});

function queueOf(prefix: string, over: Partial<RunQueueOptions> = {}): RunQueue {
  const queue = openRunQueue({
    connections: { prefix, producer: client, worker: redis.client() },
    intervalMs: 3_600_000,
    jitter: 0,
    handler: async () => {},
    locks: STEADY,
    closeMs: 60_000,
    ...over,
  });
  open.push(queue);
  return queue;
}

function manual(scope: RunTrigger['scope'] = {}): RunTrigger {
  return { kind: 'manual', scope, by: 'eve', at: Date.now() };
}

/** A handler that notes its requests and lets each go only when told. */
function held(): {
  handler: (request: RunRequest) => Promise<void>;
  seen: RunRequest[];
  release: () => void;
} {
  const seen: RunRequest[] = [];
  let gates: (() => void)[] = [];
  let open = false;
  return {
    seen,
    release: () => {
      open = true;
      for (const gate of gates) gate();
      gates = [];
    },
    handler: (request) => {
      seen.push(request);
      return open ? Promise.resolve() : new Promise((resolve) => gates.push(resolve));
    },
  };
}

async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await new Promise((resolve) => setTimeout(resolve, 10));
}

test('the first start runs at once by schedule, and the next run is announced', async () => {
  const { handler, seen, release } = held();
  release();
  const queue = queueOf(redis.prefix(), { handler });
  await queue.start();
  await until(() => seen.length === 1);
  expect(seen[0]).toMatchObject({ trigger: { kind: 'schedule', by: 'schedule', scope: {} } });
  expect(seen[0]?.id).toMatch(/^schedule-\d+$/);
  const next = await queue.nextAt();
  expect(next).toBeGreaterThan(Date.now());
  expect(next).toBeLessThanOrEqual(Date.now() + 3_600_000);
});

test('a second replica and a restart start no extra run', async () => {
  const prefix = redis.prefix();
  const { handler, seen, release } = held();
  release();
  const first = queueOf(prefix, { handler });
  await first.start();
  await until(() => seen.length === 1);
  await first.wait(seen[0]?.id as string, forever);
  await queueOf(prefix, { handler }).start();
  const last = queueOf(prefix, { handler });
  await last.start();
  await last.wait(await last.request(manual()), forever);
  expect(seen.map(({ trigger }) => trigger.kind)).toEqual(['schedule', 'manual']);
});

test('triggers of one kind and scope that wait together are one run, which is not the one that runs', async () => {
  const prefix = redis.prefix();
  const { handler, seen, release } = held();
  const queue = queueOf(prefix, { handler });
  await queue.start();
  await until(() => seen.length === 1);
  const ids = await Promise.all([1, 2, 3, 4, 5].map(() => queue.request(manual())));
  expect(new Set(ids).size).toBe(1);
  expect(ids[0]).not.toBe(seen[0]?.id);
  const other = await queue.request(manual({ user: 'ada@corp.example' }));
  expect(other).not.toBe(ids[0]);
  release();
  await queue.wait(ids[0] as string, forever);
  await queue.wait(other, forever);
  expect(seen.map(({ id }) => id).slice(1)).toEqual([ids[0], other]);
  expect(seen[2]?.trigger).toMatchObject({ kind: 'manual', scope: { user: 'ada@corp.example' }, by: 'eve' });
});

test('a trigger that comes while its run is under way gets a run of its own', async () => {
  const { handler, seen, release } = held();
  const onlyManual = async (request: RunRequest): Promise<void> => {
    if (request.trigger.kind === 'manual') await handler(request);
  };
  const queue = queueOf(redis.prefix(), { handler: onlyManual });
  const first = await queue.request(manual());
  await queue.start();
  await until(() => seen.length === 1);
  const second = await queue.request(manual());
  expect(second).not.toBe(first);
  release();
  await queue.wait(second, forever);
  expect(seen.map(({ id }) => id)).toEqual([first, second]);
});

test('three replicas never run two turns at a time', async () => {
  const prefix = redis.prefix();
  let running = 0;
  let most = 0;
  const handler = async (): Promise<void> => {
    most = Math.max(most, ++running);
    await new Promise((resolve) => setTimeout(resolve, 30));
    running--;
  };
  const queues = [1, 2, 3].map(() => queueOf(prefix, { handler }));
  await Promise.all(queues.map((queue) => queue.start()));
  const [queue] = queues as [RunQueue];
  const ids = await Promise.all(
    ['a', 'b', 'c', 'd', 'e', 'f'].map((user) => queue.request(manual({ user }))),
  );
  await Promise.all(ids.map((id) => queue.wait(id, forever)));
  expect(most).toBe(1);
});

test('a run that was asked for can be seen while it waits', async () => {
  const prefix = redis.prefix();
  const { runs } = await openStore(client, prefix, Date.now());
  const queue = queueOf(prefix, { records: runs });
  const id = await queue.request(manual({ org: 'Payments' }));
  expect(await runs.get(id)).toMatchObject({ id, state: 'queued', trigger: { scope: { org: 'Payments' } } });
});

test('a run that was taken up while its first asker stood still is not noted as waiting again', async () => {
  const prefix = redis.prefix();
  const { runs } = await openStore(client, prefix, Date.now());
  let goOn = (): void => {};
  const later = new Promise<void>((resolve) => {
    goOn = resolve;
  });
  const add = async (run: RunRecord): Promise<void> => {
    await later;
    await runs.add(run);
  };
  const first = queueOf(prefix, { records: { add } });
  const handler = ({ id, trigger }: RunRequest) => runs.put({ ...queuedRun(id, trigger), state: 'done' });
  const second = queueOf(prefix, { records: runs, handler });
  const asked = first.request(manual());
  const id = await second.request(manual());
  expect(await runs.get(id)).toMatchObject({ state: 'queued' });
  await second.start();
  await second.wait(id, forever);
  expect(await runs.get(id)).toMatchObject({ state: 'done' });
  await second.stop();
  goOn();
  expect(await asked).toBe(id);
  expect(await runs.get(id)).toMatchObject({ state: 'done' });
});

test('a run whose asker died before it was queued is queued by the next one who asks', async () => {
  const prefix = redis.prefix();
  const { handler, seen, release } = held();
  release();
  const queue = queueOf(prefix, { handler });
  const lost = await queue.request(manual());
  await client.del(`{${prefix}}:runs:${lost}`);
  await client.del(`{${prefix}}:runs:prioritized`);
  expect(await queue.request(manual())).toBe(lost);
  await queue.start();
  await until(() => seen.some(({ id }) => id === lost));
});

test('a failing turn does not stop the next one', async () => {
  let turns = 0;
  const queue = queueOf(redis.prefix(), {
    handler: async () => {
      if (++turns === 1) throw new Error('Okta is down');
    },
  });
  await queue.start();
  await until(() => turns === 1);
  await queue.wait(await queue.request(manual()), forever);
  expect(turns).toBe(2);
});

test('a replica that stops gives its run back, and another one takes it', async () => {
  const prefix = redis.prefix();
  const started: string[] = [];
  const first = openRunQueue({
    connections: { prefix, producer: client, worker: redis.client() },
    intervalMs: 3_600_000,
    jitter: 0,
    handler: ({ id }, signal) => {
      started.push(id);
      return new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
    },
    locks: STEADY,
    closeMs: 60_000,
  });
  await first.start();
  await until(() => started.length === 1);
  await first.close();
  const again: string[] = [];
  const second = queueOf(prefix, { handler: async ({ id }) => void again.push(id) });
  await second.start();
  await until(() => again.length === 1);
  expect(again).toEqual(started);
});

test('a replica that is killed in mid-run leaves its run to another one', async () => {
  const prefix = redis.prefix();
  const child: ChildProcess = fork(new URL('./run-replica.ts', import.meta.url), [redis.socket, prefix]);
  const started = await new Promise((resolve) => child.once('message', resolve));
  child.kill('SIGKILL');
  const seen: string[] = [];
  const queue = queueOf(prefix, { handler: async ({ id }) => void seen.push(id) });
  await queue.start();
  await until(() => seen.length === 1);
  expect(seen).toEqual([started]);
});

test('waiting for a run ends with the signal', async () => {
  const queue = queueOf(redis.prefix());
  const id = await queue.request(manual());
  await expect(queue.wait(id, AbortSignal.abort('enough'))).rejects.toBe('enough');
});

test('a turn that does not end on the signal is left behind, and runs can still be asked for meanwhile', async () => {
  let started = 0;
  const queue = queueOf(redis.prefix(), {
    closeMs: 50,
    handler: () => {
      started++;
      return new Promise(() => {});
    },
  });
  await queue.start();
  await until(() => started === 1);
  await queue.stop();
  expect(await queue.request(manual())).toMatch(/^[0-9a-f-]{36}$/);
  await queue.close();
});

/** As after a pause of this process that was longer than the lock. */
async function loseLock(prefix: string, runId: string): Promise<void> {
  await client.del(`{${prefix}}:runs:${runId.replace('schedule-', 'repeat:periodic:')}:lock`);
}

/** Nobody takes a run over within a test. */
const UNSHARED = { stalledMs: 600_000, maxStalled: 5 };

test('a turn that asks learns that its lock was lost, before it hands in what it found', async () => {
  const prefix = redis.prefix();
  const ours: boolean[] = [];
  const queue = queueOf(prefix, {
    locks: { ...UNSHARED, lockMs: 600_000 },
    handler: async ({ id }, _, isOurs) => {
      ours.push(await isOurs());
      await loseLock(prefix, id);
      ours.push(await isOurs());
    },
  });
  await queue.start();
  await until(() => ours.length === 2);
  expect(ours).toEqual([true, false]);
});

test('a turn whose lock was lost is told so by its signal', async () => {
  const prefix = redis.prefix();
  const told: unknown[] = [];
  const queue = queueOf(prefix, {
    locks: { ...UNSHARED, lockMs: 1000 },
    handler: async ({ id }, signal) => {
      await loseLock(prefix, id);
      await until(() => signal.aborted);
      told.push(signal.reason);
    },
  });
  await queue.start();
  await until(() => told.length === 1);
  expect(String(told[0])).toContain('another replica has taken it over');
});
