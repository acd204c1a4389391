import { expect, test } from 'vitest';
import { answerChallenge, isFromOkta, parseDelivery } from '../../src/directory/okta/event-hook.ts';

const SECRET = 'a-secret-of-some-length';

function event(uuid: string, eventType: string, ...target: readonly { id: string; type: string }[]) {
  return { uuid, eventType, published: '2026-11-22T12:00:00.000Z', actor: { id: '00uadmin' }, target };
}

test('the check of a new hook is answered with its own challenge', () => {
  expect(answerChallenge('abc123')).toEqual({ verification: 'abc123' });
});

test('a check without a challenge, or with one that is no challenge, is not answered', () => {
  for (const header of [undefined, '', 'x'.repeat(1001)]) expect(answerChallenge(header)).toBeNull();
});

test('only the secret that Okta was given lets a delivery in', () => {
  expect(isFromOkta(SECRET, SECRET)).toBe(true);
  for (const other of [undefined, '', SECRET.slice(0, -1), `${SECRET} `, SECRET.toUpperCase()])
    expect(isFromOkta(other, SECRET), other).toBe(false);
});

test('without a configured secret nobody is let in', () => {
  for (const header of [undefined, '', 'anything']) expect(isFromOkta(header, '')).toBe(false);
});

test('a delivery tells whom to ask for again: people for what happened to them, groups for their members', () => {
  const ada = { id: '00uada', type: 'User' };
  const bo = { id: '00ubo', type: 'User' };
  const team = { id: '00gteam', type: 'UserGroup' };
  const app = { id: '0oadevin', type: 'AppInstance' };
  const events = [
    event('e1', 'user.lifecycle.deactivate', bo),
    event('e2', 'group.user_membership.remove', ada, team),
    event('e3', 'user.account.update_profile', bo),
    event('e4', 'application.user_membership.add', { id: '00uapp', type: 'User' }, app),
    event('e1', 'user.lifecycle.deactivate', bo),
  ];
  expect(parseDelivery({ eventType: 'com.okta.event_hook', data: { events } })).toEqual({
    eventIds: ['e1', 'e2', 'e3', 'e4'],
    people: ['00uapp', '00ubo'],
    groups: ['00gteam'],
  });
});

test('an event without targets still triggers, and names nobody', () => {
  const events = [{ uuid: 'e1', eventType: 'user.lifecycle.create', target: null }];
  expect(parseDelivery({ data: { events } })).toEqual({ eventIds: ['e1'], people: [], groups: [] });
});

test('what is not a delivery is told apart from an empty one', () => {
  for (const body of [
    null,
    'text',
    [],
    {},
    { data: {} },
    { data: { events: {} } },
    { data: { events: [{}] } },
  ])
    expect(parseDelivery(body)).toBeNull();
  expect(parseDelivery({ data: { events: [] } })).toEqual({ eventIds: [], people: [], groups: [] });
});
