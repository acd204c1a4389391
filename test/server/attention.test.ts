import { expect, test } from 'vitest';
import type { StatusView } from '../../src/core/model/run.ts';
import { DONE, FakeDaemon, runRecord, STATUS } from './fake-daemon.ts';
import { serverOf } from './serving.ts';
import { visitor } from './visitor.ts';

const TROUBLED: StatusView = {
  ...STATUS,
  sides: {
    planId: 'a',
    people: 1200,
    users: 1100,
    foreign: 15,
    writes: 7,
    proofs: 2,
    perSecond: 4,
    etaSeconds: 3,
  },
  configuration: {
    since: 1,
    refused: { at: 1_790_000_000_000, problems: ['rules: <b>must</b> have at least one rule'] },
    needsRestart: ['server.listen'],
  },
  webhooks: [
    {
      name: 'oncall',
      kind: 'slack',
      deliveredAt: null,
      failing: 'answered 410',
      failedAt: 1_790_000_000_000,
    },
  ],
};

test('the overview shows both sides, cost, a configuration that is not in use, and people who are not told', async () => {
  const { app } = serverOf({ status: async () => TROUBLED });
  const page = (await (await visitor(app)).get('/')).body;
  for (const words of [
    '1,200 people',
    '1,100 users, 15 of them not given',
    '7 API writes, 2 checks by id',
    'Needs attention',
    'rules: &lt;b&gt;must',
    'server.listen',
    'Messages do not reach this webhook',
    'answered 410',
  ])
    expect(page).toContain(words);
});

test('a run with writes under way offers to stop them, and comes back to the same page', async () => {
  const daemon = new FakeDaemon();
  const { app } = serverOf({}, daemon);
  daemon.runs.set('run-1', runRecord('run-1', { ...DONE, state: 'applying', endedAt: null }));
  const someone = await visitor(app);
  expect((await someone.get('/runs/run-1')).body).toContain('name="back" value="/runs/run-1"');
  daemon.runs.set('run-1', runRecord('run-1', DONE));
  expect((await someone.get('/runs/run-1')).body).not.toContain('Pause writes');
  const csrf = await someone.csrf('/');
  const stopped = await someone.post('/pause', { back: '/runs/run-1' }, csrf);
  expect([stopped.statusCode, stopped.headers.location]).toEqual([303, '/runs/run-1']);
  for (const back of ['//evil.example', 'https://evil.example', '/\\evil.example'])
    expect((await someone.post('/resume', { back }, csrf)).statusCode).toBe(400);
});
