/** `adopt` and `release` of what stands in the SCIM service, and how the journal tells of it. */
import { expect, test } from 'vitest';
import { adopt, type LedgerScope, release } from '../../src/core/adopt.ts';
import type { Change } from '../../src/core/model/change.ts';
import { markTold } from '../../src/core/scim-ledger.ts';
import { SCIM_URL, ScimWorld } from '../helpers/scim-world.ts';
import { DAY, lineOf, run, type World, world } from '../helpers/world.ts';

function company(): World {
  return world()
    .staff('ada', 'bob', 'cleo')
    .group('eng', 'ada')
    .group('ops', 'cleo')
    .org('Pay')
    .rule('eng', 'Member', { via: 'scim', org: 'Pay' })
    .rule('ops', 'Member', { via: 'scim' });
}

/** Ada and Bob are in eng, Cleo in ops; nothing of it was written by this daemon. */
function foreign(of = company()): ScimWorld {
  return new ScimWorld(of)
    .user('ada')
    .user('bob')
    .user('cleo')
    .group('eng', ['ada', 'bob'])
    .group('ops', ['cleo']);
}

function move(which: typeof adopt, { world: of }: ScimWorld, scope: LedgerScope): string[] {
  const { memory, edges } = which(of.input(), scope);
  of.memory = memory;
  return edges.flatMap(({ label, placeName, scim }) =>
    scim === undefined ? [] : [`${label.replace('@corp.example', '')} ${placeName}`],
  );
}

function scimLines(of: World): string[] {
  return run(of)
    .changes.filter(({ scim }) => scim !== undefined)
    .map(lineOf);
}

test('who is in a group of a rule is taken over, with their users; who left it is taken out from then on', () => {
  const scim = foreign();
  scim.carryOut(run(scim.world));
  expect(scimLines(scim.world)).toEqual([]);
  expect(move(adopt, scim, { all: true })).toEqual([
    'ada group eng in the SCIM service',
    'bob group eng in the SCIM service',
    'cleo group ops in the SCIM service',
    'ada the SCIM service',
    'bob the SCIM service',
    'cleo the SCIM service',
  ]);
  expect(move(adopt, scim, { all: true })).toEqual([]);
  expect(scimLines(scim.world)).toEqual(['ready: scim-remove-member bob eng > - (left-group)']);
  expect(move(release, scim, { person: 'bob@corp.example' })).toEqual([
    'bob group eng in the SCIM service',
    'bob the SCIM service',
  ]);
  expect(scim.marks()).toEqual(['p-ada/', 'p-ada/g-eng', 'p-cleo/', 'p-cleo/g-ops']);
  expect(scimLines(scim.world)).toEqual([]);
});

test('an organization takes over the groups that have a role there, and keeps them while the promise of its owner lasts', () => {
  const scim = foreign();
  const { world: of } = scim;
  scim.carryOut(run(of));
  expect(move(adopt, scim, { org: 'Pay' })).toEqual([
    'ada group eng in the SCIM service',
    'bob group eng in the SCIM service',
  ]);
  const adoption = { at: of.now, until: of.now + DAY, by: 'lin', attest: 'mine' };
  of.memory = { ...of.memory, adoptions: [{ place: of.orgId('Pay'), ...adoption }] };
  expect(scimLines(of)).toEqual(['waiting: scim-remove-member bob eng > - (left-group)']);
  of.memory = { ...of.memory, adoptions: [{ place: '', ...adoption }] };
  expect(scimLines(of)).toEqual(['waiting: scim-remove-member bob eng > - (left-group)']);
  expect(scimLines(of.later(2 * DAY))).toEqual(['ready: scim-remove-member bob eng > - (left-group)']);
  expect(move(release, scim, { org: 'Pay' })).toHaveLength(2);
});

test('nobody is taken over who is protected, switched off, unclear, a stranger, or in a group that two could be', () => {
  const of = company()
    .staff('dan', 'eve')
    .set({ protected: ['ada@corp.example'] });
  const scim = foreign(of)
    .user('dan')
    .user('dan', { id: 's-twin' })
    .user('eve', { active: false })
    .user('zoe', { externalId: 'nobody', userName: 'zoe@corp.example' });
  scim
    .group('eng', ['ada', 'dan', 'eve', 'zoe', 'gone'])
    .group('ops', ['cleo'])
    .group('ops2', [], {
      ...{ id: 'sg-double', externalId: 'g-ops', displayName: 'ops' },
    });
  expect(move(adopt, scim, { all: true })).toEqual(['eve group eng in the SCIM service']);
});

test('what is ours is released by name, whoever and whatever is gone since; another service is not asked about', () => {
  const scim = foreign().ours('gone', ['eng', 'lost', 'kept']).ours('bob', [], { url: 'https://old' });
  const { world: of } = scim;
  scim.user('gone', { userName: 'gone@corp.example' }).group('kept', []);
  scim.ours('unknown').ours('nil');
  of.person('nil', 'active', null);
  expect(move(release, scim, { all: true })).toEqual([
    'gone the SCIM service',
    'gone group eng in the SCIM service',
    'gone group g-lost in the SCIM service',
    'gone group kept in the SCIM service',
    'p-unknown the SCIM service',
    'p-nil the SCIM service',
  ]);
  expect(scim.marks()).toEqual(['p-bob/']);
  expect(move(release, new ScimWorld(company()), { all: true })).toEqual([]);
});

test('without a service nothing of it moves, and a user without an address in the directory goes by that of the service', () => {
  const of = company();
  expect(adopt(of.input(), { all: true }).edges).toEqual([]);
  expect(release(of.input(), { all: true }).edges).toEqual([]);
  of.person('nil', 'active', null);
  const scim = new ScimWorld(of).user('nil').group('eng', ['nil']);
  expect(move(adopt, scim, { all: true })).toEqual([
    'nil group eng in the SCIM service',
    'nil the SCIM service',
  ]);
});

test('the journal tells of each mark that came or went', () => {
  const scim = new ScimWorld(company());
  const made = run(scim.world).changes.filter((change) => change.scim !== undefined);
  const told = (change: Change) => {
    const mark = markTold(change);
    return (
      mark &&
      `${change.kind} ${mark.person}/${mark.group} ${mark.active} ${mark.gone} ${mark.url === SCIM_URL}`
    );
  };
  expect(made.map(told)).toEqual([
    null,
    null,
    'scim-create-user p-ada/ true false true',
    'scim-add-member p-ada/g-eng true false true',
    'scim-create-user p-cleo/ true false true',
    'scim-add-member p-cleo/g-ops true false true',
  ]);
  scim.carryOut(run(scim.world));
  scim.world.leave('ada', 'eng').status('cleo', 'deactivated');
  const gone = run(scim.world).changes.filter((change) => change.scim !== undefined);
  expect(gone.map(told)).toEqual([
    'scim-remove-member p-ada/g-eng true true true',
    'scim-deactivate-user p-cleo/ false false true',
    'scim-remove-member p-cleo/g-ops true true true',
  ]);
});
