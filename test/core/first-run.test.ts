import { expect, test } from 'vitest';
import { applied } from '../helpers/applied.ts';
import { lines, run, world } from '../helpers/world.ts';

function company() {
  return world()
    .staff('ada', 'bob', 'cleo')
    .group('eng', 'ada', 'bob')
    .group('all', 'ada', 'bob', 'cleo')
    .org('Payments')
    .rule('eng', 'Member', { org: 'Payments' })
    .rule('all', 'Member');
}

test('a first run invites whom rules reach and gives their org roles', () => {
  expect(lines(run(company()))).toEqual([
    'ready: invite ada - > Member',
    'ready: add-to-org ada @Payments - > Member',
    'ready: invite bob - > Member',
    'ready: add-to-org bob @Payments - > Member',
    'ready: invite cleo - > Member',
  ]);
});

test('the second run is empty', () => {
  const of = company();
  applied(of, run(of));
  const second = run(of);
  expect(second.changes).toEqual([]);
  expect(second.buckets.people['in-sync']).toBe(3);
  expect(second.buckets.users['in-sync']).toBe(3);
});
