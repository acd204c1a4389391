import { expect, test } from 'vitest';
import { comparePlans } from '../../src/core/compare-plans.ts';
import { lines, world } from '../helpers/world.ts';

test('two plans differ by what only one of them has, and by what they judge differently', () => {
  const of = () => world().staff('ada', 'bob').group('eng', 'ada').group('ops', 'bob');
  const current = of().rule('eng', 'Member').rule('ops', 'Member').decide().plan;
  const proposed = of().rule('eng', 'Member').policy({ users: 'observe' }).decide().plan;
  const { added, dropped, judged } = comparePlans(current, proposed);
  expect(lines({ changes: added })).toEqual([]);
  expect(lines({ changes: dropped })).toEqual(['ready: invite bob - > Member']);
  expect(lines({ changes: judged })).toEqual(['barred: invite ada - > Member']);
});
