/** Each fault against each list, in a full reading and in a cheap turn: the exact company, or an error in words. */
import { expect, test } from 'vitest';
import { SourceReadError } from '../../src/lib/errors.ts';
import type { FaultAction } from '../../src/sandbox/faults.ts';
import { testOkta, update } from './okta-company.ts';
import {
  ALL,
  context,
  failureOf,
  oktaOf,
  plainCompany,
  plainSnapshot,
  silenceIsLate,
  smallCompany,
} from './setup.ts';

const ALWAYS = Number.POSITIVE_INFINITY;
const EXACT = 'exact';

interface Trouble {
  readonly name: string;
  readonly action: FaultAction;
  /** How often in a row; a reading tries three times. */
  readonly times: number;
  /** What the error says; EXACT: nothing is missing. */
  readonly outcome: string;
}

const html: FaultAction = { kind: 'replace', body: '<html>Sign in</html>', contentType: 'text/html' };
const soon = { 'retry-after': '0' };
const reset = { 'x-rate-limit-reset': '1', 'x-rate-limit-limit': '600', 'x-rate-limit-remaining': '0' };

const TROUBLES: readonly Trouble[] = [
  ...[500, 502, 503, 504].flatMap((status): Trouble[] => [
    { name: `${status} once`, action: { kind: 'status', status }, times: 1, outcome: EXACT },
    {
      name: `${status} that lasts`,
      action: { kind: 'status', status },
      times: ALWAYS,
      outcome: `answered ${status} after 3 attempts`,
    },
  ]),
  ...(
    [
      ['with Retry-After', soon],
      ['with a reset time', reset],
      ['without either', {}],
    ] as const
  ).flatMap(([how, headers]): Trouble[] => [
    {
      name: `429 storm ${how} that passes`,
      action: { kind: 'status', status: 429, headers },
      times: 2,
      outcome: EXACT,
    },
    {
      name: `429 storm ${how} that lasts`,
      action: { kind: 'status', status: 429, headers },
      times: ALWAYS,
      outcome: 'answered 429 after 3 attempts',
    },
  ]),
  { name: 'connection reset once', action: { kind: 'reset' }, times: 1, outcome: EXACT },
  { name: 'connection always reset', action: { kind: 'reset' }, times: ALWAYS, outcome: 'no whole answer' },
  { name: 'answer lost once', action: { kind: 'lose-answer' }, times: 1, outcome: EXACT },
  { name: 'body cut mid-way once', action: { kind: 'cut' }, times: 1, outcome: EXACT },
  { name: 'body always cut mid-way', action: { kind: 'cut' }, times: ALWAYS, outcome: 'no whole answer' },
  { name: 'never answering once', action: { kind: 'hang' }, times: 1, outcome: EXACT },
  {
    name: 'never answering',
    action: { kind: 'hang' },
    times: ALWAYS,
    outcome: 'no whole answer within 60 s',
  },
  { name: 'HTML with 200', action: html, times: ALWAYS, outcome: 'something that is not JSON (text/html' },
  { name: 'half a JSON', action: { kind: 'replace', body: '[{"id":' }, times: ALWAYS, outcome: 'not JSON' },
  {
    name: 'an object with 200',
    action: { kind: 'replace', body: '{}' },
    times: ALWAYS,
    outcome: 'instead of a list',
  },
  {
    name: 'entries without ids',
    action: { kind: 'replace', body: '[{}]' },
    times: ALWAYS,
    outcome: 'entry 1',
  },
  {
    name: 'a redirect',
    action: {
      kind: 'status',
      status: 302,
      headers: { location: 'https://elsewhere.example.com/' },
      body: '',
    },
    times: ALWAYS,
    outcome: 'Redirects are not followed',
  },
  {
    name: 'a next link to another host',
    action: {
      kind: 'status',
      status: 200,
      body: '[]',
      headers: { link: '<https://elsewhere.example.com/x>; rel="next"' },
    },
    times: ALWAYS,
    outcome: 'the next link leads to https://elsewhere.example.com',
  },
  { name: '401 that lasts', action: { kind: 'status', status: 401 }, times: ALWAYS, outcome: 'answered 401' },
  { name: '403', action: { kind: 'status', status: 403 }, times: ALWAYS, outcome: 'answered 403' },
];

/** Page 2 of each list, and the first where there is but one. */
const LISTS = [
  ['users', /^\/api\/v1\/users\?.*after=/],
  ['groups', /^\/api\/v1\/groups\?.*after=/],
  ['members', /\/api\/v1\/groups\/[^/]+\/users\?.*after=/],
] as const;

test.each(TROUBLES.flatMap((trouble) => LISTS.map(([list, path]) => ({ ...trouble, list, path }))))(
  '$name on page 2 of $list: $outcome',
  async ({ action, times, outcome, path }) => {
    const company = smallCompany();
    const { okta, source } = await oktaOf({ company, pageSize: 8 });
    okta.faults.add({ path, times, action });
    silenceIsLate(okta);
    const reading = source.read(ALL, context());
    if (outcome === EXACT)
      expect(plainSnapshot(await reading)).toEqual(plainCompany(company.company, { nested: false }));
    else expect(await failureOf(reading)).toContain(outcome);
    expect(okta.faults.unfired()).toEqual([]);
  },
);

const CHEAP = [
  ['changed users', /^\/api\/v1\/users\?.*lastUpdated/],
  ['groups', /^\/api\/v1\/groups\?/],
  ['members of the changed group', /\/api\/v1\/groups\/[^/]+\/users\?/],
  ['people asked for by id', /^\/api\/v1\/users\?.*id\+eq/],
  ['the System Log', /^\/api\/v1\/logs/],
] as const;

test.each(
  TROUBLES.filter(({ name }) => name !== 'never answering').flatMap((trouble) =>
    CHEAP.map(([list, path]) => ({ ...trouble, list, path })),
  ),
)('$name in a cheap turn, at $list, never loses anybody', async ({ action, times, path, outcome }) => {
  const living = await testOkta(20, { systemLog: true });
  const { company, source, okta } = living;
  const first = await source.read(ALL, context());
  living.pass(3_600_000);
  const [gone = '', fired = ''] = company.group('all-staff').members;
  company.deletePerson(gone);
  company.deactivate(fired);
  okta.faults.add({ path, times, action });
  silenceIsLate(okta);
  const ended = await update(living, first).then(plainSnapshot, (error: unknown) => error);
  if (outcome === EXACT || !(ended instanceof SourceReadError))
    expect(ended).toEqual(plainCompany(company.company, { nested: false }));
  else expect(ended.message).toContain('The read was ended, nothing is changed because of it');
  expect(okta.faults.unfired()).toEqual([]);
});

test('a list of people whose chain was cut short is noticed by the members that it lacks', async () => {
  const company = smallCompany(60);
  const { okta, source } = await oktaOf({ company });
  const people = [...company.company.people.values()].slice(0, 20);
  const rows = people.map(({ id, email }) => ({ id, status: 'ACTIVE', profile: { login: email, email } }));
  const body = JSON.stringify(rows);
  okta.faults.add({ path: /\/users\?.*status/, action: { kind: 'status', status: 200, body } });
  const words = await failureOf(source.read(ALL, context()));
  expect(words).toContain('Okta users (GET /api/v1/users): the list ended after 20 people, yet groups have');
});

test('a full page without any Link header is not taken for the last', async () => {
  const { okta, source } = await oktaOf();
  const rows = Array.from({ length: 200 }, (_, group) => ({
    id: `00g${group}`,
    type: 'OKTA_GROUP',
    profile: { name: `g${group}` },
  }));
  const body = JSON.stringify(rows);
  okta.faults.add({ path: /\/groups\?/, action: { kind: 'status', status: 200, body } });
  const words = await failureOf(source.read(ALL, context()));
  expect(words).toContain(
    'Okta groups, page 1 (GET /api/v1/groups): a full page of 200 came without any Link',
  );
});

test('a member whom no list knows is asked for: who exists is described, who does not stays unknown', async () => {
  const company = smallCompany();
  const { okta, source } = await oktaOf({ company });
  const { id } = company.group('devin-users');
  const hired = company.hire({ firstName: 'Just', lastName: 'Hired', email: 'just@corp.example' });
  const listed = [...company.company.people.values()].filter((person) => person !== hired);
  const users = listed.map((person) => ({
    id: person.id,
    status: 'ACTIVE',
    profile: { email: person.email },
  }));
  okta.faults.add({ path: /\/users\?.*status/, action: { kind: 'replace', body: JSON.stringify(users) } });
  const members = JSON.stringify([{ id: hired.id }, { id: '00ughost' }]);
  okta.faults.add({ path: new RegExp(`/groups/${id}/users`), action: { kind: 'replace', body: members } });
  const { people, groups } = plainSnapshot(await source.read(ALL, context()));
  expect(groups[id]?.members.sort()).toEqual([hired.id, '00ughost'].sort());
  expect(people[hired.id]).toEqual({ email: 'just@corp.example', status: 'active' });
  expect(people['00ughost']).toEqual({ email: null, status: 'unknown' });
});

test('a group deleted between two pages of its members ends the read; the next one is exact', async () => {
  const company = smallCompany();
  const { okta, source } = await oktaOf({ company, pageSize: 8 });
  const { id } = company.group('devin-users');
  const body = JSON.stringify({ errorCode: 'E0000007', errorSummary: 'Not found' });
  const path = new RegExp(`/groups/${id}/users\\?.*after=`);
  okta.faults.add({ path, action: { kind: 'status', status: 404, body } });
  expect(await failureOf(source.read(ALL, context()))).toContain('page 2');
  company.deleteGroup(id);
  expect(plainSnapshot(await source.read(ALL, context()))).toEqual(
    plainCompany(company.company, { nested: false }),
  );
});

test('a list that takes Okta too long is asked for in smaller pages', async () => {
  const company = smallCompany();
  const { okta, source } = await oktaOf({ company });
  okta.faults.add({ path: /\/groups\?.*limit=200/, times: ALWAYS, action: { kind: 'status', status: 500 } });
  okta.faults.add({ path: /\/users\?limit=(200|100)/, times: 4, action: { kind: 'status', status: 500 } });
  expect(plainSnapshot(await source.read(ALL, context()))).toEqual(
    plainCompany(company.company, { nested: false }),
  );
  const limits = okta.requests.map(({ path }) => /[?&]limit=(\d+)/.exec(path)?.[1]);
  expect(limits).toEqual(expect.arrayContaining(['200', '100']));
});

test('no page is asked for with fewer than 25 entries', async () => {
  const { okta, source } = await oktaOf({}, { maxRetries: 6, maxWaitMs: 1 });
  okta.faults.add({ path: /\/groups\?/, times: ALWAYS, action: { kind: 'status', status: 500 } });
  expect(await failureOf(source.read(ALL, context()))).toContain('answered 500 after 7 attempts');
  const limits = okta.requests.flatMap(({ path }) => /\/groups\?limit=(\d+)/.exec(path)?.[1] ?? []);
  expect(limits).toEqual(['200', '100', '50', '25', '25', '25', '25']);
});

test('rate limits of Okta are kept with a share to spare, and nobody is refused', async () => {
  const company = smallCompany(30);
  let clock = 1_000_000_000;
  const now = () => clock;
  const { okta, source } = await oktaOf(
    { company, rateLimitPerMinute: 20, now },
    { rateShare: 0.5, maxWaitMs: 40, concurrency: 6 },
  );
  const minute = setInterval(() => {
    clock += 60_000;
  }, 20);
  try {
    await source.read(ALL, context());
  } finally {
    clearInterval(minute);
  }
  expect(okta.requests.filter(({ status }) => status === 429)).toEqual([]);
});
