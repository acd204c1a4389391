import { hash } from 'node:crypto';
import { expect, test } from 'vitest';
import type { ApiToken } from '../../src/server/auth.ts';
import { mixed } from '../report/sample-plans.ts';
import { FakeDaemon } from './fake-daemon.ts';
import { serverOf } from './serving.ts';

const TOKENS: readonly ApiToken[] = (['viewer', 'operator', 'approver'] as const).map((role) => ({
  name: `the-${role}`,
  role,
  hash: hash('sha256', `secret-of-the-${role}`),
}));

const as = (role: string) => ({ authorization: `Bearer secret-of-the-${role}` });

function served() {
  const daemon = new FakeDaemon();
  const plan = mixed();
  daemon.plans.set(plan.id, plan);
  const held = plan.changes.filter(({ verdict }) => verdict.state === 'held');
  return { ...serverOf({ tokens: () => TOKENS }, daemon), plan, held };
}

test('each role may do what it is for, and is told which one the rest needs', async () => {
  const { app, plan } = served();
  const asked = [
    ['GET', `/api/v1/plans/${plan.id}/changes`, undefined],
    ['POST', '/api/v1/resync', {}],
    ['POST', '/api/v1/what-if', {}],
    ['POST', '/api/v1/pause', {}],
    ['POST', '/api/v1/resume', {}],
    ['POST', `/api/v1/plans/${plan.id}/dead-letters/retry`, {}],
    ['POST', `/api/v1/plans/${plan.id}/dead-letters/discard`, { why: 'left meanwhile' }],
    ['POST', `/api/v1/plans/${plan.id}/approve`, { items: 'held', why: 'seen' }],
    ['POST', `/api/v1/plans/${plan.id}/reject`, { items: 'held', why: 'seen' }],
  ] as const;
  const statuses: Record<string, number[]> = {};
  for (const role of ['viewer', 'operator', 'approver']) {
    statuses[role] = [];
    for (const [method, url, payload] of asked) {
      const body = payload === undefined ? {} : { payload };
      statuses[role].push((await app.inject({ method, url, headers: as(role), ...body })).statusCode);
    }
  }
  expect(statuses).toEqual({
    viewer: [200, 403, 403, 403, 403, 403, 403, 403, 403],
    operator: [200, 202, 200, 200, 200, 200, 200, 403, 403],
    approver: [200, 202, 200, 200, 200, 200, 200, 200, 200],
  });
  const refused = await app.inject({
    method: 'POST',
    url: '/api/v1/pause',
    headers: as('viewer'),
    payload: {},
  });
  expect(refused.json().detail).toBe('This needs the role operator; yours is viewer.');
});

test('a viewer who tries to approve changes nothing, whatever the body', async () => {
  const { app, daemon, plan } = served();
  for (const payload of [{ items: 'held', why: 'seen' }, {}, { items: [] }]) {
    const url = `/api/v1/plans/${plan.id}/approve`;
    const answer = await app.inject({ method: 'POST', url, headers: as('viewer'), payload });
    expect(answer.statusCode).toBe(403);
  }
  expect(daemon.approved).toEqual([]);
});

test('one item is approved under the name of the token, and the journal says so', async () => {
  const { app, daemon, plan, held } = served();
  const items = [held[0]?.key];
  const payload = { items, why: 'agreed with the team' };
  const url = `/api/v1/plans/${plan.id.slice(0, 8)}/approve`;
  const answer = await app.inject({ method: 'POST', url, headers: as('approver'), payload });
  expect(answer.json()).toEqual({
    planId: plan.id,
    done: [{ item: items[0], subject: held[0]?.subject.label }],
    half: [],
    left: [],
  });
  expect(daemon.approved).toEqual([{ planId: plan.id, items, by: 'token:the-approver', why: payload.why }]);
  const journal = await app.inject({ url: '/api/v1/journal', headers: as('viewer') });
  expect(journal.headers['content-type']).toMatch(/^application\/jsonl/);
  expect(
    journal.body
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line)),
  ).toMatchObject([
    { kind: 'approve', item: items[0], actor: 'token:the-approver', reason: 'agreed with the team' },
  ]);
});

test.each([
  [{ items: ['no-such-item'], why: 'seen' }, 409],
  [{ items: [], why: 'seen' }, 400],
  [{ items: 'everything', why: 'seen' }, 400],
  [{ items: 'held' }, 400],
  [{ items: 'held', why: '  ' }, 400],
  [{ items: 'held', why: 'two\nlines' }, 400],
  [{ items: 'held', why: 'seen', by: 'somebody else' }, 400],
] as const)('a decision %j is answered with %i and noted nowhere', async (payload, status) => {
  const { app, daemon, plan } = served();
  const url = `/api/v1/plans/${plan.id}/reject`;
  const answer = await app.inject({ method: 'POST', url, headers: as('approver'), payload });
  expect(answer.statusCode).toBe(status);
  expect(daemon.journal).toEqual([]);
});

test('where the daemon cannot decide there is no route that says it can', async () => {
  const plain = new FakeDaemon().deps();
  const { approve: _approve, reject: _reject, pause: _pause, ...rest } = plain;
  const { app } = serverOf();
  const without = serverOf({ ...rest, approve: undefined, reject: undefined, pause: undefined } as never).app;
  const url = '/api/v1/pause';
  const headers = { authorization: 'Bearer correct-horse-battery-staple' };
  expect((await app.inject({ method: 'POST', url, headers, payload: {} })).statusCode).toBe(200);
  expect((await without.inject({ method: 'POST', url, headers, payload: {} })).statusCode).toBe(404);
});
