import { expect, test } from 'vitest';
import type { Explanation } from '../../src/core/model/explanation.ts';
import { explanationDocument } from '../../src/report/explain.ts';
import { type ExplanationFormat, renderExplanation } from '../../src/report/render.ts';
import { ana, FORMATS } from './sample-plans.ts';

function render(explanation: Explanation, format: ExplanationFormat): string {
  return [...renderExplanation(explanation, format, { width: 160 })].join('');
}

const NOBODY: Explanation = {
  ...ana(),
  person: null,
  users: [],
  groups: [],
  rules: [],
  places: [],
  changes: [],
  residual: [],
  notices: [],
};

test.each(FORMATS)('%s: the rule that won is told with its line, and those that lost with why', (format) => {
  const text = render(ana(), format).replaceAll('&quot;', '"').replaceAll('\\"', '"').replaceAll('&gt;', '>');
  expect(text).toMatch(/payments-admins[\s\S]*15/);
  expect(text).toContain(
    'member of devin-payments > Payments engineering; rule "payments-admins" wins there',
  );
  expect(text).toContain('no group of the directory matches this rule');
});

test('what a grant gives is said in its words', () => {
  const wanted = { role: 'Lead', rule: 'granted by Lin: on call', granted: true } as const;
  const one = { ...ana(), places: [{ org: null, wanted, held: [] }] };
  expect([...renderExplanation(one, 'markdown', { colour: false, width: 100 })].join('')).toContain(
    'granted by Lin: on call',
  );
  expect(
    JSON.parse([...renderExplanation(one, 'json', { colour: false, width: 100 })].join('')),
  ).toMatchObject({
    places: [{ wanted }],
  });
});

test('wanted and held access stand side by side in each place', () => {
  const places = explanationDocument(ana()).sections.find(({ id }) => id === 'places');
  const lines = places?.blocks.flatMap((block) => (block.type === 'items' ? [...block.lines()] : []));
  expect(lines?.map(({ subject, action }) => [subject, action])).toEqual([
    ['The enterprise', 'Wants Member, holds it'],
    ['Payments', 'Wants Admin, holds Member'],
    ['Risk', 'Holds Member'],
  ]);
  expect(lines?.[2]?.reason).toBe('no rule gives a role here; Member held through group devin-risk');
});

test('pending changes come first, with what keeps them back', () => {
  const text = render(ana(), 'terminal');
  expect(text).toContain('Changes. 1 change for ana.ruiz@corp.example: 1 held.');
  expect(text.indexOf('Pending changes')).toBeLessThan(text.indexOf('Rules that were tried'));
  expect(text).toContain('Held by admin role');
});

test('the nesting path of a group is shown, and a direct membership is called one', () => {
  const text = render(ana(), 'terminal');
  expect(text).toContain('member through devin-payments > Payments engineering');
  expect(text).toMatch(/devin-users\s+direct member/);
});

test.each([
  ['an address that nobody has', NOBODY, 'Unknown. Neither the directory nor Devin has anybody'],
  ['nothing pending', { ...ana(), changes: [], residual: [] }, 'No change. The access of ana.ruiz'],
  ['access that stays', { ...ana(), changes: [] }, 'Access stays. ana.ruiz@corp.example keeps access'],
] as const)('%s gives a verdict of its own', (_situation, explanation, verdict) => {
  expect(render(explanation, 'terminal')).toContain(verdict);
  expect(JSON.parse(render(explanation, 'json')).verdict).toContain(verdict);
});

test.each(FORMATS)('%s: nothing is ever missing from an explanation', (format) => {
  for (const explanation of [ana(), NOBODY]) {
    expect(render(explanation, format)).not.toMatch(/undefined|\[object|NaN/);
  }
});

test('the JSON has the whole explanation', () => {
  const { version, verdict, createdAt, writes, ...rest } = JSON.parse(render(ana(), 'json'));
  const times = writes.map((write: { at: string }) => ({ ...write, at: Date.parse(write.at) }));
  expect({ ...rest, createdAt: Date.parse(createdAt), writes: times }).toEqual(ana());
  expect(version).toBe(1);
});
