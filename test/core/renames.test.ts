/** A group that a pattern follows to another name. */
import { expect, test } from 'vitest';
import { applied } from '../helpers/applied.ts';
import { lines, run, type World, world } from '../helpers/world.ts';

const RULE = {
  name: 'p',
  match: { by: 'pattern', pattern: 'devin-(?<org>\\w+)' },
  org: '{org}',
} as const;

/** Ada and Bob have what "devin-Web" gives, and the name is known. */
function settled(via: 'direct' | 'group' = 'direct'): World {
  const of = world().staff('ada', 'bob').org('Web', 'Pay').group('devin-Web', 'ada', 'bob');
  of.rule('', 'Member', { ...RULE, via });
  const rested = applied(of, run(of));
  expect(lines(run(rested))).toEqual([]);
  return rested;
}

function approveAll(of: World): void {
  of.approve(...run(of).changes.map(({ key }) => key));
}

test('what a pattern makes of a new name waits for approval, in both directions, and then counts', () => {
  const of = settled().rename('devin-Web', 'devin-Pay');
  const expected = [
    'held by group-renamed: add-to-org ada @Pay - > Member',
    'held by group-renamed: add-to-org bob @Pay - > Member',
    'held by rule-changed: remove-from-org ada @Web Member > - (rule-changed)',
    'held by rule-changed: remove-from-org bob @Web Member > - (rule-changed)',
  ];
  const plan = run(of);
  expect(lines(plan).sort()).toEqual(expected);
  expect(plan.notices.map(({ kind, message }) => `${kind}: ${message}`)).toEqual([
    'group-renamed: group "devin-Web" is now "devin-Pay": what rule "p" makes of the new name waits for approval',
  ]);
  expect(lines(run(of)).sort()).toEqual(expected);
  expect(of.memory.bindings).toEqual({ p: { 'g-devin-Web': 'devin-Web' } });

  approveAll(of);
  applied(of, run(of));
  expect(lines(run(of))).toEqual([]);
  expect(of.memory.bindings).toEqual({ p: { 'g-devin-Web': 'devin-Pay' } });
  of.person('cleo').join('cleo', 'devin-Web');
  expect(lines(run(of))).toEqual(['ready: invite cleo - > Member', 'ready: add-to-org cleo @Pay - > Member']);
});

test('somebody new in a renamed group is not even invited for it, but for what another group gives', () => {
  const of = settled()
    .rename('devin-Web', 'devin-Pay')
    .person('cleo')
    .person('dan')
    .join('cleo', 'devin-Web');
  of.join('dan', 'devin-Web').group('devin-users', 'dan').rule('devin-users', 'Member');
  const found = lines(run(of)).filter((line) => /cleo|dan/.test(line));
  expect(found).toEqual([
    'held by group-renamed: invite cleo - > Member',
    'held by group-renamed: add-to-org cleo @Pay - > Member',
    'ready: invite dan - > Member',
    'held by group-renamed: add-to-org dan @Pay - > Member',
  ]);
});

test('a rename out of a pattern is nobody’s leaving, although other groups give the same', () => {
  const of = settled().group('devin-Web-b', 'bob');
  of.set({ rules: [] }).rule('', 'Member', {
    ...RULE,
    match: { by: 'pattern', pattern: 'devin-(?<org>\\w+)(-b)?' },
  });
  run(of);
  of.rename('devin-Web', 'archive');
  expect(lines(run(of))).toEqual([
    'held by rule-changed: remove-user ada Member > - (rule-changed)',
    'held by rule-changed: remove-from-org ada @Web Member > - (rule-changed)',
  ]);
  approveAll(of);
  applied(of, run(of));
  expect(lines(run(of))).toEqual([]);
  expect(of.memory.bindings).toEqual({ p: { 'g-devin-Web-b': 'devin-Web-b' } });
});

test('a rename out of a pattern that gives the enterprise takes nobody’s seat by the clock', () => {
  const of = world().staff('ada', 'bob').group('devin-a', 'ada').group('devin-b', 'bob');
  of.rule('', 'Member', { name: 'p', match: { by: 'pattern', pattern: 'devin-.' } });
  applied(of, run(of));
  run(of);
  expect(lines(run(of.rename('devin-a', 'archive')))).toEqual([
    'held by rule-changed: remove-user ada Member > - (rule-changed)',
  ]);
});

test('with via: group the new name is registered when approved', () => {
  const of = settled('group').rename('devin-Web', 'devin-Pay');
  const held = lines(run(of)).filter((line) => line.includes('devin-Pay'));
  expect(held).toEqual([
    'held by group-renamed: register-group devin-Pay',
    'held by group-renamed: give-group-role devin-Pay - > Member',
    'held by group-renamed: add-group-to-org devin-Pay @Pay - > Member',
  ]);
});

test('a rename that changes nothing for anybody, or from a name of no organization, counts at once', () => {
  const same = world().staff('ada').org('Web').group('devin-Web', 'ada');
  same.rule('', 'Member', { ...RULE, org: 'Web' });
  applied(same, run(same));
  run(same);
  expect(lines(run(same.rename('devin-Web', 'devin-Net')))).toEqual([]);
  expect(same.memory.bindings).toEqual({ p: { 'g-devin-Web': 'devin-Net' } });

  const nowhere = world().staff('ada').org('Web').group('devin-Typo', 'ada').rule('', 'Member', RULE);
  expect(lines(run(nowhere))).toEqual([]);
  expect(lines(run(nowhere.rename('devin-Typo', 'devin-Web')))).toEqual([
    'ready: invite ada - > Member',
    'ready: add-to-org ada @Web - > Member',
  ]);
});

test('of a name whose organization is gone from Devin nothing can be lost', () => {
  const of = settled().rename('devin-Web', 'devin-Pay');
  of.orgs.shift();
  for (const name of ['ada', 'bob']) of.account(name).roles.delete('org-web');
  expect(lines(run(of))).toEqual([
    'held by group-renamed: add-to-org ada @Pay - > Member',
    'held by group-renamed: add-to-org bob @Pay - > Member',
  ]);
});

test('beside a rename, who leaves another group or left before is judged as ever', () => {
  const of = settled().group('devin-Pay', 'ada', 'bob').group('devin-Web-b');
  of.set({ rules: [] });
  of.rule('', 'Member', { ...RULE, match: { by: 'pattern', pattern: 'devin-(?<org>\\w+)(-b)?' } });
  applied(of, run(of));
  run(of);
  of.rename('devin-Web', 'archive').leave('bob', 'devin-Web');
  of.leave('ada', 'devin-Web').join('ada', 'devin-Web-b');
  of.leave('ada', 'devin-Pay');
  expect(lines(run(of))).toEqual([
    'ready: remove-from-org ada @Pay Member > - (left-group)',
    'ready: remove-from-org bob @Web Member > - (left-group)',
  ]);
});

test('a group that is gone, or that an older version of the pattern matched, is forgotten', () => {
  const of = settled().group('devin-Pay', 'bob');
  run(of);
  expect(of.memory.bindings).toEqual({ p: { 'g-devin-Web': 'devin-Web', 'g-devin-Pay': 'devin-Pay' } });
  run(of.deleteGroup('devin-Pay'));
  expect(of.memory.bindings).toEqual({ p: { 'g-devin-Web': 'devin-Web' } });
  of.set({ rules: [] }).rule('', 'Member', {
    ...RULE,
    match: { by: 'pattern', pattern: 'nothing-(?<org>\\w+)' },
  });
  run(of);
  expect(of.memory.bindings).toEqual({});
});
