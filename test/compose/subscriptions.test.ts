/** Replicas that keep the subscriptions at Graph: one at a time, and what one of them hears is not lost. */
import { expect, onTestFinished, test, vi } from 'vitest';
import { keepSubscriptions, type SubscriptionDeps } from '../../src/compose/subscriptions.ts';
import type { Config } from '../../src/config/config.ts';
import { createLogger } from '../../src/lib/log.ts';
import { privateRedis } from '../lib/private-redis.ts';

const redis = await privateRedis();
const log = createLogger({ level: 'silent' });
const SOON = { timeout: 60_000 };

const config = {
  server: { publicUrl: 'https://sync.example', hooks: { entra: { clientState: 'x', subscribe: true } } },
  directory: { kind: 'entra', options: {} },
} as unknown as Config;

/** One replica; each of its looks at Graph ends when it is told to. */
function replica(prefix: string) {
  const producer = redis.client();
  const looks: (() => void)[] = [];
  const ends: (() => unknown)[] = [];
  const keeper = () => new Promise((resolve) => looks.push(() => resolve({ made: [], renewed: [] })));
  const deps = {
    rooms: {
      subscriptions: async () => keeper,
      releasers: { add: (_name: string, end: () => unknown) => void ends.push(end) },
    },
    state: { connections: { prefix, producer } },
    log,
    current: () => ({ config }),
  } as unknown as SubscriptionDeps;
  const { look } = keepSubscriptions(deps);
  onTestFinished(async () => {
    for (const end of looks) end();
    for (const end of ends) await end();
  });
  return { looks, look };
}

test('what is heard while another replica looks is looked at as soon as that one must have ended', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  onTestFinished(() => void vi.useRealTimers());
  const prefix = redis.prefix();
  const client = redis.client();
  const first = replica(prefix);
  await expect.poll(() => first.looks.length, SOON).toBe(1);
  const second = replica(prefix);
  await expect.poll(() => vi.getTimerCount(), SOON).toBe(1);
  expect(second.looks).toEqual([]);
  first.looks[0]?.();
  await expect.poll(() => client.keys(`*${prefix}*subscriptions`), SOON).toEqual([]);
  vi.advanceTimersToNextTimer();
  await expect.poll(() => second.looks.length, SOON).toBe(1);
});

test('a look that lasted for longer than its lock does not let a third one in beside the second', async () => {
  const prefix = redis.prefix();
  const client = redis.client();
  const first = replica(prefix);
  await expect.poll(() => first.looks.length, SOON).toBe(1);
  const [lock = ''] = await client.keys(`*${prefix}*subscriptions`);
  await client.set(lock, 'of the second');
  first.looks[0]?.();
  // One look follows the other, so that the end of the first is over when the second is turned away.
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  onTestFinished(() => void vi.useRealTimers());
  first.look();
  await expect.poll(() => vi.getTimerCount(), SOON).toBe(1);
  expect(await client.get(lock)).toBe('of the second');
  expect(first.looks).toHaveLength(1);
});
