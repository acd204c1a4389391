/** What a directory has told, and a replica that ends before a run stands for it. */
import { expect, test } from 'vitest';
import { type HooksDeps, openHooks } from '../../src/compose/hooks.ts';
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
  expect(asked).toBe(1);

  const triggers: RunTrigger[] = [];
  const second = await openHooks(deps(prefix, async (trigger) => void triggers.push(trigger)));
  await second.close();
  expect(triggers).toMatchObject([{ kind: 'event', scope: {} }]);

  // It has a run now, so nobody asks again.
  const third = await openHooks(deps(prefix, async (trigger) => void triggers.push(trigger)));
  await third.close();
  expect(triggers).toHaveLength(1);
});
