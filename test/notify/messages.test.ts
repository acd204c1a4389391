import { createHmac } from 'node:crypto';
import { expect, test } from 'vitest';
import { detailsOf } from '../../src/notify/event.ts';
import {
  breakGlassEvents,
  expiringEvent,
  failingEvent,
  heldEvents,
  journalEvent,
  recoveredEvent,
} from '../../src/notify/occasions.ts';
import { NotTakenError, sendEvent } from '../../src/notify/send.ts';
import { mixed } from '../report/sample-plans.ts';
import { runRecord } from '../server/fake-daemon.ts';
import { event, receiver, webhook } from './receiver.ts';

const DAY = 86_400_000;
const NOW = Date.UTC(2026, 10, 22);
const CONTEXT = {
  publicUrl: 'https://idp-sync.corp.example/',
  secrets: ['cog_the-key-of-devin'],
  clock: () => NOW,
};

test('a message to Slack has counts and a link, and nothing in it from outside is a link, a mention or a style', async () => {
  const hook = await receiver();
  const details = detailsOf([
    '<!channel> & <https://evil.example|here> `*x*`\nsecond line \u202e',
    'cog_the-key-of-devin',
  ]);
  await sendEvent(webhook('oncall', hook.url), event('e1', { details }), CONTEXT);
  expect(JSON.parse(hook.got[0]?.body ?? '').text.split('\n')).toEqual([
    ':rotating_light: *devin-idp-sync*: Changes are held until a person decides.',
    'held: 3',
    "• `&lt;!channel&gt; &amp; &lt;https://evil.example|here&gt; '*x*' second line`",
    '• `[redacted]`',
    '<https://idp-sync.corp.example/plans/abc?state=held|Open it>',
  ]);
});

test('a signed message can be checked by whoever has the secret, and is signed anew at each try', async () => {
  const hook = await receiver();
  const secret = 'a secret of some length';
  await sendEvent(webhook('own', hook.url, { kind: 'signed', secret }), event('e1'), CONTEXT);
  const { headers, body } = hook.got[0] as (typeof hook.got)[number];
  const timestamp = headers['x-devin-idp-sync-timestamp'];
  expect(timestamp).toBe(String(NOW / 1000));
  const signature = createHmac('sha256', secret).update(`${timestamp}.${body}`).digest('hex');
  expect(headers['x-devin-idp-sync-signature']).toBe(`v1=${signature}`);
  expect(headers['x-devin-idp-sync-event']).toBe('e1');
  expect(JSON.parse(body)).toMatchObject({ id: 'e1', kind: 'held', counts: { held: 3 } });
});

test('a refusal is told in words, without the address, which is a secret', async () => {
  const hook = await receiver();
  hook.status = 404;
  const refused = sendEvent(webhook('oncall', hook.url), event('e1'), {
    ...CONTEXT,
    secrets: ['hook-secret-token'],
  });
  const error = (await refused.catch((thrown) => thrown)) as NotTakenError;
  expect(error).toBeInstanceOf(NotTakenError);
  expect(error.passing).toBe(false);
  expect(error.message).toMatch(/^http:\/\/127\.0\.0\.1:\d+ answered 404: no such channel: \[redacted\]$/);
});

test('an address where nobody listens may pass', async () => {
  const error = await sendEvent(webhook('oncall', 'http://127.0.0.1:9/x'), event('e1'), CONTEXT).catch(
    (thrown) => thrown,
  );
  expect(error).toMatchObject({ passing: true });
  expect(error.message).not.toContain('/x');
});

test('what a run holds is one message with its figures, and what is held for long another', () => {
  const plan = mixed();
  const alert = (kind: 'new' | 'reminder', guards: string[], items: string[], age: number) => ({
    kind,
    guards,
    items,
    age,
  });
  const events = heldEvents(
    runRecord('run-7'),
    plan,
    [
      alert('new', ['grants'], ['a', 'b'], 0),
      alert('new', ['odd'], ['c'], 0),
      alert('reminder', ['grants'], ['d'], 3 * DAY),
      alert('new', ['break-glass'], ['break-glass:x@corp.example'], 0),
    ],
    (guard) => `guard ${guard}`,
  );
  expect(events.map(({ id, title, counts }) => [id, title, counts])).toEqual([
    ['held new run-7', 'Changes are held until a person decides.', { held: 3 }],
    ['held reminder run-7', 'Changes are held for 3 days until a person decides.', { held: 1 }],
  ]);
  expect(events[0]?.path).toBe(`/plans/${plan.id}?state=held`);
});

test('failures are told at the limit, at twice and at four times of it, and their end by its own message', () => {
  const failed = runRecord('run-9', { state: 'failed', error: 'Okta users, page 3: answered 503' });
  const told = Array.from({ length: 20 }, (_, at) =>
    failingEvent(failed, { runs: at + 1, first: 'run-1' }, 3),
  );
  expect(told.flatMap((one) => one?.counts['failed in a row'] ?? [])).toEqual([3, 6, 12]);
  expect(told[2]).toMatchObject({ id: 'failing run-1 3', details: [failed.error], path: '/runs/run-9' });
  expect(recoveredEvent(runRecord('run-10'), { runs: 6, first: 'run-1' })).toMatchObject({
    id: 'recovered run-1',
    path: null,
  });
});

test('the end of a credential is told a month, a week, three days and a day before, on its day, and after it', () => {
  const told = new Map<string, number>();
  for (let left = 40; left >= -3; left--) {
    const one = expiringEvent({ what: 'the Devin key', at: NOW + left * DAY }, NOW, 30);
    const step = one?.id.split(' ')[2];
    if (step !== undefined && !told.has(step)) told.set(step, left);
  }
  expect([...told]).toEqual([
    ['30', 30],
    ['7', 7],
    ['3', 3],
    ['1', 1],
    ['0', 0],
    ['-1', -1],
  ]);
});

test('of the journal only pauses and stopped writes are told', () => {
  const row = {
    id: '7-0',
    at: NOW,
    actor: 'oncall',
    planId: 'p1',
    reason: 'invite stopped after 10 failures in a row',
  };
  const kinds = ['pause', 'resume', 'breaker', 'write', 'approve'].map(
    (kind) => journalEvent({ ...row, kind })?.kind,
  );
  expect(kinds).toEqual(['paused', 'resumed', 'breaker', undefined, undefined]);
});

test('an emergency account that is not as it should be is a message of its own', () => {
  const alert = {
    kind: 'new',
    guards: ['break-glass'],
    items: ['break-glass:x@corp.example'],
    age: 0,
  } as const;
  const plan = {
    ...mixed(),
    notices: [{ kind: 'break-glass' as const, subject: 'x@corp.example', message: 'x is gone' }],
  };
  expect(breakGlassEvents(runRecord('run-7'), plan, [])).toEqual([]);
  expect(breakGlassEvents(runRecord('run-7'), plan, [alert])).toMatchObject([
    { id: 'break-glass run-7', kind: 'protected', counts: { accounts: 1 }, details: ['x is gone'] },
  ]);
});
