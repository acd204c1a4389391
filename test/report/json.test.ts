import { expect, test } from 'vitest';
import type { Change, Plan } from '../../src/core/model/change.ts';
import { renderPlan } from '../../src/report/render.ts';
import { describeRequest, everythingHeld, large, mixed, nothingToDo } from './sample-plans.ts';

function json(plan: Plan): string {
  return [...renderPlan(plan, 'json')].join('');
}

/** The plan as a program that reads the report would rebuild it. */
function rebuilt(text: string): unknown {
  const { version, verdict, counts, createdAt, changes, ...rest } = JSON.parse(text);
  const back = changes.map((change: { verdict: { until?: string | null } }) => ({
    ...change,
    verdict: {
      ...change.verdict,
      ...(typeof change.verdict.until === 'string' ? { until: Date.parse(change.verdict.until) } : {}),
    },
  }));
  return { ...rest, changes: back, createdAt: Date.parse(createdAt) };
}

/** The same value with the keys of every object the other way round. */
function reversed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(reversed);
  if (value === null || typeof value !== 'object') return value;
  const entries = Object.entries(value).toReversed();
  return Object.fromEntries(entries.map(([key, inner]) => [key, reversed(inner)]));
}

test('the JSON of a plan has everything that the plan has', () => {
  const [first, ...others] = mixed().changes;
  const left = { ...(first as Change), left: [{ id: 'g1', name: 'devin-users' }] };
  const sized = { ...mixed(), size: { people: 3, groups: 2, edges: 4 }, changes: [left, ...others] };
  for (const plan of [mixed(), everythingHeld(), nothingToDo(), large(50), sized]) {
    expect(rebuilt(json(plan))).toEqual(plan);
  }
});

test('it is canonical: the order of keys in memory does not show', () => {
  for (const plan of [mixed(), everythingHeld()]) expect(json(reversed(plan) as Plan)).toBe(json(plan));
});

test('it starts with its version and a verdict for programs, and a change takes one line', () => {
  const text = json(mixed());
  expect(text.split('\n').slice(0, 3).join('')).toMatch(/^\{"version":1,"verdict":\{"state":"held",/);
  const lines = text.split('\n').filter((line) => line.startsWith('{"key":') && line.includes('"cause":'));
  expect(lines).toHaveLength(mixed().changes.length);
});

test.each([
  ['nothing', nothingToDo()],
  ['safe', large(8)],
  ['held', everythingHeld()],
] as const)('its verdict is %s', (state, plan) => {
  expect(JSON.parse(json(plan)).verdict.state).toBe(state);
});

test('each operation carries its request only where requests are passed', () => {
  const plan = mixed();
  expect(JSON.parse(json(plan)).operations[0]).not.toHaveProperty('request');
  const { operations } = JSON.parse([...renderPlan(plan, 'json', { requests: describeRequest })].join(''));
  expect(operations).toHaveLength(4);
  expect(operations[0].request).toEqual({
    method: 'DELETE',
    path: '/v3/enterprise/members/users/user-ana',
    body: null,
  });
});

test('a large plan leaves one change at a time', () => {
  let largest = 0;
  for (const chunk of renderPlan(large(2_000), 'json')) largest = Math.max(largest, chunk.length);
  expect(largest).toBeLessThan(2_000);
});
