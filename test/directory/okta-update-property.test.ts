import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import type { CompanyDirectory } from '../../src/sandbox/company.ts';
import type { OktaApp } from '../../src/sandbox/okta/context.ts';
import { runs } from '../helpers/runs.ts';
import { asked, happen, happening, livingOkta, update } from './okta-company.ts';
import { ALL, context, plainSnapshot } from './setup.ts';

const days = fc.array(fc.array(happening, { maxLength: 8 }), { minLength: 1, maxLength: 5 });
type Plain = ReturnType<typeof plainSnapshot>;

const APP = '0oadevin';

/** Reads, lets days pass with a cheap turn after each, and compares each with a reading of everything. */
async function chainsEqual(
  options: Parameters<typeof livingOkta>[1],
  fake: Parameters<typeof livingOkta>[2],
  times: number,
  same: (cheap: Plain, full: Plain, before: Plain) => void,
): Promise<void> {
  let serial = 0;
  let cheap = 0;
  const property = fc.asyncProperty(days, async (sequence) => {
    const living = await livingOkta(14, options, fake);
    try {
      let snapshot = await living.source.read(ALL, context());
      for (const day of sequence) {
        for (const event of day) happen(living, event, ++serial);
        const before = plainSnapshot(snapshot);
        snapshot = await update(living, snapshot);
        if (snapshot.basis === 'update') cheap++;
        same(plainSnapshot(snapshot), plainSnapshot(await living.source.read(ALL, context())), before);
      }
    } finally {
      await living.close();
    }
  });
  await fc.assert(property, { ...runs(times), endOnFailure: true });
  expect(cheap).toBeGreaterThan(runs(times).numRuns / 2);
}

test('whatever happens, a cheap turn equals a full reading', async () => {
  await chainsEqual({ systemLog: true }, undefined, 60, (cheap, full) => expect(cheap).toEqual(full));
});

test('without the System Log only deleted people who were in no group are late', async () => {
  await chainsEqual({}, undefined, 60, (cheap, full, before) => {
    const grouped = new Set(Object.values(before.groups).flatMap(({ members }) => members));
    const late = Object.keys(cheap.people).filter((id) => full.people[id] === undefined);
    expect(late.filter((id) => grouped.has(id))).toEqual([]);
    const people = Object.fromEntries(Object.entries(cheap.people).filter(([id]) => !late.includes(id)));
    expect({ people, groups: cheap.groups }).toEqual(full);
  });
});

test('scoped by an application a cheap turn equals a full reading too', async () => {
  const apps = (company: CompanyDirectory): ReadonlyMap<string, OktaApp> => {
    const [one = '', two = ''] = company.company.people.keys();
    return new Map([
      [APP, { groups: new Set([...company.company.groups.keys()].slice(0, 4)), people: new Set([one, two]) }],
    ]);
  };
  await chainsEqual(
    { app: { id: APP } },
    (company) => ({ apps: apps(company) }),
    50,
    (cheap, full) => expect(cheap).toEqual(full),
  );
});

test('a chain of cheap turns over a long quiet time asks for nothing but what is new', async () => {
  const living = await livingOkta(14);
  try {
    let snapshot = await living.source.read(ALL, context());
    for (let turn = 0; turn < 20; turn++) {
      living.pass(60 * 60_000);
      snapshot = await update(living, snapshot);
      expect(asked(living)).toHaveLength(2);
    }
    expect(snapshot.basis).toBe('update');
  } finally {
    await living.close();
  }
});
