/** Who holds a role in an organization: each role of it, from a reading that many share. */
import { expect, test } from 'vitest';
import { peopleOfOrg } from '../../src/actions/org-people.ts';
import { orgPeopleNow } from '../../src/compose/devin-now.ts';
import type { DevinTarget } from '../../src/devin/target.ts';
import { world } from '../helpers/world.ts';

function enterprise() {
  const of = world()
    .staff('ada', 'bob', 'cid')
    .org('Web', 'Pay')
    .user('cid', { '': 'Member', Web: 'Member' })
    .user('ada', { '': 'Member', Web: 'Admin', Pay: 'Member' })
    .devinGroup('squad', { '': 'Member', Web: 'Member' });
  of.user('bob', { '': 'Member' }).signedIn('bob', 'squad');
  return of.input().devin;
}

const idOf = (devin: ReturnType<typeof enterprise>, name: string) =>
  devin.head.orgs.find((org) => org.name === name)?.id ?? '';

test('each role there is listed, direct or through a group, by address; other places are left out', async () => {
  const devin = enterprise();
  const web = await peopleOfOrg(devin, idOf(devin, 'Web'), '');
  expect(web.map(({ email, role, through }) => [email, role, through])).toEqual([
    ['ada@corp.example', 'Admin', null],
    ['bob@corp.example', 'Member', 'squad'],
    ['cid@corp.example', 'Member', null],
  ]);
  expect((await peopleOfOrg(devin, idOf(devin, 'Web'), 'CID@')).map(({ email }) => email)).toEqual([
    'cid@corp.example',
  ]);
  expect(await peopleOfOrg(devin, 'an-org-that-is-not-there', '')).toEqual([]);
});

test('whoever asks together or soon after is answered from one reading; later, or with another target, there is a new one', async () => {
  const devin = enterprise();
  let now = 1_000;
  let reads = 0;
  const read = async () => {
    reads++;
    return devin;
  };
  const targetOf = () => ({ read }) as unknown as DevinTarget;
  let target = targetOf();
  const ask = orgPeopleNow(
    () => target,
    () => now,
  );
  const web = idOf(devin, 'Web');
  const both = await Promise.all([ask(web, ''), ask(web, 'ada')]);
  expect(both.map(({ people }) => people.length)).toEqual([3, 1]);
  now += 4 * 60_000;
  expect(await ask(web, '')).toMatchObject({ at: 1_000 });
  expect(reads).toBe(1);
  now += 2 * 60_000;
  expect(await ask(web, '')).toMatchObject({ at: now });
  target = targetOf();
  await ask(web, '');
  expect(reads).toBe(3);
  target = { read: async () => Promise.reject(new Error('Devin is away')) } as unknown as DevinTarget;
  await expect(ask(web, '')).rejects.toThrow('Devin is away');
  target = targetOf();
  expect((await ask(web, '')).people).toHaveLength(3);
});
