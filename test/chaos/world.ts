/** A fake Devin, a Redis that can be killed, replicas that are killed, and a plan whose every effect is known. */
import { type ChildProcess, fork } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { onTestFinished } from 'vitest';
import type { Plan } from '../../src/core/model/change.ts';
import type { WriteProgress } from '../../src/core/model/run.ts';
import { openGate } from '../../src/queue/gate.ts';
import { openWriteQueue, type WriteQueue } from '../../src/queue/writes.ts';
import { type FakeDevin, startFakeDevin } from '../../src/sandbox/fake-devin.ts';
import { openStore } from '../../src/state/redis/open-store.ts';
import type { Store } from '../../src/state/store.ts';
import { type OwnRedis, ownRedis } from '../lib/own-redis.ts';
import { addToOrg, downgrade, email, invite, planOf, removeFromOrg, removeUser } from '../queue/writing.ts';
import { type Dice, dice } from './random.ts';

export type Bug = 'skip-journal' | 'ignore-limiter' | 'drop-error' | 'reuse-job-id' | 'resend-after-unknown';

export interface WriterArguments {
  readonly socket: string;
  readonly prefix: string;
  readonly url: string;
  readonly key: string;
  readonly perSecond: number;
  readonly bug: Bug | null;
}

export interface WorldOptions {
  readonly seed: number;
  /** About so many writes. */
  readonly operations: number;
  readonly replicas: number;
  readonly perSecond?: number;
  /** The fake refuses more than this in any second, as strictly as can be. */
  readonly strictRate?: number;
  readonly bug?: Bug;
}

/** One effect that the plan has, as the fake's log writes it, and the item it comes from. */
export interface ExpectedEffect {
  readonly name: string;
  readonly item: string;
}

export interface World {
  readonly options: WorldOptions;
  readonly dice: Dice;
  readonly devin: FakeDevin;
  readonly redis: OwnRedis;
  readonly store: Store;
  readonly queue: WriteQueue;
  readonly plan: Plan;
  readonly expected: readonly ExpectedEffect[];
  /** Kills that were planned and did not happen. */
  readonly owed: string[];
  /** SIGKILL to one replica and another in its place. */
  killWriter(): Promise<void>;
  killRedis(awayMs: number): Promise<void>;
  /** Once so many effects have happened. */
  reached(effects: number): Promise<void>;
  settle(withinMs: number): Promise<WriteProgress>;
}

const PREFIX = 'chaos';

export async function world(options: WorldOptions): Promise<World> {
  const { seed, strictRate } = options;
  const rate = strictRate === undefined ? {} : { rate: { perSecond: strictRate } };
  const devin = await startFakeDevin({ orgs: ['Payments', 'Search'], ...rate });
  onTestFinished(() => devin.close());
  const redis = await ownRedis();
  const client = redis.client();
  const store = await openStore(client, PREFIX, Date.now());
  const gate = openGate({ connection: client, prefix: PREFIX, maxPerSecond: 1000 });
  const queue = openWriteQueue({ connection: client, prefix: PREFIX, store, gate });
  onTestFinished(() => queue.close());
  const { plan, expected } = bigPlan(devin, options.operations);
  const replicas = await fleet(options, { redis, devin });
  const owed: string[] = [];
  const reached = async (effects: number): Promise<void> => {
    while (devin.state.effects.length < effects) await sleep(3);
  };
  const killRedis = async (awayMs: number): Promise<void> => {
    await redis.kill();
    await sleep(awayMs);
    await redis.start();
  };
  const settle = (withinMs: number) => queue.settled(plan.id, { signal: AbortSignal.timeout(withinMs) });
  const kept = { options, dice: dice(seed), devin, redis, store, queue, plan, expected, owed };
  return { ...kept, reached, killRedis, settle, killWriter: replicas.killOne };
}

async function fleet(
  { replicas, seed, perSecond = 500, bug = null }: Omit<WorldOptions, 'bug'> & { bug?: Bug | null },
  { redis, devin }: { redis: OwnRedis; devin: FakeDevin },
): Promise<{ killOne: () => Promise<void> }> {
  const { url, key } = devin;
  const words: WriterArguments = { socket: redis.socket, prefix: PREFIX, url, key, perSecond, bug };
  const children: ChildProcess[] = [];
  const start = async (): Promise<void> => {
    const child = fork(new URL('./writer.ts', import.meta.url), [JSON.stringify(words)]);
    children.push(child);
    await new Promise((resolve) => child.once('message', resolve));
  };
  onTestFinished(() => {
    for (const child of children) child.kill('SIGKILL');
  });
  const choice = dice(seed + 1);
  await Promise.all(Array.from({ length: replicas }, start));
  const killOne = async (): Promise<void> => {
    const [child] = children.splice(choice.between(0, children.length - 1), 1);
    if (child === undefined || child.exitCode !== null) throw new Error('there was no writer to kill');
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGKILL');
    await ended;
    await start();
  };
  return { killOne };
}

/** A third is new people with a role, the rest lose one, are lowered, or leave; no operation is like another. */
function bigPlan(devin: FakeDevin, operations: number): { plan: Plan; expected: ExpectedEffect[] } {
  const [org, other] = [devin.state.org('Payments').id, devin.state.org('Search').id];
  const expected: ExpectedEffect[] = [];
  const quarter = Math.ceil(operations / 4);
  const names = (kind: string) => Array.from({ length: quarter }, (_, at) => `${kind}${at}`);
  const known = (who: string, role: string) =>
    devin.state.addUser({ email: email(who), orgs: { Search: role } }).id;
  const fresh = names('new');
  const batches = Array.from({ length: Math.ceil(quarter / 10) }, (_, at) =>
    fresh.slice(10 * at, 10 * at + 10),
  );
  const expect = (kind: string, who: string, place: string | null, item: string): void =>
    void expected.push({ name: `${kind} ${email(who)} ${place}`, item });
  for (const who of fresh) {
    expect('invite', who, null, `invite-${who}`);
    expect('add-to-org', who, org, `add/${who}:${org}`);
  }
  const leaving = names('leave').map((who) => {
    expect('remove-user', who, null, `leave/${who}`);
    return removeUser(who, known(who, 'org_member'));
  });
  const taken = names('take').map((who) => {
    expect('remove-from-org', who, other, `remove/${who}:${other}`);
    return removeFromOrg({ who, user: known(who, 'org_member'), org: other });
  });
  const lowered = names('lower').map((who) => {
    expect('change-org-role', who, other, `lower/${who}:${other}`);
    return downgrade({ who, user: known(who, 'org_admin'), org: other });
  });
  const grants = fresh.map((who) => addToOrg({ who, user: null, org }));
  const plan = planOf(
    'plan',
    ...batches.map((batch) => invite(batch)),
    ...grants,
    ...leaving,
    ...taken,
    ...lowered,
  );
  return { plan, expected };
}
