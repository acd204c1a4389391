import { expect, test } from 'vitest';
import { placesView } from '../../src/actions/places.ts';
import { change, mixed, PAYMENTS, plan } from '../report/sample-plans.ts';
import { BEARER, FakeDaemon } from './fake-daemon.ts';
import { SETTINGS, STANDING, samplePlaces } from './sample-places.ts';
import { serverOf } from './serving.ts';
import { visitor } from './visitor.ts';

const SOME = plan({
  changes: [
    change('remove-from-org', 'ann@corp.example', {
      org: PAYMENTS,
      cause: 'left-group',
      reason: 'no longer in devin-payments, read twice',
      left: [{ id: '00gpay', name: 'devin-payments' }],
      verdict: { state: 'held', by: ['org-roles'] },
    }),
    change('add-to-org', 'bea@corp.example', {
      org: PAYMENTS,
      reason: 'rule "payments-0", member of devin-payments > squad > devin-users',
    }),
    change('invite', 'bea@corp.example', { reason: 'rule "members", member of devin-users' }),
    change('register-group', 'devin-payments', { reason: 'rule "payments-0"' }),
    change('invite', 'cleo@corp.example', { reason: 'rule "members", member of everyone' }),
    change('create-org', 'New 7', { reason: 'declared under organizations with create: true' }),
  ],
  notices: [
    {
      kind: 'foreign',
      subject: 'dan@corp.example',
      message: 'holds',
      edge: { holder: 'u-4', org: 'org-<b>' },
    },
    { kind: 'foreign', subject: 'dan@corp.example', message: 'holds', edge: { holder: 'u-4', org: null } },
  ],
});

async function served(some = SOME) {
  const daemon = new FakeDaemon();
  daemon.plans.set(some.id, some);
  daemon.places = await samplePlaces(some);
  const { app } = serverOf({}, daemon);
  const get = async (url: string) => (await app.inject({ url, headers: BEARER })).json();
  return { app, daemon, get, some };
}

test('each number of an organization and of a group is the number of changes that its link shows', async () => {
  for (const one of [SOME, mixed()]) {
    const { get, daemon, some } = await served(one);
    const all = [
      ...daemon.places.orgs.map(({ name, changes }) => ({ filter: { place: name }, changes })),
      ...daemon.places.groups.map(({ name, changes }) => ({ filter: { group: name }, changes })),
    ].filter(({ changes }) => Object.values(changes).some((number) => number > 0));
    expect(all.length).toBeGreaterThan(1);
    for (const { filter, changes } of all) {
      for (const [state, number] of Object.entries(changes)) {
        const query = new URLSearchParams({ state, ...filter });
        const { total } = await get(`/api/v1/plans/${some.id}/changes?${query}`);
        expect({ filter, state, total }).toEqual({ filter, state, total: number });
      }
    }
  }
});

test('an organization says who is in it, what is foreign, which policy counts and what is declared', async () => {
  const { get, some } = await served();
  const { planId, total, orgs } = await get('/api/v1/orgs?limit=2');
  expect([planId, total]).toEqual([some.id, 121]);
  expect(orgs[0]).toMatchObject({ id: 'org-<b>', people: 0, foreign: 1, policy: 'full', declared: null });
  expect((await get('/api/v1/orgs/org-payments')).org).toEqual({
    id: 'org-payments',
    name: 'Payments',
    people: 41,
    changes: { ready: 1, held: 1, waiting: 0, barred: 0 },
    foreign: 0,
    policy: 'no-remove',
    declared: {
      state: 'inactive',
      roleCeiling: 'Member',
      maxSessionAcuLimit: 10,
      maxCycleAcuLimit: 500,
      repositories: 0,
    },
    gives: 1,
  });
  const created = await get('/api/v1/orgs/New%207');
  expect(created.org).toMatchObject({ id: null, changes: { ready: 1 }, policy: 'full' });
});

test('only groups that a rule uses are listed; what they give comes page by page', async () => {
  const { get } = await served();
  const { groups } = await get('/api/v1/groups');
  expect(groups.map(({ name }: { name: string }) => name)).toEqual(['devin-payments', 'devin-users']);
  expect(groups[0]).toMatchObject({ people: 44, gives: 120, changes: { ready: 2, held: 1 } });
  const { gives } = await get('/api/v1/groups/devin-payments?page=3');
  expect([gives.total, gives.page, gives.pages, gives.items.length]).toEqual([120, 3, 3, 20]);
  expect(gives.items[0]).toMatchObject({ via: 'group', org: { name: 'New 100' }, role: 'Admin' });
  expect(await get('/api/v1/groups/everyone')).toMatchObject({ status: 404 });
});

test('the pages lead from an organization to its groups, back, and to the changes that are held there', async () => {
  const { app, some } = await served();
  const one = await visitor(app);
  const list = await one.get('/orgs?search=pay');
  expect(list.body).toContain('<a href="/orgs?of=org-payments">');
  expect(list.body).not.toContain('Platform');
  const org = (await one.get('/orgs?of=org-payments')).body;
  expect(org).toContain('<a href="/groups?of=00gpay">');
  expect(org).toContain('inactive: nothing is given there');
  expect(org).toContain(`/plans/${some.id}?state=held&amp;place=org%3APayments#changes`);
  const group = (await one.get('/groups?of=00gpay&page=2')).body;
  expect(group).toContain('<a href="/orgs?of=New+119">');
  expect(group).toContain('Page 2 of 2');
  const held = (await one.get(`/plans/${some.id}?state=held&group=devin-payments`)).body;
  expect(held).toContain('ann@corp.example');
  expect(held).toContain('name="group" value="devin-payments"');
  expect(held).not.toContain('bea@corp.example');
  expect((await one.get('/orgs')).body).toContain('&lt;b&gt;Platform &amp; &quot;Data&quot;&lt;/b&gt;');
  expect((await one.get('/groups?of=nobody')).statusCode).toBe(404);
});

test('before the first run, and after an update of an older version, the pages say what is not known yet', async () => {
  const { app, daemon } = await served();
  const one = await visitor(app);
  daemon.places = await placesView({ put: async () => {}, get: async () => null }, SETTINGS);
  expect((await one.get('/groups')).body).toContain('None yet: the first run will find them.');
  const old = { source: 'okta', standing: { ...STANDING, gifts: [] } };
  daemon.places = await placesView({ put: async () => {}, get: async () => old }, SETTINGS);
  expect((await one.get('/orgs?of=Payments')).body).toContain('The next run will count them.');
});

test('people of a group come page by page and by search; where no reading is kept it is said', async () => {
  const { app, get } = await served();
  const first = await get('/api/v1/groups/devin-payments/people?limit=2');
  expect(first).toMatchObject({
    group: { id: '00gpay', name: 'devin-payments' },
    total: 250,
    page: 1,
    pages: 125,
  });
  expect(first.people[1]).toMatchObject({ status: 'deactivated', through: 'devin-squad' });
  const one = await visitor(app);
  const page = (await one.get('/groups?of=00gpay&people=3')).body;
  expect(page).toContain('person-249@corp.example');
  expect(page).toContain('&lt;b&gt;Person&lt;/b&gt; 249, through devin-squad');
  expect(page).toContain('href="/groups?of=00gpay&amp;people=2#people"');
  expect(page).not.toContain('person-199@');
  const found = (await one.get('/groups?of=00gpay&who=person-051')).body;
  expect(found).toContain('href="/people?email=person-051%40corp.example"');
  expect(found).toContain('through devin-squad, deactivated');
  expect(found).not.toContain('person-050@');
  expect((await get('/api/v1/groups/devin-payments/people?search=nobody')).total).toBe(0);
  expect((await one.get('/groups?of=00gpay&who=nobody')).body).toContain('Nobody fits.');
  expect(await get('/api/v1/groups/00gusr/people')).toMatchObject({ status: 404 });
  expect((await one.get('/groups?of=00gusr')).body).toContain('No reading of this group is kept');
});

test('people of an organization are read from Devin when somebody asks for them, and not by a link elsewhere', async () => {
  const { app, get, daemon } = await served();
  const found = await get('/api/v1/orgs/Payments/people?search=person-05&limit=4');
  expect(found).toMatchObject({ org: { id: 'org-payments' }, total: 10, pages: 3 });
  expect(found.people[1]).toMatchObject({
    email: 'person-051@corp.example',
    role: 'Member',
    through: 'devin-squad',
  });
  expect((await get('/api/v1/orgs/New%207/people')).total).toBe(0);
  const one = await visitor(app);
  const quiet = (await one.get('/orgs?of=org-payments')).body;
  expect(quiet).toContain('href="/orgs?of=org-payments&amp;read=now#people"');
  expect(quiet).not.toContain('person-000@');
  const page = (await one.get('/orgs?of=org-payments&read=now&people=2')).body;
  expect(page).toContain('Member, &lt;b&gt;Person&lt;/b&gt; 100');
  expect(page).toContain('href="/orgs?of=org-payments&amp;read=now&amp;people=3#people"');
  const headers = { cookie: one.cookie, 'sec-fetch-site': 'cross-site' };
  const lured = await app.inject({ url: '/orgs?of=org-payments&read=now', headers });
  expect(lured.body).not.toContain('person-000@');
  daemon.people = [];
  expect((await one.get('/orgs?of=org-payments&read=now')).body).toContain('Nobody.');
});
