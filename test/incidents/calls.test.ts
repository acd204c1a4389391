/** What went wrong elsewhere by asking too much, or by saying too little while it lasts. */
import { expect, test } from 'vitest';
import { CompanyDirectory, emptyCompany } from '../../src/sandbox/company.ts';
import { ALL, context, failureOf, oktaOf } from '../directory/setup.ts';
import { privateRedis } from '../lib/private-redis.ts';
import { addToOrg, desk, email, planOf, until } from '../queue/writing.ts';

const redis = await privateRedis();
const PEOPLE = 5000;
const GROUPS = 240;
/** What Okta gives an organization for one kind of call; the other applications of the customer live on it too. */
const PER_MINUTE = 500;

/** 200 people in 200 groups each, everybody else in one. */
function large(now: () => number): CompanyDirectory {
  const company = new CompanyDirectory(emptyCompany(), { now });
  const groups = Array.from({ length: GROUPS }, (_, at) => company.createGroup(`team-${at}`));
  for (let at = 0; at < PEOPLE; at++) {
    const { id } = company.hire({ firstName: `p${at}`, lastName: 'Corp', email: `p${at}@corp.example` });
    for (const group of at < 200 ? groups.slice(0, 200) : [groups[200 + (at % 40)]]) group?.members.add(id);
  }
  return company;
}

/** Reads everything once; then what each later turn asks. */
async function reader() {
  let clock = Date.UTC(2026, 0, 5);
  const company = large(() => clock);
  clock = Date.now();
  const { okta, source } = await oktaOf({ company, rateLimitPerMinute: PER_MINUTE });
  const told = context();
  let snapshot = await source.read(ALL, told);
  const first = okta.requests.splice(0);
  const turn = async () => {
    okta.requests.length = 0;
    snapshot = (await source.update?.(snapshot, context())) as typeof snapshot;
    return okta.requests.map(({ path, status }) => `${status} ${path.replace(/\?.*/, '')}`);
  };
  return { company, snapshot, first, told: told.seen, turn };
}

test('group-sync-operator 167, firezone 6748, glide 620, ssosync 17: a large company is read in its share, then in a few calls', async () => {
  const { company, snapshot, first, told, turn } = await reader();
  expect([snapshot.personCount, snapshot.groupCount, snapshot.edgeCount]).toEqual([5000, 240, 44_800]);
  // glide 620 and ssosync 17: a call for each page and each group, none for a person or an edge.
  expect(first.filter(({ path }) => /\/users\/[^/?]+/.test(path))).toEqual([]);
  expect(first.filter(({ path }) => /\/groups\/[^/]+\/users/.test(path))).toHaveLength(GROUPS);
  expect(first.length).toBeLessThanOrEqual(PEOPLE / 200 + 2 + GROUPS + 2);
  // group-sync-operator 167: half of what Okta gives is left to others, and nobody is refused.
  expect(GROUPS).toBeLessThanOrEqual(PER_MINUTE / 2);
  expect(first.filter(({ status }) => status === 429)).toEqual([]);
  // firezone 6748: an event asks for a turn, and a turn asks for what changed.
  for (let quiet = 0; quiet < 5; quiet++) expect((await turn()).length).toBeLessThanOrEqual(3);
  company.join('team-230', 'p4000@corp.example');
  const { id } = company.group('team-230');
  expect((await turn()).filter((call) => call.includes('/groups/'))).toEqual([
    `200 /api/v1/groups/${id}/users`,
  ]);
  // backstage 14757: how far a long reading is can be seen all the time.
  const people = told.flatMap(({ what, done }) => (what === 'Okta users' ? [done] : []));
  expect(people.length).toBeGreaterThanOrEqual(PEOPLE / 200);
  expect(people).toEqual([...people].sort((a, b) => a - b));
});

test('fleet 49365: a chain of pages that never ends is an error, not a list to delete by', async () => {
  const { okta, source } = await oktaOf();
  const link = { link: `<${okta.url}/api/v1/users?after=same&limit=200>; rel="next"` };
  const action = { kind: 'status', status: 200, headers: link, body: '[]' } as const;
  okta.faults.add({ path: /\/api\/v1\/users\?/, times: Number.POSITIVE_INFINITY, action });
  expect(await failureOf(source.read(ALL, context()))).toContain('Okta users');
});

test('user-sync 867: whoever waits for an hour is told so, and why', async () => {
  const { devin, queue, writer } = await desk(redis);
  const org = devin.state.org('Payments').id;
  const { id } = devin.state.addUser({ email: email('ada') });
  const busy = { kind: 'status', status: 429, headers: { 'retry-after': '3244' } } as const;
  devin.faults.add({ method: 'POST', action: busy });
  writer();
  await queue.submit(planOf('P', addToOrg({ who: 'ada', user: id, org })));
  const told = async () =>
    /^waiting (\d+) s: Devin asked for it$/.exec((await queue.progress('P')).waiting ?? '');
  await until(async () => (await told()) !== null);
  const seconds = Number((await told())?.[1]);
  // Less by what the machine took until it was asked.
  expect(seconds).toBeGreaterThan(3_000);
  expect(seconds).toBeLessThanOrEqual(3_244);
});
