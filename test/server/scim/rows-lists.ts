/** Lists: filters, pages by index and by cursor, searches by POST. */
import { expect } from 'vitest';
import { ENTERPRISE_URN, type Json, LIST_URN, type ScimClient, SEARCH_URN } from './client.ts';
import { expectError, idsOf, q, type Row, row } from './row.ts';

let serial = 0;

/** Three users of their own `userType`, so that rows do not see each other's. */
async function three(client: ScimClient) {
  serial += 1;
  const userType = `lists-${serial}`;
  const people = [
    {
      title: 'Alpha',
      active: true,
      emails: [{ value: `a${serial}@one.example`, type: 'work', primary: true }],
    },
    { title: 'beta', active: false, emails: [{ value: `b${serial}@two.example`, type: 'home' }] },
    { active: true, name: { familyName: 'O"Neil\\x' }, [ENTERPRISE_URN]: { department: 'Sales' } },
  ];
  const ids: string[] = [];
  for (const each of people) ids.push((await client.user({ userType, ...each })).id);
  const find = async (filter: string) => {
    const answer = await client.get(`/Users?filter=${q(`userType eq "${userType}" and (${filter})`)}`);
    return idsOf(answer)
      .map((id) => 'ABC'[ids.indexOf(id)])
      .join('');
  };
  return { userType, ids, find };
}

/** [what, filter, who of the three] */
const FILTERS: readonly [string, string, string][] = [
  ['eq honours caseExact: title does not', 'title eq "ALPHA"', 'A'],
  ['ne holds for what is absent as well', 'title ne "alpha"', 'BC'],
  ['co', 'title co "ET"', 'B'],
  ['sw', 'title sw "al"', 'A'],
  ['ew', 'emails.value ew "TWO.example"', 'B'],
  ['pr', 'title pr', 'AB'],
  ['gt compares text in its order', 'title gt "alpha"', 'B'],
  ['ge', 'title ge "alpha"', 'AB'],
  ['lt', 'title lt "beta"', 'A'],
  ['le', 'title le "beta"', 'AB'],
  ['a boolean', 'active eq false', 'B'],
  ['a boolean with ne', 'active ne true', 'B'],
  ['eq null is the same as not present', 'title eq null', 'C'],
  ['operators and attributes in any case', 'TITLE EQ "alpha" OR Title Pr', 'AB'],
  ['and binds closer than or', 'title pr or active eq true and title eq "x"', 'AB'],
  ['brackets change that', '(title pr or active eq true) and title eq "alpha"', 'A'],
  ['not', 'not (title pr)', 'C'],
  ['not around and', 'not (title pr and active eq true)', 'BC'],
  ['an attribute with its URN', 'urn:ietf:params:scim:schemas:core:2.0:User:title eq "beta"', 'B'],
  ['an attribute of the extension', `${ENTERPRISE_URN}:department eq "sales"`, 'C'],
  ['a sub-attribute', 'emails.type eq "home"', 'B'],
  ['a complex attribute is compared by its value', 'emails co "@one"', 'A'],
  ['a value path asks one value for all of it', 'emails[type eq "work" and value co "@one"]', 'A'],
  ['a value path does not mix values', 'emails[type eq "work" and value co "@two"]', ''],
  ['not within a value path', 'emails[not (type eq "work")]', 'B'],
  ['a value path with a boolean', 'emails[primary eq true]', 'A'],
  ['escapes in a string are those of JSON', 'name.familyName eq "O\\"Neil\\\\x"', 'C'],
  ['a date, compared as time', 'meta.created gt "2020-01-01T00:00:00+01:00"', 'ABC'],
  ['a date, the other way', 'meta.lastModified lt "2020-01-01T00:00:00Z"', ''],
  ['schemas', `schemas eq "${ENTERPRISE_URN}"`, 'C'],
];

const BROKEN: readonly string[] = [
  '',
  'title',
  'title eq',
  'title eq alpha',
  "title eq 'alpha'",
  'title eq "alpha',
  'title foo "x"',
  'eq "x"',
  '(title pr',
  'title pr)',
  'title pr and',
  'and title pr',
  'not title pr',
  'title pr title pr',
  'emails[type eq "work"',
  'emails[]',
  'emails[type[value pr]]',
  'shoeSize eq 43',
  'emails.shoeSize pr',
  'emails[shoeSize pr]',
  'active gt true',
  'active eq "perhaps"',
  'title eq 7',
  'title gt null',
  'name eq "x"',
  'meta.created gt "soon"',
  'title[value pr]',
  'x509Certificates.value gt "a"',
  'title eq "\\q"',
  'urn:none:title pr',
  `${ENTERPRISE_URN}:shoeSize pr`,
];

const FILTER_ROWS: readonly Row[] = [
  ...FILTERS.map(([what, filter, who]) =>
    row('7644 3.4.2.2', `filter: ${what}`, async (client) => {
      const { find } = await three(client);
      expect(await find(filter)).toBe(who);
    }),
  ),
  row(
    '7644 3.4.2.2',
    'a filter that breaks the grammar, or compares what cannot be, is invalidFilter',
    async (client) => {
      for (const filter of BROKEN)
        expectError(await client.get(`/Users?filter=${q(filter)}`), 400, 'invalidFilter');
    },
  ),
  row(
    '7644 3.4.2.2',
    'a filter that is too deep, too long or of too many terms is invalidFilter',
    async (client) => {
      const search = (filter: string) => client.post('/Users/.search', { schemas: [SEARCH_URN], filter });
      const deep = `${'('.repeat(10_000)}title pr${')'.repeat(10_000)}`;
      for (const filter of [deep, deep.slice(0, 16_000), `${'not ('.repeat(40)}title pr${')'.repeat(40)}`])
        expectError(await search(filter), 400, 'invalidFilter');
      expectError(await search(Array(501).fill('title pr').join(' or ')), 400, 'invalidFilter');
      expect((await search(Array(500).fill('title pr').join(' or '))).status).toBe(200);
    },
  ),
  row(
    '7644 3.4.2.2',
    'userName, externalId, id and the displayName of groups find the one resource',
    async (client) => {
      const user = await client.user({ externalId: 'Find-Me' });
      const group = await client.group();
      const ask = async (path: string, filter: string) =>
        idsOf(await client.get(`${path}?filter=${q(filter)}`));
      expect(await ask('/Users', `userName eq "${user.userName.toUpperCase()}"`)).toEqual([user.id]);
      expect(await ask('/Users', 'externalId eq "Find-Me"')).toEqual([user.id]);
      expect(await ask('/Users', 'externalId eq "find-me"')).toEqual([]);
      expect(await ask('/Users', `id eq "${user.id}"`)).toEqual([user.id]);
      expect(await ask('/Users', `id eq "${user.id}" and active eq false`)).toEqual([]);
      expect(await ask('/Groups', `displayName eq "${group.displayName.toLowerCase()}"`)).toEqual([group.id]);
    },
  ),
  row('7644 3.4.2.2', 'groups are found by their members, and users by their groups', async (client) => {
    const [user, other] = [await client.user(), await client.user()];
    const group = await client.group({ members: [{ value: user.id }] });
    const ask = async (path: string, filter: string) =>
      idsOf(await client.get(`${path}?filter=${q(filter)}`));
    expect(await ask('/Groups', `members eq "${user.id}"`)).toEqual([group.id]);
    expect(await ask('/Groups', `members[value eq "${user.id}"]`)).toEqual([group.id]);
    expect(await ask('/Groups', `id eq "${group.id}" and members.value eq "${user.id}"`)).toEqual([group.id]);
    expect(await ask('/Groups', `id eq "${group.id}" and members eq "${other.id}"`)).toEqual([]);
    expect(await ask('/Groups', `id eq "${group.id}" and not (members eq "${other.id}")`)).toEqual([
      group.id,
    ]);
    expect(await ask('/Groups', `id eq "${group.id}" and members.type eq "user"`)).toEqual([group.id]);
    expect(await ask('/Users', `groups.value eq "${group.id}"`)).toEqual([user.id]);
  }),
  row(
    '7644 3.4.2.2',
    'a list without results is 200 with totalResults 0 and an empty Resources',
    async (client) => {
      const { status, body } = await client.get(`/Users?filter=${q('userName eq "nobody"')}`);
      expect(status).toBe(200);
      expect(body).toEqual({
        schemas: [LIST_URN],
        totalResults: 0,
        startIndex: 1,
        itemsPerPage: 0,
        Resources: [],
      });
    },
  ),
];

const INDEX: readonly Row[] = [
  row('7644 3.4.2.4', 'startIndex and count choose the page; totalResults counts all', async (client) => {
    const { userType, ids } = await three(client);
    const page = async (query: string) =>
      (await client.get(`/Users?filter=${q(`userType eq "${userType}"`)}&${query}`)).body;
    expect(await page('startIndex=2&count=1')).toMatchObject({
      totalResults: 3,
      startIndex: 2,
      itemsPerPage: 1,
      Resources: [{ id: ids[1] }],
    });
    expect(await page('startIndex=3&count=10')).toMatchObject({ totalResults: 3, itemsPerPage: 1 });
    expect(await page('startIndex=4')).toMatchObject({
      totalResults: 3,
      startIndex: 4,
      itemsPerPage: 0,
      Resources: [],
    });
  }),
  row('7644 3.4.2.4', 'pages without a filter give each resource once', async (client) => {
    await three(client);
    const { totalResults } = (await client.get('/Users?count=0')).body;
    const seen = new Set<string>();
    for (let at = 1; at <= totalResults; at += 50)
      for (const id of idsOf(await client.get(`/Users?startIndex=${at}&count=50`))) seen.add(id);
    expect(seen.size).toBe(totalResults);
  }),
  row('7644 3.4.2.4', 'a startIndex below 1 is 1', async (client) => {
    await client.user();
    for (const startIndex of [0, -5])
      expect((await client.get(`/Users?startIndex=${startIndex}&count=1`)).body).toMatchObject({
        startIndex: 1,
        itemsPerPage: 1,
      });
  }),
  row('7644 3.4.2.4', 'count 0, or a negative one, gives the total and no resources', async (client) => {
    await client.user();
    for (const count of [0, -1]) {
      const { body } = await client.get(`/Users?count=${count}`);
      expect(body).toMatchObject({ itemsPerPage: 0, Resources: [] });
      expect(body.totalResults).toBeGreaterThan(0);
    }
  }),
  row('7644 3.4.2.4', 'a count above the limit is the limit', async (client) => {
    const { body } = await client.get('/Users?count=100000');
    expect(body.itemsPerPage).toBe(Math.min(200, body.totalResults));
  }),
  row('7644 3.4.2.4', 'a startIndex or count that is no integer is invalidValue', async (client) => {
    for (const query of ['count=many', 'startIndex=1.5', 'count=1&count=2'])
      expectError(await client.get(`/Users?${query}`), 400, 'invalidValue');
  }),
  row(
    '7644 3.4.2.3',
    'sortBy is not supported, which ServiceProviderConfig says, and ignored',
    async (client) => {
      expect((await client.get('/Users?sortBy=userName&sortOrder=descending')).status).toBe(200);
    },
  ),
];

const SEARCHES: readonly Row[] = [
  row('7644 3.4.3', 'POST .search answers as GET does', async (client) => {
    const user = await client.user();
    const filter = `userName eq "${user.userName}"`;
    const ask = { schemas: [SEARCH_URN], filter, attributes: ['userName'], startIndex: 1, count: 10 };
    const answer = await client.post('/Users/.search', ask);
    expect(answer.status).toBe(200);
    expect(answer.body).toEqual(
      (await client.get(`/Users?filter=${q(filter)}&attributes=userName&count=10`)).body,
    );
    expect(answer.body.Resources).toHaveLength(1);
  }),
  row('7644 3.4.3', 'a search without its schema is invalidSyntax', async (client) => {
    expectError(await client.post('/Users/.search', { filter: 'title pr' }), 400, 'invalidSyntax');
  }),
  row('7644 3.4.2.1', 'the root lists users and groups together, by GET and by .search', async (client) => {
    const [user, group] = [await client.user(), await client.group()];
    const filter = `userName eq "${user.userName}" or displayName eq "${group.displayName}"`;
    const wanted = [user.id, group.id].sort();
    expect(idsOf(await client.get(`?filter=${q(filter)}`)).sort()).toEqual(wanted);
    expect(idsOf(await client.post('/.search', { schemas: [SEARCH_URN], filter })).sort()).toEqual(wanted);
    const byType = await client.get(`/?filter=${q(`meta.resourceType eq "Group" and id eq "${group.id}"`)}`);
    expect(idsOf(byType)).toEqual([group.id]);
    expectError(await client.get(`?filter=${q('shoeSize pr')}`), 400, 'invalidFilter');
  }),
  row('7644 3.4.2.1', 'pages of the root go on from the users to the groups', async (client) => {
    await client.user();
    await client.group();
    const { totalResults } = (await client.get('?count=0')).body;
    const seen = new Set<string>();
    for (let at = 1; at <= totalResults; at += 7)
      for (const id of idsOf(await client.get(`?startIndex=${at}&count=7`))) seen.add(id);
    expect(seen.size).toBe(totalResults);
  }),
];

async function walk(client: ScimClient, path: string, join: string): Promise<Json[]> {
  const found: Json[] = [];
  let cursor = '';
  for (let pages = 0; pages < 500; pages += 1) {
    const { status, body } = await client.get(`${path}${join}cursor=${encodeURIComponent(cursor)}`);
    expect(status).toBe(200);
    expect(body.startIndex).toBeUndefined();
    found.push(...body.Resources);
    if (body.nextCursor === undefined) return found;
    cursor = body.nextCursor;
  }
  throw new Error('the cursors never end');
}

const CURSORS: readonly Row[] = [
  row('9865 2', 'pages by cursor give each resource once; the last has no nextCursor', async (client) => {
    await three(client);
    const { totalResults } = (await client.get('/Users?cursor=&count=2')).body;
    const found = await walk(client, '/Users?count=50', '&');
    expect(new Set(found.map(({ id }) => id)).size).toBe(totalResults);
    expect(found).toHaveLength(totalResults);
  }),
  row('9865 2', 'pages by cursor hold with a filter and at the root', async (client) => {
    const { userType, ids } = await three(client);
    const filtered = await walk(client, `/Users?filter=${q(`userType eq "${userType}"`)}&count=2`, '&');
    expect(filtered.map(({ id }) => id)).toEqual(ids);
    const { totalResults } = (await client.get('?count=0')).body;
    expect(await walk(client, '?count=50', '&')).toHaveLength(totalResults);
    expect(await walk(client, `/Users?filter=${q(`id eq "${ids[0]}"`)}`, '&')).toHaveLength(1);
  }),
  row('9865 2.1', 'a cursor that was not given out is invalidCursor', async (client) => {
    for (const cursor of ['nonsense', 'VXNlcjpub25l', 'R3JvdXA6MQ'])
      expectError(await client.get(`/Users?cursor=${cursor}`), 400, 'invalidCursor');
    expectError(await client.get('/Users?cursor=&startIndex=1'), 400, 'invalidCursor');
  }),
  row('9865 3', 'a search by POST takes a cursor', async (client) => {
    await three(client);
    const ask = { schemas: [SEARCH_URN], count: 1, cursor: '' };
    const first = (await client.post('/Users/.search', ask)).body;
    const second = (await client.post('/Users/.search', { ...ask, cursor: first.nextCursor })).body;
    expect(second.Resources).toHaveLength(1);
    expect(second.Resources[0].id).not.toBe(first.Resources[0].id);
  }),
];

export const LISTS: readonly Row[] = [...FILTER_ROWS, ...INDEX, ...SEARCHES, ...CURSORS];
