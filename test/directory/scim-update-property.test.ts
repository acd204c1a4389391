import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { runs } from '../helpers/runs.ts';
import { flavour, happen, happening } from './scim-days.ts';
import { reasonOf, startLiving, update } from './scim-living.ts';
import { ALL, context, plainSnapshot } from './setup.ts';

const days = fc.array(fc.array(happening, { maxLength: 5 }), { minLength: 1, maxLength: 5 });
/** A filter hides the groups inside, and lets those that get another name disappear. */
const hiding = { groups: { include: ['*'], filter: 'displayName sw "devin-"' } };
const options = fc.constantFrom({}, { users: { filter: 'userName pr' } }, { pageSize: 5 }, hiding);

test('whatever happens at a provider that keeps its promises, a cheap turn equals a full reading', async () => {
  const living = await startLiving();
  const count = { cheap: 0, whole: 0 };
  const property = fc.asyncProperty(days, flavour, options, async (sequence, kind, more) => {
    living.reset(8, 6, kind);
    const source = living.source(more);
    let snapshot = await source.read(ALL, context());
    for (const day of sequence) {
      for (const event of day) happen(living, event);
      const ends = ['quit', 'close', 'replace', ...(more === hiding ? ['rename'] : [])];
      const gone = day.some(({ name }) => ends.includes(name));
      snapshot = await update(living, source, snapshot);
      if (snapshot.basis === 'update') count.cheap++;
      else count.whole++;
      // Nothing but a deletion may cost a full reading.
      if (!gone) expect(reasonOf(snapshot)).toBeNull();
      expect(plainSnapshot(snapshot)).toEqual(plainSnapshot(await source.read(ALL, context())));
    }
  });
  await fc.assert(property, { ...runs(40), endOnFailure: true });
  expect(count.cheap).toBeGreaterThan(runs(40).numRuns);
  expect(count.whole).toBeGreaterThan(0);
});
