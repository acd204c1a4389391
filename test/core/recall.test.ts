import { expect, test } from 'vitest';
import type { Act } from '../../src/core/model/act.ts';
import { recall } from '../../src/core/recall.ts';
import { type World, world } from '../helpers/world.ts';

/** Ada and Bob in Web, and a registered group, all of it in Devin and none of it in the ledger. */
function forgotten(): World {
  const of = world().staff('ada', 'bob').group('eng', 'ada', 'bob').org('Web');
  of.user('ada', { '': 'Member', Web: 'Member' }).user('bob', { '': 'Member', Web: 'Member' });
  of.devinGroup('eng', { '': 'Member', Web: 'Member' }).user('eve');
  return of.rule('eng', 'Member', { org: 'Web' }).rule('eng', 'Member', { via: 'group' });
}

function act(action: string, org: string | null, ...mentions: string[]): Act {
  return { action, ours: true, org, mentions };
}

function recalled(...acts: Act[]): string[] {
  const { edges, memory, unclear } = recall(forgotten().input(), acts);
  const rows = [...memory.people, ...memory.groups].flatMap(({ places }) => Object.values(places));
  expect(rows).toEqual(edges.map(() => 'managed'));
  return [
    ...edges.map(({ label, placeName }) => `${label} ${placeName}`),
    ...(unclear > 0 ? [`${unclear} unclear`] : []),
  ];
}

test('what our own service user gave, by id or by address, is known again, in its place only', () => {
  expect(recalled(act('add_enterprise_member', null, 'ADA@corp.example', 'bob@corp.example'))).toEqual([
    'ada@corp.example the enterprise',
    'bob@corp.example the enterprise',
  ]);
  expect(recalled(act('add_member', 'org-web', 'u-ada'))).toEqual(['ada@corp.example Web']);
  expect(recalled(act('assign_roles', 'org-web', 'role', 'u-bob'))).toEqual(['bob@corp.example Web']);
  expect(recalled(act('add_group_membership', 'org-web', 'eng'))).toEqual(['eng Web']);
  expect(recalled(act('update_group_membership', null, 'eng'))).toEqual(['eng the enterprise']);
});

test('the last one who touched a role owns it', () => {
  const gave = act('add_member', 'org-web', 'u-ada');
  const other = { ...gave, ours: false };
  expect(recalled(gave, other)).toEqual([]);
  expect(recalled(other, gave)).toEqual(['ada@corp.example Web']);
  expect(recalled(gave, act('delete_member', 'org-web', 'u-ada'))).toEqual([]);
  const group = act('add_group_membership', 'org-web', 'eng');
  expect(recalled(group, act('delete_group_membership', 'org-web', 'eng'))).toEqual([]);
});

test('who is not there, is a stranger, or is a group where people are meant brings nothing back', () => {
  expect(recalled(act('add_member', 'org-web', 'u-gone'))).toEqual(['1 unclear']);
  expect(recalled(act('add_enterprise_member', null, 'eve@corp.example'))).toEqual(['1 unclear']);
  expect(recalled(act('add_member', 'org-web', 'eng'))).toEqual(['1 unclear']);
  expect(recalled(act('login', null, 'u-ada'))).toEqual([]);
  expect(recalled()).toEqual([]);
});
