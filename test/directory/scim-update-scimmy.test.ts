import { expect, test } from 'vitest';
import { reasonOf } from './scim-living.ts';
import { type Entry, holdingOf, scimSource, startProvider } from './scim-provider.ts';
import { ALL, callsOf, context, plainSnapshot } from './setup.ts';

test('a third-party provider that filters by meta.lastModified is read by its changes, and wholly after a deletion', async () => {
  const start = Date.now() - 60 * 60_000;
  const stamped = (entry: Entry, minute: number): Entry => ({
    ...entry,
    meta: { lastModified: new Date(start + minute * 60_000).toISOString() },
  });
  const { users, groups } = holdingOf(100, 12);
  const provider = await startProvider({
    users: users.map((user, at) => stamped(user, at / 4)),
    groups: groups.map((group, at) => stamped(group, at)),
  });
  const { holding } = provider;
  const source = scimSource(provider.url, { incremental: 'lastModified' });
  let snapshot = await source.read(ALL, context());
  const turn = async () => {
    snapshot = (await source.update?.(snapshot, context())) ?? snapshot;
    const calls = callsOf(snapshot);
    expect(plainSnapshot(snapshot)).toEqual(plainSnapshot(await source.read(ALL, context())));
    return { basis: snapshot.basis, calls };
  };
  expect(await turn()).toEqual({ basis: 'update', calls: 7 });
  holding.users[5] = stamped({ ...(holding.users[5] as Entry), active: false }, 40);
  holding.users.push(stamped({ ...(users[0] as Entry), id: 'user-new', userName: 'new' }, 40));
  holding.groups[9] = stamped(
    { ...(holding.groups[9] as Entry), members: [{ value: 'user-new', type: 'User' }] },
    40,
  );
  expect(await turn()).toEqual({ basis: 'update', calls: 7 });
  holding.users.splice(7, 1);
  holding.users.push(stamped({ ...(users[0] as Entry), id: 'user-late', userName: 'late' }, 41));
  expect((await turn()).basis).toBe('full');
  expect(reasonOf(snapshot)).toBe('the provider counts 101 users where 102 are known: some are gone');
  expect(await turn()).toEqual({ basis: 'update', calls: 7 });
  const findings = await source.check(new AbortController().signal);
  expect(findings.find(({ what }) => what === 'SCIM changes')).toMatchObject({ level: 'ok' });
});
