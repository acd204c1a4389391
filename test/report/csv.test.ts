import { expect, test } from 'vitest';
import { renderPlan } from '../../src/report/render.ts';
import { change, large, plan } from './sample-plans.ts';

test('a plan as CSV has one row a change, and nothing in it is a formula or breaks a row', () => {
  const names = ['=HYPERLINK("https://evil.example")', '+1', '-1', '@SUM(A1)', '\t=1', 'a,"b"\r\nc'];
  const changes = names.map((name) => change('invite', name));
  const text = [...renderPlan(plan({ changes }), 'csv')].join('');
  const rows = text.split('\r\n').slice(0, -1);
  expect(rows).toHaveLength(1 + names.length);
  expect(rows[0]).toMatch(/^subject,type,action,/);
  for (const row of rows.slice(1)) expect(row).not.toMatch(/^"?[=+\-@\t\r]/);
  expect(rows.at(-1)).toMatch(/^"a,""b"" {1,2}c",/);
  expect([...renderPlan(large(1200), 'csv')].join('').split('\r\n')).toHaveLength(1202);
});
