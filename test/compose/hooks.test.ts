/** What a directory has told, and a replica that ends before a run stands for it. */
import { expect, onTestFinished, test, vi } from 'vitest';
import { type HooksDeps, openHooks } from '../../src/compose/hooks.ts';
import { openNoted, watchLeft } from '../../src/compose/noted.ts';
import type { Config } from '../../src/config/config.ts';
import type { RunTrigger } from '../../src/core/model/run.ts';
import { createLogger } from '../../src/lib/log.ts';
import { createMetrics } from '../../src/lib/metrics.ts';
import { privateRedis } from '../lib/private-redis.ts';

const redis = await privateRedis();
const SECRET = 'a-secret-of-the-event-hook';

const config = {
  server: { hooks: { okta: { secret: SECRET }, windowSeconds: 0 } },
  directory: { kind: 'okta' },
} as unknown as Config;

function deps(prefix: string, requestRun: HooksDeps['requestRun']): HooksDeps {
  const producer = redis.client();
  return {
    state: {
      connections: { prefix, producer },
      store: { memory: { rows: async () => ({ people: [], groups: [], approvals: [] }) } },
    } as unknown as HooksDeps['state'],
    log: createLogger({ level: 'silent', secrets: () => [] }),
    metrics: createMetrics({ process: false }),
    config: () => config,
    requestRun,
    onLifecycle: () => {},
    clock: Date.now,
  };
}

const body = {
  eventType: 'com.okta.event_hook',
  data: {
    events: [
      {
        uuid: 'e1',
        eventType: 'group.user_membership.add',
        published: '2026-11-22T10:00:00.000Z',
        target: [{ type: 'User', id: '00u1' }],
      },
    ],
  },
};

test('what was told is asked for by the next replica when the first one ends before its run was asked for', async () => {
  const prefix = redis.prefix();
  let asked = 0;
  const first = await openHooks(
    deps(prefix, async () => {
      asked++;
      throw new Error('this replica is gone');
    }),
  );
  const answer = await first.receivers.okta({ authorization: SECRET, body });
  expect(answer).toMatchObject({ status: 204 });
  await first.close();
  expect(asked).toBeGreaterThan(0);

  const triggers: RunTrigger[] = [];
  const second = await openHooks(deps(prefix, async (trigger) => void triggers.push(trigger)));
  await second.close();
  expect(triggers).toMatchObject([{ kind: 'event', scope: {} }]);

  // It has a run now, so nobody asks again.
  const third = await openHooks(deps(prefix, async (trigger) => void triggers.push(trigger)));
  await third.close();
  expect(triggers).toHaveLength(1);
});

const SOON = { timeout: 60_000 };

test('what is told once more while its run is asked for gets a run of its own', async () => {
  const triggers: RunTrigger[] = [];
  const tell = () => hooks.receivers.okta({ authorization: SECRET, body });
  const hooks = await openHooks(
    deps(redis.prefix(), async (trigger) => {
      triggers.push(trigger);
      if (triggers.length === 1) await tell();
    }),
  );
  onTestFinished(() => hooks.close());
  await tell();
  await vi.waitFor(() => expect(triggers).toHaveLength(2), SOON);
});

test('a failure of the queue is tried again by the same replica, without another delivery', async () => {
  const triggers: RunTrigger[] = [];
  let failures = 0;
  const hooks = await openHooks(
    deps(redis.prefix(), async (trigger) => {
      if (failures++ === 0) throw new Error('no queue');
      triggers.push(trigger);
    }),
  );
  onTestFinished(() => hooks.close());
  await hooks.receivers.okta({ authorization: SECRET, body });
  await vi.waitFor(() => expect(triggers).toHaveLength(1), SOON);
});

test('a note is left where it stands for as long as nobody needs for it, and one that is made anew is not', async () => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
  onTestFinished(() => void vi.useRealTimers());
  const client = redis.client();
  let looks = 0;
  const noted = openNoted(client, `${redis.prefix()}:noted`);
  let left = 0;
  const counted = {
    ...noted,
    all: async () => {
      const all = await noted.all();
      looks++;
      return all;
    },
  };
  onTestFinished(
    watchLeft(
      counted,
      () => void left++,
      (error) => expect.unreachable(String(error)),
    ),
  );
  const look = async () => {
    const before = looks;
    vi.advanceTimersToNextTimer();
    await expect.poll(() => looks).toBe(before + 1);
    return left;
  };
  await noted.add(['person 1']);
  expect(await look()).toBe(0);
  await noted.add(['person 1', 'person 2']);
  expect(await look()).toBe(0);
  expect(await look()).toBe(1);
  await noted.done(await noted.all());
  expect(await look()).toBe(1);
});
