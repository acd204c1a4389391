import { expect, test } from 'vitest';
import type { Cause, ChangeKind, NoticeKind, Plan, Verdict } from '../../src/core/model/change.ts';
import { CHANGE_KINDS } from '../../src/core/model/change.ts';
import { isScimKind } from '../../src/core/model/scim.ts';
import type { Document, Line, Section, Table } from '../../src/report/document.ts';
import { planDocument } from '../../src/report/plan-document.ts';
import { shelve } from '../../src/report/shelves.ts';
import { CAUSES, NOTICES } from '../../src/report/words.ts';
import {
  change,
  describeRequest,
  everythingHeld,
  large,
  MEMBER,
  mixed,
  NOW,
  nothingToDo,
  operation,
  PAYMENTS,
  plan,
} from './sample-plans.ts';

function sectionOf(document: Document, id: string): Section {
  const found = document.sections.find((section) => section.id === id);
  if (found === undefined) throw new Error(`no section ${id}`);
  return found;
}

function linesOf(section: Section): Line[] {
  return section.blocks.flatMap((block) => (block.type === 'items' ? [...block.lines()] : []));
}

function tablesOf(section: Section): Table[] {
  return section.blocks.filter((block) => block.type === 'table');
}

function sentence(some: Partial<Plan>): string {
  const { verdict } = planDocument(plan(some));
  return `${verdict.word}. ${verdict.sentence}`;
}

const held: Verdict = { state: 'held', by: ['grants'] };
const barred: Verdict = { state: 'barred', why: 'policy of users is "observe"' };
const waiting: Verdict = { state: 'waiting', until: null, why: 'a second reading must agree' };

test('a plan with a bit of everything stands in the order in which a reviewer signs it', () => {
  const document = planDocument(mixed(), { requests: describeRequest });
  expect(document.sections.map(({ id }) => id)).toEqual([
    'summary',
    'reads',
    'reconciliation',
    'deactivated',
    'residual',
    'privileged',
    'held',
    'removals',
    'mass',
    'role-changes',
    'grants',
    'waiting',
    'barred',
    'notices',
    'cost',
    'next',
    'requests',
  ]);
});

test('requests are shown only to a caller who passes them', () => {
  expect(planDocument(mixed()).sections.some(({ id }) => id === 'requests')).toBe(false);
});

test('every change stands on one shelf, and the summary adds up to all of them', () => {
  const some = mixed();
  const shelved = Object.values(shelve(some.changes)).flat();
  expect(shelved.toSorted((a, b) => (a.key < b.key ? -1 : 1))).toEqual(
    some.changes.toSorted((a, b) => (a.key < b.key ? -1 : 1)),
  );
  const [table] = tablesOf(sectionOf(planDocument(some), 'summary'));
  const columns = [1, 2, 3, 4, 5].map((column) =>
    table?.rows.reduce((sum, row) => sum + Number(row[column]), 0),
  );
  expect(columns).toEqual(table?.total?.slice(1));
  expect(table?.total?.at(-1)).toBe(some.changes.length);
});

test('the reconciliation adds up to every person and every Devin user', () => {
  const some = mixed();
  for (const table of tablesOf(sectionOf(planDocument(some), 'reconciliation'))) {
    const sum = table.rows.reduce((total, row) => total + Number(row[1]), 0);
    expect(table.total?.[1]).toBe(sum);
    expect(sum).toBeGreaterThan(0);
  }
});

test('every table row has a cell for every column', () => {
  for (const section of planDocument(mixed()).sections) {
    for (const { rows, total, columns } of tablesOf(section)) {
      for (const row of [...rows, ...(total === null ? [] : [total])])
        expect(row).toHaveLength(columns.length);
    }
  }
});

test('a deactivated admin stands first, not among the admin roles, and says whether it is ready', () => {
  const document = planDocument(mixed());
  const [first, second] = linesOf(sectionOf(document, 'deactivated'));
  expect(first).toMatchObject({ subject: 'ana.ruiz@corp.example', status: 'Ready', privileged: false });
  expect(second).toMatchObject({ subject: 'bo.lind@corp.example', privileged: true });
  expect(linesOf(sectionOf(document, 'privileged')).map(({ subject }) => subject)).toEqual([
    'chen.wu@corp.example',
  ]);
});

test('held changes stand under what holds them with its figures, removals before grants', () => {
  const section = sectionOf(planDocument(everythingHeld()), 'held');
  const [guard, ...changes] = linesOf(section);
  expect(guard).toMatchObject({ subject: 'First plan', action: 'Holds 16 changes' });
  expect(guard?.reason).toContain('waits for approval');
  const effects = changes.map(({ effect }) => effect);
  expect(effects).toEqual(effects.toSorted((a, b) => rank(a) - rank(b)));
  expect(section.count).toBe(16);
  expect(section.note).toBe('3 held changes are listed above.');
});

function rank(effect: Line['effect']): number {
  return ['revoke', 'change', 'grant'].indexOf(effect ?? '');
}

test('only a held change shows the item key that an approval names', () => {
  const lines = planDocument(mixed()).sections.flatMap(linesOf);
  const keys = lines.flatMap(({ key }) => (key === null ? [] : [key]));
  const expected = mixed().changes.flatMap(({ key, verdict }) => (verdict.state === 'held' ? [key] : []));
  expect(keys.toSorted()).toEqual(expected.toSorted());
});

test('a removal without words of its own is explained by the proof of its cause', () => {
  for (const cause of Object.keys(CAUSES) as Cause[]) {
    const only = change('remove-from-org', 'a@corp.example', { org: PAYMENTS, cause, reason: ' ' });
    const lines = planDocument(plan({ changes: [only] })).sections.flatMap(linesOf);
    expect(lines).toHaveLength(1);
    expect(lines[0]?.reason.length).toBeGreaterThan(20);
  }
});

test('every kind of change says what happens to whom, where and to which role', () => {
  for (const kind of Object.keys(CHANGE_KINDS) as ChangeKind[]) {
    const some = change(kind, 'subject', {
      org: PAYMENTS,
      before: MEMBER,
      after: { id: 'r', name: 'Owner' },
      ...(isScimKind(kind) ? { scim: { url: 'https://scim.example', user: 'u', group: 'g' } } : {}),
    });
    const [line] = planDocument(plan({ changes: [some] })).sections.flatMap(linesOf);
    expect(line?.action).toMatch(/^[A-Z]/);
    if (kind.includes('org') && !/^(create|update)-org$/.test(kind))
      expect(line?.action).toContain('Payments');
    if (CHANGE_KINDS[kind].effect === 'change') expect(line?.action).toContain('Member → Owner');
  }
});

test('a change to a group says how many people it reaches', () => {
  const group = (people: number) => change('add-group-to-org', 'g', { org: PAYMENTS, after: MEMBER, people });
  const actions = [1, 42].map(
    (people) => planDocument(plan({ changes: [group(people)] })).sections.flatMap(linesOf)[0]?.action,
  );
  expect(actions).toEqual([
    'Add the group to Payments as Member (1 person)',
    'Add the group to Payments as Member (42 people)',
  ]);
});

test('a waiting change says until when and for what', () => {
  const until: Verdict = { state: 'waiting', until: NOW + 900_000, why: 'a second reading must agree' };
  const some = plan({ changes: [change('remove-user', 'a@corp.example', { verdict: until })] });
  const [line] = linesOf(sectionOf(planDocument(some), 'waiting'));
  expect(line?.status).toBe('Waits until 2026-11-22 14:20 UTC: a second reading must agree');
});

test('places with ten people or more are named, the largest losses first; smaller ones are not', () => {
  const [table] = tablesOf(sectionOf(planDocument(large(5_000)), 'mass'));
  expect(table?.rows.slice(0, 1)).toEqual([['Team 00', 125, 0, 0]]);
  expect(table?.rows).toHaveLength(40);
  expect(planDocument(large(80)).sections.some(({ id }) => id === 'mass')).toBe(false);
});

test('notices of every kind are listed with their words', () => {
  const notices = (Object.keys(NOTICES) as NoticeKind[]).map((kind) => ({
    kind,
    subject: 'a@corp.example',
    message: `words of ${kind}`,
  }));
  const lines = ['notices', 'watch'].flatMap((id) => linesOf(sectionOf(planDocument(plan({ notices })), id)));
  expect(lines.map(({ reason }) => reason).sort()).toEqual(notices.map(({ message }) => message).sort());
});

test('one and many are told apart in the verdict', () => {
  const one = change('invite', 'a@corp.example');
  const two = change('invite', 'b@corp.example');
  expect(sentence({ changes: [one] })).toBe('Safe. 1 change may be applied, nothing is held.');
  expect(sentence({ changes: [one, two] })).toBe('Safe. 2 changes may be applied, nothing is held.');
  expect(sentence({ changes: [{ ...one, verdict: held }] })).toBe(
    'Held. 1 of 1 change waits for approval; none may be applied now.',
  );
  expect(sentence({ changes: [{ ...one, verdict: held }, two] })).toBe(
    'Held. 1 of 2 changes waits for approval; 1 may be applied now.',
  );
});

test('a plan of which nothing may be written says why, and does not call itself safe', () => {
  const one = change('invite', 'a@corp.example', { verdict: barred });
  const two = change('remove-user', 'b@corp.example', { verdict: waiting });
  expect(sentence({ changes: [one, two] })).toBe(
    'Cannot act. None of the 2 changes may be written now; 1 needs time or another reading and 1 is not allowed by the policy.',
  );
});

test('under a policy that allows nothing the report shows what would be done, on its own shelves', () => {
  const invite = change('invite', 'a@corp.example', { verdict: barred });
  const removal = change('remove-from-org', 'b@corp.example', {
    cause: 'left-group',
    verdict: barred,
    org: PAYMENTS,
  });
  const document = planDocument(plan({ changes: [invite, removal] }));
  expect(sentence({ changes: [invite, removal] })).toBe(
    'Look only. 2 changes are needed; the policy allows none of them, so nothing will be written.',
  );
  expect(linesOf(sectionOf(document, 'grants')).map(({ subject }) => subject)).toEqual(['a@corp.example']);
  expect(linesOf(sectionOf(document, 'removals')).map(({ subject }) => subject)).toEqual(['b@corp.example']);
  expect(document.sections.map(({ id }) => id)).not.toContain('barred');
  const [raise] = sectionOf(document, 'next').blocks.flatMap((block) =>
    block.type === 'commands' ? block.steps : [],
  );
  expect(raise?.purpose).toContain('raise "policy"');
});

test('nothing to do is one calm sentence, also for one person', () => {
  expect(planDocument(nothingToDo()).verdict).toMatchObject({
    word: 'Nothing to do',
    sentence: '120 people and 115 Devin users agree.',
    tone: 'calm',
  });
  const { people, users } = plan().buckets;
  const buckets = { people: { ...people, 'in-sync': 1 }, users: { ...users, 'in-sync': 1 } };
  expect(sentence({ buckets })).toBe('Nothing to do. 1 person and 1 Devin user agree.');
});

test('nothing to write does not mean that all is well: access that stays is counted', () => {
  const { residual } = mixed();
  const document = planDocument(plan({ residual }));
  expect(document.verdict).toMatchObject({ tone: 'caution', word: 'Nothing to do' });
  expect(document.verdict.sentence).toContain('1 person keeps access through groups');
  expect(linesOf(sectionOf(document, 'residual'))[0]?.reason).toContain('unassign the Devin app');
});

test('the next steps apply exactly this plan, and offer approval only for what an approval can lift', () => {
  const steps = (some: Plan) =>
    planDocument(some).sections.flatMap(({ blocks }) =>
      blocks.flatMap((block) => (block.type === 'commands' ? block.steps.map(({ command }) => command) : [])),
    );
  const ready = plan({ changes: [change('invite', 'a@corp.example')] });
  expect(steps(ready)).toEqual([
    `devin-idp-sync apply ${ready.id.slice(0, 12)}`,
    'devin-idp-sync explain a@corp.example',
  ]);
  const waits = plan({ changes: [change('invite', 'a@corp.example', { verdict: held })] });
  expect(steps(waits)[0]).toBe(`devin-idp-sync apply ${waits.id.slice(0, 12)} --approve-held`);
  const first = plan({
    changes: [change('invite', 'a@corp.example', { verdict: { state: 'held', by: ['first-plan'] } })],
  });
  expect(steps(first)[0]).toBe(`devin-idp-sync apply ${first.id.slice(0, 12)}`);
  const firm: Verdict = { state: 'held', by: ['collision'] };
  const collides = plan({ changes: [change('invite', 'a@corp.example', { verdict: firm })] });
  expect(steps(collides)).toEqual(['devin-idp-sync explain a@corp.example']);
});

test('an address that a shell could run is never put into a command', () => {
  const commands = planDocument(plan({ changes: [change('invite', 'a$(reboot)@corp.example')] }))
    .sections.flatMap(({ blocks }) => blocks)
    .flatMap((block) => (block.type === 'commands' ? block.steps.map(({ command }) => command) : []));
  expect(commands).toContain('devin-idp-sync explain EMAIL');
  expect(commands.join()).not.toContain('reboot');
});

test('the cost names writes, checks and time, and leaves an unknown time out', () => {
  const cost = (budget: Plan['budget']) => {
    const some = plan({ changes: [change('invite', 'a@corp.example')], operations: [operation()], budget });
    return sectionOf(planDocument(some), 'cost').note;
  };
  expect(cost({ writes: 1, proofs: 1, perSecond: 4, etaSeconds: 0.4 })).toBe(
    '1 API write and 1 check by id, under 1 s at the configured rate.',
  );
  expect(cost({ writes: 2, proofs: 0, perSecond: 4, etaSeconds: 10_080 })).toBe(
    '2 API writes, about 2 h 48 min at the configured rate.',
  );
  expect(cost({ writes: 2, proofs: 3, perSecond: 4, etaSeconds: null })).toBe(
    '2 API writes and 3 checks by id.',
  );
});
