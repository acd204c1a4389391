import { expect, test } from 'vitest';
import type { Explanation } from '../../src/core/model/explanation.ts';
import { windowOf } from '../../src/server/explanation-window.ts';
import { ana } from '../report/sample-plans.ts';
import { BEARER, SECRET } from './fake-daemon.ts';
import { Surfer } from './login-provider.ts';
import { listening, serverOf } from './serving.ts';

const GROUPS = 5_000;
const RULES = 900;

/** Somebody in every group of a very large company, under a very long configuration. */
function everywhere(): Explanation {
  const some = ana();
  const rule = { line: null, via: 'direct' as const, org: null, role: 'Member', priority: 0, why: 'no' };
  return {
    ...some,
    groups: Array.from({ length: GROUPS }, (_, at) => ({ path: [`group-${at}`], groupId: `g${at}` })),
    rules: Array.from({ length: RULES }, (_, at) => ({
      ...rule,
      rule: `rule-${at}`,
      outcome: at === RULES - 1 ? ('won' as const) : ('no-match' as const),
    })),
  };
}

test('an explanation that is short is whole', () => {
  const some = ana();
  expect(windowOf(some, 1, 200)).toEqual({ explanation: some, totals: {}, pages: 1 });
});

test('the pages of a long one have every entry once, what says something first', () => {
  const whole = everywhere();
  const { pages, totals } = windowOf(whole, 1, 200);
  expect([pages, totals]).toEqual([GROUPS / 200, { groups: GROUPS, rules: RULES }]);
  const shown = Array.from({ length: pages }, (_, at) => windowOf(whole, at + 1, 200).explanation);
  expect(shown.flatMap(({ groups }) => groups)).toEqual(whole.groups);
  expect(new Set(shown.flatMap(({ rules }) => rules.map((one) => one.rule))).size).toBe(RULES);
  expect(shown[0]?.rules[0]?.outcome).toBe('won');
  expect(windowOf(whole, pages + 1, 200).explanation.groups).toEqual([]);
});

test('the API gives a bounded page of it, and says how much there is', async () => {
  const { app } = serverOf({ explain: async () => everywhere() });
  const ask = async (query: string) =>
    (await app.inject({ url: `/api/v1/people/ana%40corp.example${query}`, headers: BEARER })).json();
  const first = await ask('');
  expect([first.groups.length, first.pages, first.totals.groups]).toEqual([200, 25, GROUPS]);
  expect((await ask('?limit=50&page=3')).groups[0].groupId).toBe('g100');
  expect((await ask('?limit=201')).status).toBe(400);
});

test('the page lists the first of them and says so; a link on another site makes nobody read', async () => {
  let looks = 0;
  const { app, url } = await listening({
    explain: async () => {
      looks++;
      return everywhere();
    },
  });
  const surfer = new Surfer();
  const csrf = /name="_csrf" value="([^"]+)"/.exec((await surfer.ask(`${url}/login`)).text)?.[1] ?? '';
  const { cookies } = await surfer.ask(`${url}/login`, { token: SECRET, next: '/', _csrf: csrf });
  const cookie = cookies[0]?.split(';', 1)[0] ?? '';
  const path = '/people?email=ana@corp.example&read=now';
  const linked = await app.inject({ url: path, headers: { cookie, 'sec-fetch-site': 'cross-site' } });
  expect([linked.statusCode, looks]).toEqual([200, 0]);
  const own = await app.inject({ url: path, headers: { cookie, 'sec-fetch-site': 'same-origin' } });
  expect([looks, own.body.includes('Of each list the first 200 are shown')]).toEqual([1, true]);
  expect(own.body).toContain('5,000');
  expect(own.body.length).toBeLessThan(200_000);
});
