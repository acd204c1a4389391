/** What somebody sees of the writer who traces it. */
import { expect, test } from 'vitest';
import { recordSpans } from '../helpers/spans.ts';
import { privateRedis } from '../lib/private-redis.ts';
import { addToOrg, desk, email, invite, planOf } from './writing.ts';

const redis = await privateRedis();

test('each write is a span of its own that says what became of it, and names nobody', async () => {
  const spans = recordSpans();
  const at = await desk(redis);
  const org = at.devin.state.org('Payments').id;
  const ada = at.devin.state.addUser({ email: email('ada') });
  at.devin.faults.add({
    method: 'POST',
    path: /members\/.*organ|organ/,
    action: { kind: 'status', status: 422 },
  });
  at.writer();
  await at.queue.submit(planOf('P', invite(['bob', 'cleo']), addToOrg({ who: 'ada', user: ada.id, org })), {
    run: 'run-1',
  });
  await at.queue.settled('P', { signal: AbortSignal.timeout(60_000) });
  const about = (kind: string) => spans().findLast(({ name }) => name === `write ${kind}`)?.about;
  expect(about('invite')).toEqual({
    'devin_idp_sync.kind': 'invite',
    'devin_idp_sync.lane': 4,
    'devin_idp_sync.plan': 'P',
    'devin_idp_sync.people': 2,
    'devin_idp_sync.run': 'run-1',
    'devin_idp_sync.outcome': 'done',
  });
  expect(about('add-to-org')).toMatchObject({
    'devin_idp_sync.people': 1,
    'devin_idp_sync.outcome': 'failed',
  });
  expect(JSON.stringify(spans())).not.toContain('corp.example');
});
