import { stripVTControlCharacters } from 'node:util';
import { expect, test } from 'vitest';
import type { Plan } from '../../src/core/model/change.ts';
import { renderPlan } from '../../src/report/render.ts';
import { clean } from '../../src/report/text.ts';
import { displayWidth } from '../../src/report/width.ts';
import {
  change,
  everything,
  everythingHeld,
  FORMATS,
  large,
  MEMBER,
  mixed,
  nothingToDo,
  plan,
} from './sample-plans.ts';

/** Text as a reader sees it: markup, escapes and line breaks undone. */
function seen(text: string): string {
  return text
    .replace(/<br>/g, ' ')
    .replace(/<[^>]*>/g, ' ')
    .replace(/&#8203;|\\(?=[`*_[\]|~$"])/g, '')
    .replace(/&quot;/g, '"')
    .replace(/&#39;/g, "'")
    .replace(/&lt;/g, '<')
    .replace(/&gt;/g, '>')
    .replace(/&amp;/g, '&')
    .replace(/\s+/g, ' ');
}

test.each(FORMATS)('%s: every change of the plan is there with its reason', (format) => {
  for (const some of [mixed(), everythingHeld(), large(200)]) {
    const text = seen(everything(some, format));
    for (const { subject, reason } of some.changes) {
      expect(text).toContain(subject.label);
      expect(text).toContain(reason);
    }
  }
});

test.each(FORMATS)('%s: residual, notices, guards and the verdict are there with their words', (format) => {
  const some = mixed();
  const text = seen(everything(some, format));
  for (const { lever } of some.residual) expect(text).toContain(lever);
  for (const { message } of some.notices) expect(text).toContain(message);
  for (const { message } of some.violations) expect(text).toContain(message);
  expect(text).toContain('3 of 16 changes wait for approval');
  expect(text).toContain(some.id.slice(0, 12));
});

test.each(FORMATS)('%s: no value is ever missing, whatever the plan lacks', (format) => {
  const bare = change('remove-from-org', 'a@corp.example');
  const poor = plan({ changes: [bare], reads: { directory: [], devin: [] } });
  for (const some of [mixed(), nothingToDo(), everythingHeld(), plan(), poor]) {
    expect(everything(some, format)).not.toMatch(/undefined|\[object|NaN|Infinity/);
  }
});

test.each(FORMATS)('%s: nothing to do says so with the numbers', (format) => {
  expect(seen(everything(nothingToDo(), format))).toContain(
    format === 'markdown'
      ? 'Nothing to do 120 people and 115 Devin users agree.'
      : 'Nothing to do. 120 people and 115 Devin users agree.',
  );
});

test('nothing to do is short in a terminal and in Markdown', () => {
  for (const format of ['terminal', 'markdown'] as const) {
    expect(everything(nothingToDo(), format).split('\n').length).toBeLessThan(20);
  }
});

test.each(['terminal', 'markdown'] as const)(
  '%s: a long section shows its first lines and how many more',
  (format) => {
    const text = seen([...renderPlan(large(5_000), format)].join(''));
    expect(text).toContain('person.000000@corp.example');
    expect(text).not.toContain('person.004000@corp.example');
    expect(text).toContain('… and 1,230 more; the html and json formats list all.');
    expect(text).toContain(
      '… and 3,730 more in Team 01 (105), Team 02 (125), Team 03 (125), Team 05 (125) and 26 other groups',
    );
  },
);

test('the limit of lines is the caller’s to set', () => {
  const lines = [...renderPlan(large(400), 'terminal', { limit: 3 })].join('').match(/person\.\d+@/g) ?? [];
  // Three removals, three grants, and the one of the command that explains a person.
  expect(lines).toHaveLength(7);
});

test('html lists every line of a large plan, in one part an organization', () => {
  const text = everything(large(5_000), 'html');
  expect(text.match(/<li class="(grant|revoke)">/g)).toHaveLength(5_000);
  // Grants of 30 organizations, one cause of removals, and the end of the table of effects.
  expect(text.match(/<details><summary><h3>/g)).toHaveLength(32);
});

test('html: which guard holds is seen at once, however many changes it holds', () => {
  const held = large(100).changes.map((one) => ({
    ...one,
    verdict: { state: 'held', by: ['orgRoles'] } as const,
  }));
  const guard = { guard: 'orgRoles', place: null, count: 25, base: 90, limit: '10 %', items: [] };
  const text = everything(
    { ...large(100), changes: held, violations: [{ ...guard, message: 'too many' }] },
    'html',
  );
  expect(text).toContain('<details open><summary><h3><bdi>What holds</bdi>');
  expect(text).toContain('<details><summary><h3><bdi>Held by number of organization roles taken</bdi>');
});

test('a deactivation is not said twice in one line', () => {
  const reason = 'deactivated in the directory, confirmed by id';
  const one = change('remove-user', 'ana@corp.example', { before: MEMBER, cause: 'deactivated', reason });
  const text = seen(everything(plan({ changes: [one] }), 'terminal')).replace(/\s+/g, ' ');
  expect(text).toContain('(was Member) Deactivated in the directory, confirmed by id');
});

test('a plan of 50,000 changes leaves in many chunks, none of them large', () => {
  let size = 0;
  let largest = 0;
  for (const chunk of renderPlan(large(50_000), 'html')) {
    size += chunk.length;
    largest = Math.max(largest, chunk.length);
  }
  expect(size).toBeGreaterThan(5_000_000);
  expect(largest).toBeLessThan(100_000);
});

test('Markdown of a plan with long names still fits into one comment, and loses no section', () => {
  const long = 'very-long-name-'.repeat(60);
  const changes = large(4_000).changes.map((one) => ({ ...one, reason: `${one.reason} ${long}` }));
  const notices = changes.slice(0, 300).map(({ subject }) => ({
    kind: 'foreign' as const,
    subject: subject.label,
    message: long,
  }));
  const some = plan({ changes, notices });
  const text = [...renderPlan(some, 'markdown', { limit: 50 })].join('');
  expect(text.length).toBeLessThan(65_536);
  expect(text).toContain('Left out to keep this comment short');
  for (const title of [
    'Removals by cause (1,000)',
    'Grants (3,000)',
    'Not touched (300)',
    'What to do next',
  ]) {
    expect(text).toContain(title);
  }
});

test.each([60, 80, 120])('terminal: no line but a command or a request is wider than %i columns', (width) => {
  for (const some of [mixed(), everythingHeld(), large(200), nothingToDo()]) {
    for (const line of [...renderPlan(some, 'terminal', { width })].join('').split('\n')) {
      if (!line.startsWith('    devin-idp-sync ')) expect(displayWidth(line)).toBeLessThanOrEqual(width);
    }
  }
});

test('terminal: wide characters and emoji keep the columns aligned', () => {
  const changes = ['東京太郎@corp.example', 'ana@corp.example', '🚀@corp.example'].map((label) =>
    change('invite', label, { reason: 'rule "all"' }),
  );
  const text = [...renderPlan(plan({ changes }), 'terminal', { width: 100 })].join('');
  const rows = text.split('\n').filter((line) => line.includes('Invite to'));
  const columns = rows.map((row) => displayWidth(row.slice(0, row.indexOf('Invite'))));
  expect(columns).toHaveLength(3);
  expect(new Set(columns).size).toBe(1);
});

test('terminal: numbers stand under each other, right-aligned with thousands apart', () => {
  const rows = [...renderPlan(large(5_000), 'terminal')].join('').split('\n');
  const head = rows.findIndex((row) => row.includes('Ready'));
  const ends = rows.slice(head, head + 5).map((row) => row.length);
  expect(new Set(ends).size).toBe(1);
  expect(rows[head + 1]).toContain('1,250');
});

test('terminal: colour only when asked for, and never a different word', () => {
  const plain = [...renderPlan(mixed(), 'terminal')].join('');
  const colour = [...renderPlan(mixed(), 'terminal', { colour: true })].join('');
  expect(clean(plain.replaceAll('\n', ''))).toBe(plain.replaceAll('\n', ''));
  expect(colour).not.toBe(plain);
  expect(stripVTControlCharacters(colour)).toBe(plain);
});

test('the same plan gives the same text, twice and from a copy', () => {
  const some = mixed();
  const copy = JSON.parse(JSON.stringify(some)) as Plan;
  for (const format of FORMATS) expect(everything(copy, format)).toBe(everything(some, format));
});
