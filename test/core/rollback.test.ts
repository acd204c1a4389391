import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Change, Plan } from '../../src/core/model/change.ts';
import type { WrittenChange } from '../../src/core/model/written.ts';
import { redoKey } from '../../src/core/redo.ts';
import { holdUndone, planRollback, type Rollback } from '../../src/core/rollback.ts';
import { applied } from '../helpers/applied.ts';
import { anyWorld } from '../helpers/arbitrary-world.ts';
import { runs } from '../helpers/runs.ts';
import { DAY, lines, MINUTE, run, type World, world } from '../helpers/world.ts';

const RUNS = runs(120);

/** Writes a plan and gives what the journal would keep of it. */
function write(of: World, plan: Plan): WrittenChange[] {
  const ready = plan.changes.filter(({ verdict }) => verdict.state === 'ready');
  applied(of, plan);
  return ready.map((change) => writtenOf(of, change));
}

function writtenOf(
  of: World,
  { key, kind, cause, subject, org, before, after, loses }: Change,
): WrittenChange {
  const invited = [...of.users.values()].find(({ email }) => email === subject.label)?.id ?? null;
  const id = org === null ? null : (org.id ?? of.orgId(org.name));
  return {
    item: key,
    kind,
    cause,
    subject: { ...subject, devinId: subject.devinId ?? invited },
    org: org && { ...org, id },
    before,
    after,
    ...(loses === undefined ? {} : { loses }),
  };
}

function rollback(of: World, writes: readonly WrittenChange[]): Rollback {
  const { buckets } = of.decide().plan;
  return planRollback({ input: of.input(), buckets, writes, of: 'run-1' });
}

/** Plans and writes the rollback, as the action does, and holds what it took back. */
function takeBack(of: World, writes: readonly WrittenChange[]): Rollback {
  const undoing = rollback(of, writes);
  const going = undoing.plan.changes.filter(({ verdict }) => verdict.state === 'ready');
  of.memory = holdUndone(of.memory, undoing, going, { by: 'os:ada', at: of.now, why: 'wrong' }).memory;
  applied(of, undoing.plan);
  return undoing;
}

/** Who, where and why, whatever the kind of the change. */
function slotOf({ kind, subject, org, cause }: Pick<Change, 'kind' | 'subject' | 'org' | 'cause'>): string {
  const what = kind.includes('register') ? 'registration' : 'role';
  return [subject.label, what, org?.name ?? 'the enterprise', cause].join(' | ');
}

/** What everybody holds, by address: whoever was invited again has another id. */
function have(of: World): Map<string, unknown> {
  const rows = new Map<string, unknown>();
  for (const user of of.users.values()) {
    const name = `person ${user.email}`;
    const roles = JSON.stringify([...user.roles].sort());
    rows.set(name, [...((rows.get(name) as string[] | undefined) ?? []), roles].sort());
  }
  for (const [name, { registered, roles }] of of.groups)
    if (registered || roles.size > 0)
      rows.set(`group ${name}`, JSON.stringify([registered, [...roles].sort()]));
  return rows;
}

function openWorld(of: World): World {
  return of.set({ protected: [] }).guards(world().settings.guards);
}

test('a rollback restores what Devin held but for what it names, and a second one does nothing', () => {
  fc.assert(
    fc.property(anyWorld, fc.constantFrom(0, 16 * MINUTE, 8 * DAY), (any, pause) => {
      const of = openWorld(any);
      // Some absences are proven only later, so that more kinds of removals are met.
      if (pause > 0) for (const step of [0, pause]) applied(of.later(step), run(of));
      const plan = run(of.later(pause));
      const before = have(of);
      const emails = new Map([...of.users.values()].map(({ id, email }) => [id, email ?? id]));
      const writes = write(of, plan);
      const undoing = takeBack(of, writes);
      const named = new Set(
        undoing.plan.notices.filter(({ kind }) => kind === 'not-undone').map(({ subject }) => subject),
      );
      const after = have(of);
      const barred = undoing.plan.changes.filter(({ verdict }) => verdict.state !== 'ready');
      for (const { subject } of barred) named.add(subject.label);
      // An account may have another address than the person it belongs to.
      for (const { subject } of writes)
        if (named.has(subject.label)) named.add(emails.get(subject.devinId ?? '') ?? subject.label);
      for (const name of new Set([...before.keys(), ...after.keys()])) {
        const label = name.replace(/^(person|group) /, '');
        if (!named.has(label)) expect([name, after.get(name)]).toEqual([name, before.get(name)]);
      }
      const again = rollback(of, writes).plan.changes.filter(({ subject }) => !named.has(subject.label));
      expect(lines({ changes: again })).toEqual([]);
    }),
    RUNS,
  );
});

test('the next run does not do again what a rollback took back', () => {
  fc.assert(
    fc.property(anyWorld, (any) => {
      const of = openWorld(any);
      const plan = run(of);
      const writes = write(of, plan);
      const { behind } = takeBack(of, writes);
      const slots = new Set([...behind.values()].flat().map(slotOf));
      for (const step of [0, 16 * MINUTE, DAY]) {
        const next = run(of.later(step));
        const ready = next.changes.filter(({ verdict }) => verdict.state === 'ready');
        expect(ready.map(slotOf).filter((slot) => slots.has(slot))).toEqual([]);
        applied(of, next);
      }
    }),
    RUNS,
  );
});

type Told = Partial<Omit<WrittenChange, 'org' | 'before' | 'after'>> & {
  readonly at?: string;
  readonly before?: string;
  readonly after?: string;
};

/** One entry of the journal about a person: places and roles by name. */
function entry(of: World, who: string, { at = '', before, after, ...rest }: Told): WrittenChange {
  const role = (name: string | undefined) => (name === undefined ? null : { id: roleId(of, name, at), name });
  return {
    item: `item-${who}-${at}`,
    kind: 'add-to-org',
    cause: 'rule',
    subject: { type: 'person', directoryId: `p-${who}`, devinId: `u-${who}`, label: `${who}@corp.example` },
    org: at === '' ? null : { id: `org-${at.toLowerCase()}`, name: at },
    before: role(before),
    after: role(after),
    ...rest,
  };
}

function roleId(of: World, name: string, at: string): string {
  return name === 'Lost' ? 'role-lost' : of.roleId(name, at);
}

function groupEntry(of: World, name: string, told: Told): WrittenChange {
  const subject = { type: 'group', directoryId: `g-${name}`, devinId: name, label: name } as const;
  return entry(of, name, { ...told, subject });
}

function outcome(of: World, ...writes: WrittenChange[]): string[] {
  const { plan } = rollback(of, writes);
  return [...lines(plan), ...plan.notices.map(({ message }) => message.replaceAll('@corp.example', ''))];
}

function staffed(): World {
  return world().staff('ada').group('eng', 'ada').org('Web', 'Pay').rule('eng', 'Member');
}

const ADA = {
  subject: { type: 'person', directoryId: 'p-ada', devinId: 'u-ada', label: 'ada@corp.example' },
} as const;

test('an invitation is taken back with the roles of the same run, and the plan says what that costs', () => {
  const of = staffed().user('ada', { '': 'Member', Web: 'Member' }).link('ada');
  const invite = entry(of, 'ada', { kind: 'invite', after: 'Member' });
  const added = entry(of, 'ada', { at: 'Web', after: 'Member' });
  expect(outcome(of, invite, added)).toEqual([
    'ready: remove-user ada Member > - (rollback)',
    'ada was invited by mail: that cannot be called back, and the sessions they began are lost',
  ]);
  expect(rollback(of, [invite, added]).plan.changes[0]?.loses).toEqual([
    { org: { id: 'org-web', name: 'Web' }, role: { id: 'org_member', name: 'Member' } },
  ]);
});

test('an invitation stays where other access was given since, and the rest of the run is taken back', () => {
  const of = staffed().user('ada', { '': 'Member', Web: 'Member', Pay: 'Member' }).link('ada');
  const invite = entry(of, 'ada', { kind: 'invite', after: 'Member' });
  expect(outcome(of, invite, entry(of, 'ada', { at: 'Web', after: 'Member' }))).toEqual([
    'ready: remove-from-org ada @Web Member > - (rollback)',
    'what run run-1 did for ada in the enterprise stays: they have been given other access since they were invited',
  ]);
});

test('roles go back to what they were before the first of several writes', () => {
  const of = staffed().user('ada', { '': 'Power user', Web: 'Admin', Pay: 'Member' }).link('ada');
  const writes = [
    entry(of, 'ada', { kind: 'set-enterprise-role', before: 'Member', after: 'Power user' }),
    entry(of, 'ada', { kind: 'change-org-role', at: 'Web', before: 'Member', after: 'Lead' }),
    entry(of, 'ada', { kind: 'change-org-role', at: 'Web', before: 'Lead', after: 'Admin' }),
    entry(of, 'ada', { kind: 'remove-from-org', at: 'Pay', before: 'Lead', cause: 'left-group' }),
  ];
  expect(outcome(of, ...writes)).toEqual([
    'ready: set-enterprise-role ada Power user > Member (rollback)',
    'held by admin-grant: change-org-role ada @Web Admin > Member (rollback)',
    'what run run-1 did for ada in Pay stays: their role in Pay has been changed since',
  ]);
});

const REMOVED = { kind: 'remove-user', before: 'Member', cause: 'vanished' } as const;

test('whoever was removed is invited again with everything that went with them', () => {
  const of = staffed();
  const loses = [
    { org: { id: 'org-web', name: 'Web' }, role: { id: 'org_member', name: 'Member' } },
    { org: { id: 'org-gone', name: 'Gone' }, role: { id: 'org_member', name: 'Member' } },
  ];
  expect(outcome(of, entry(of, 'ada', { ...REMOVED, loses }))).toEqual([
    'ready: invite ada - > Member (rollback)',
    'ready: add-to-org ada @Web - > Member (rollback)',
    'what run run-1 did for ada in Gone stays: their role in Gone does not exist any more',
    'ada is invited again: a new mail, and a new Devin user; the sessions and settings of u-ada do not come back',
  ]);
});

test('whoever is back already gets only what is missing', () => {
  const of = staffed().user('ada', { '': 'Member' }).user('bot', { '': 'Member' }, null);
  of.users.set('u-new', { ...of.account('ada'), id: 'u-new' });
  of.users.delete('u-ada');
  const loses = [{ org: { id: 'org-web', name: 'Web' }, role: { id: 'org_member', name: 'Member' } }];
  expect(outcome(of, entry(of, 'ada', { ...REMOVED, loses }))).toEqual([
    'ready: add-to-org ada @Web - > Member (rollback)',
  ]);
  const stranger = { ...ADA.subject, directoryId: null };
  expect(outcome(of, entry(of, 'ada', { ...REMOVED, loses, subject: stranger }))).toEqual([
    'ready: add-to-org ada @Web - > Member (rollback)',
  ]);
});

function deny(who: string, org: string | null): World['settings']['denies'][number] {
  return {
    email: `${who}@corp.example`,
    org,
    owner: 'eve@corp.example',
    ticket: null,
    reason: 'left, on leave',
    until: null,
  };
}

const KEPT: readonly [string, (of: World) => World, (of: World) => WrittenChange, string][] = [
  [
    'a deactivated person is not let in again',
    (of) => of.status('ada', 'deactivated'),
    (of) => entry(of, 'ada', REMOVED),
    'they are deactivated in the directory: reactivate them there, and the next run gives it back',
  ],
  [
    'a suspended person gets no role back',
    (of) => of.status('ada', 'suspended').user('ada', { '': 'No access' }),
    (of) =>
      entry(of, 'ada', {
        kind: 'set-enterprise-role',
        before: 'Member',
        after: 'No access',
        cause: 'suspended',
      }),
    'they are suspended in the directory: reactivate them there, and the next run gives it back',
  ],
  [
    'somebody who was removed as deactivated, and is not listed now, stays out',
    (of) => of.vanish('ada'),
    (of) => entry(of, 'ada', { ...REMOVED, cause: 'deactivated' }),
    'they were removed as deactivated, and the directory does not list them as active',
  ],
  [
    'a protected person is left alone',
    (of) => of.set({ protected: ['ada@*'] }),
    (of) => entry(of, 'ada', REMOVED),
    'they are protected',
  ],
  [
    'a protected user is left alone',
    (of) => of.set({ protected: ['ada@*'] }).user('ada', { '': 'Member', Web: 'Member' }),
    (of) => entry(of, 'ada', { at: 'Web', after: 'Member' }),
    'they are protected',
  ],
  [
    'a denied person gets nothing back',
    (of) => of.set({ denies: [deny('ada', null)] }),
    (of) => entry(of, 'ada', REMOVED),
    'ada@corp.example is denied anything by eve@corp.example: left, on leave',
  ],
  [
    'who is denied a place gets no role back there',
    (of) => of.set({ denies: [deny('ada', 'Web')] }).user('ada'),
    (of) => entry(of, 'ada', { kind: 'remove-from-org', at: 'Web', before: 'Member' }),
    'ada@corp.example is denied a role in Web by eve@corp.example: left, on leave',
  ],
  [
    'a denied address that the directory does not have gets nothing back',
    (of) => of.vanish('ada').set({ denies: [deny('ada', null)] }),
    (of) => entry(of, 'ada', REMOVED),
    'ada@corp.example is denied anything by eve@corp.example: left, on leave',
  ],
  [
    'who has no address cannot be invited',
    (of) => of,
    (of) => entry(of, 'ada', { ...REMOVED, subject: { ...ADA.subject, label: 'u-ada' } }),
    'there is no address to invite',
  ],
  [
    'who had no role in the enterprise cannot be invited as anything',
    (of) => of,
    (of) => entry(of, 'ada', { kind: 'remove-user', cause: 'vanished' }),
    'they had no role in the enterprise, so nobody can say as what to invite them',
  ],
  [
    'nobody is invited with a role that is gone',
    (of) => of,
    (of) => entry(of, 'ada', { ...REMOVED, before: 'Lost' }),
    'their role in the enterprise does not exist any more',
  ],
  [
    'a role that is gone cannot be given back',
    (of) => of.user('ada', { '': 'Member', Web: 'Member' }),
    (of) => entry(of, 'ada', { kind: 'change-org-role', at: 'Web', before: 'Lost', after: 'Member' }),
    'the role Lost does not exist any more',
  ],
  [
    'an organization that is gone cannot be entered again',
    (of) => of.user('ada'),
    (of) => ({
      ...entry(of, 'ada', { kind: 'remove-from-org', at: 'Web', before: 'Member' }),
      org: { id: 'org-gone', name: 'Gone' },
    }),
    'their role in Gone does not exist any more',
  ],
  [
    'a user who is gone gets no role back',
    (of) => of,
    (of) => entry(of, 'ada', { kind: 'remove-from-org', at: 'Web', before: 'Member' }),
    'Devin has no user u-ada any more',
  ],
  [
    'who is in only through a group gets no role of their own',
    (of) => of.devinGroup('eng', { '': 'Member' }).signedIn('ada', 'eng'),
    (of) => entry(of, 'ada', { kind: 'remove-from-org', at: 'Web', before: 'Member' }),
    'they are in Devin only through an IdP group now',
  ],
  [
    'an organization that was made stays',
    (of) => of,
    (of) =>
      entry(of, 'ada', {
        kind: 'create-org',
        subject: { type: 'org', directoryId: null, devinId: null, label: 'Web' },
      }),
    'an organization is never deleted by this program',
  ],
  [
    'a group that is registered no more gets no role back',
    (of) => of,
    (of) => groupEntry(of, 'eng', { kind: 'remove-group-from-org', at: 'Web', before: 'Member' }),
    'the group is not registered any more',
  ],
  [
    'a role of a group that somebody changed since stays',
    (of) => of.devinGroup('eng', { '': 'Member', Web: 'Lead' }),
    (of) => groupEntry(of, 'eng', { kind: 'add-group-to-org', at: 'Web', after: 'Member' }),
    'their role in Web has been changed since',
  ],
  [
    'a role of a group that does not exist any more is not given back',
    (of) => of.devinGroup('eng', { '': 'Member' }),
    (of) => groupEntry(of, 'eng', { kind: 'change-group-role', before: 'Lost', after: 'Member' }),
    'their role in the enterprise does not exist any more',
  ],
  [
    'a group keeps the enterprise role that its other roles need',
    (of) => of.devinGroup('eng', { '': 'Member', Web: 'Member' }),
    (of) => groupEntry(of, 'eng', { kind: 'give-group-role', after: 'Member' }),
    'the group has other roles since, which need its enterprise role',
  ],
  [
    'a group with other roles stays registered',
    (of) => of.devinGroup('eng', { '': 'Member' }),
    (of) => groupEntry(of, 'eng', { kind: 'register-group' }),
    'the group has other roles since, so it stays registered',
  ],
];

test.each(KEPT)('%s', (_, make, write, why) => {
  const of = make(staffed());
  const { plan } = rollback(of, [write(of)]);
  expect(lines(plan)).toEqual([]);
  expect(plan.notices).toEqual([
    expect.objectContaining({ kind: 'not-undone', message: expect.stringContaining(`stays: ${why}`) }),
  ]);
});

test('two accounts of one person cannot both be invited again', () => {
  const of = staffed();
  const twin = entry(of, 'ada', { ...REMOVED, subject: { ...ADA.subject, devinId: 'u-twin' } });
  expect(outcome(of, entry(of, 'ada', REMOVED), twin)).toEqual([
    'ready: invite ada - > Member (rollback)',
    expect.stringContaining('ada is invited again'),
    expect.stringContaining('had several Devin users, and only one can be invited'),
  ]);
});

test('what is gone or as it was before needs nothing', () => {
  const of = staffed().user('ada', { '': 'Member', Web: 'Member' }).devinGroup('eng', { '': 'Member' });
  const gone = entry(of, 'ada', {
    kind: 'invite',
    after: 'Member',
    subject: { ...ADA.subject, devinId: 'u-gone' },
  });
  const nameless = { ...gone, subject: { ...gone.subject, devinId: null } };
  const before = entry(of, 'ada', { kind: 'remove-from-org', at: 'Web', before: 'Member' });
  const group = groupEntry(of, 'eng', { kind: 'change-group-role', before: 'Member', after: 'Power user' });
  const other = groupEntry(of, 'ops', { kind: 'give-group-role', after: 'Member' });
  expect(outcome(of, gone, nameless, before, group, other)).toEqual([]);
});

test('a group is emptied and unregistered, and comes back with its roles', () => {
  const of = staffed().devinGroup('eng', { '': 'Member', Web: 'Member' });
  const made = [
    groupEntry(of, 'eng', { kind: 'register-group' }),
    groupEntry(of, 'eng', { kind: 'give-group-role', after: 'Member' }),
    groupEntry(of, 'eng', { kind: 'add-group-to-org', at: 'Web', after: 'Member' }),
  ];
  expect(outcome(of, ...made)).toEqual([
    'ready: take-group-role eng Member > - (rollback)',
    'ready: unregister-group eng (rollback)',
    'ready: remove-group-from-org eng @Web Member > - (rollback)',
  ]);
  const empty = staffed();
  const taken = [
    groupEntry(empty, 'ops', {
      kind: 'remove-group-from-org',
      at: 'Web',
      before: 'Member',
      cause: 'rule-changed',
    }),
    groupEntry(empty, 'ops', { kind: 'take-group-role', before: 'Member', cause: 'rule-changed' }),
    groupEntry(empty, 'ops', { kind: 'unregister-group', cause: 'rule-changed' }),
  ];
  expect(outcome(empty, ...taken)).toEqual([
    'ready: register-group ops (rollback)',
    'ready: give-group-role ops - > Member (rollback)',
    'ready: add-group-to-org ops @Web - > Member (rollback)',
  ]);
  const raised = staffed().devinGroup('eng', { '': 'Power user', Web: 'Lead' });
  const changed = [
    groupEntry(raised, 'eng', { kind: 'change-group-role', before: 'Member', after: 'Power user' }),
    groupEntry(raised, 'eng', { kind: 'change-group-org-role', at: 'Web', before: 'Member', after: 'Lead' }),
  ];
  expect(outcome(raised, ...changed)).toEqual([
    'ready: change-group-role eng Power user > Member (rollback)',
    'ready: change-group-org-role eng @Web Lead > Member (rollback)',
  ]);
});

test('what belonged to somebody else before it was taken belongs to them again', () => {
  const of = staffed().user('ada', { '': 'Member' }).link('ada', ['']);
  const taken = entry(of, 'ada', { kind: 'remove-from-org', at: 'Web', before: 'Member', cause: 'foreign' });
  takeBack(of, [taken]);
  expect(of.account('ada').roles.get('org-web')).toBe('org_member');
  expect(of.memory.people.map(({ places }) => Object.keys(places))).toEqual([['']]);
});

test('an approval lets go again what a rollback holds, and older approvals do not', () => {
  const of = staffed();
  const plan = run(of);
  const writes = write(of, plan);
  of.approve(...plan.changes.map(({ key }) => key));
  takeBack(of, writes);
  expect(lines(run(of))).toEqual(['held by rolled-back: invite ada - > Member']);
  of.approve(...plan.changes.map(({ key }) => key));
  expect(lines(run(of))).toEqual(['ready: invite ada - > Member']);
});

test('what is rejected and taken back is held by both words', () => {
  const of = staffed();
  const plan = run(of);
  takeBack(of, write(of, plan));
  const rejected = plan.changes.map(({ key: item }) => ({ item, by: 'eve', at: of.now, why: 'no' }));
  of.memory = { ...of.memory, rejections: [...of.memory.rejections, ...rejected] };
  expect(lines(run(of))).toEqual(['held by rejected+rolled-back: invite ada - > Member']);
});

test('an invitation brings back no role that is denied, and none that was given after the first', () => {
  const of = staffed().set({ denies: [deny('ada', 'Web')] });
  const loses = [
    { org: { id: 'org-web', name: 'Web' }, role: { id: 'org_member', name: 'Member' } },
    { org: { id: null, name: 'Unmade' }, role: { id: 'org_member', name: 'Member' } },
  ];
  const added = entry(of, 'ada', { at: 'Pay', after: 'Member' });
  expect(outcome(of, added, entry(of, 'ada', { ...REMOVED, loses })).slice(0, 3)).toEqual([
    'ready: invite ada - > Member (rollback)',
    expect.stringContaining('ada is denied a role in Web'),
    expect.stringContaining('in Unmade stays'),
  ]);
});

test('a rollback leaves what people said about other items', () => {
  const of = staffed();
  const said = { item: 'another', by: 'eve', at: of.now, why: 'seen' };
  const writes = write(of, run(of));
  of.memory = { ...of.memory, approvals: [said], halfApprovals: [said], rejections: [said] };
  takeBack(of, writes);
  const { approvals, halfApprovals, rejections } = of.memory;
  expect([approvals, halfApprovals, rejections.slice(0, 1)]).toEqual([[said], [said], [said]]);
  expect(rejections).toHaveLength(2);
  const { key, ...change } = run(of).changes[0] as Change;
  const unmade = redoKey({ ...change, org: { id: null, name: 'Lab' } });
  expect(rejections.map(({ item }) => item)).toContain(redoKey({ key, ...change } as Change));
  expect(rejections.map(({ item }) => item)).not.toContain(unmade);
});
