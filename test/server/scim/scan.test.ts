/** What a filter without an index may cost: refused beyond a limit that is named, and never a shorter list. */
import { expect, test } from 'vitest';
import { MemoryScimStore, scimDeps } from '../../helpers/scim-store.ts';
import { listening } from '../serving.ts';
import { groupBody, ScimClient, userBody } from './client.ts';
import { expectError, q } from './row.ts';

test('a filter that would look at too many resources or members is tooMany and names the limit', async () => {
  const store = new MemoryScimStore();
  const { list, members } = MemoryScimStore.prototype;
  let many = 1;
  store.list = async (...args) => {
    const page = await list.apply(store, args);
    return page === null ? null : { ...page, total: page.total * many };
  };
  store.members = async (...args) => {
    const page = await members.apply(store, args);
    return { ...page, total: page.total * many };
  };
  const { url } = await listening({ scim: scimDeps(store) });
  const client = new ScimClient(url, store);
  const { body: user } = await client.post('/Users', userBody({ title: 'x' }));
  await client.post('/Groups', groupBody({ members: [{ value: user.id }] }));
  const get = (path: string) => client.get(path);
  const scan = `/Users?filter=${q('title eq "x"')}`;
  many = 100_000;
  expect((await get(scan)).body.totalResults).toBe(1);
  many = 100_001;
  const refused = await get(scan);
  expectError(refused, 400, 'tooMany');
  expect(refused.body.detail).toMatch(/100001 .*100000 .*cursor/);
  expectError(await get(`${scan}&startIndex=2&count=1`), 400, 'tooMany');
  expectError(await get(`/?filter=${q('title eq "x"')}`), 400, 'tooMany');
  // What an index answers, lists without a filter and pages by cursor cost no more in a larger company.
  expect((await get(`/Users?filter=${q(`userName eq "${user.userName}"`)}`)).body.totalResults).toBe(1);
  expect((await get('/Users?count=1')).body.totalResults).toBe(100_001);
  expect((await get(`${scan}&cursor=`)).body.Resources).toHaveLength(1);
  const among = `/Groups?filter=${q(`members.display co "p" and members eq "${user.id}"`)}`;
  many = 200_000;
  expect((await get(among)).body.totalResults).toBe(1);
  many = 200_001;
  const wide = await get(among);
  expectError(wide, 400, 'tooMany');
  expect(wide.body.detail).toContain('200000 members');
  expect((await get(`/Groups?filter=${q(`members eq "${user.id}"`)}`)).body.totalResults).toBe(1);
});
