/** A reading of everything that was pushed, in pages; what is pushed meanwhile may be in it or not. */

import { DirectoryBuilder, type DirectorySnapshot } from '../../core/model/directory.ts';
import { calmly } from '../../lib/calmly.ts';
import { SourceReadError } from '../../lib/errors.ts';
import type { ReadContext } from '../../lib/reading.ts';
import type { ScimResource } from '../../lib/scim/store.ts';
import { allOf, type Desk, groupRecord, isChosen, membersOf, tenantOf } from './desk.ts';
import { personOf } from './person.ts';
import { ready } from './ready.ts';

interface Reading {
  readonly desk: Desk;
  readonly context: ReadContext;
  readonly builder: DirectoryBuilder;
  /** Id of the resource → id of the person; null: unassigned, so in no group. */
  readonly people: Map<string, string | null>;
  readonly groups: Map<string, ScimResource>;
  readonly tally: { calls: number; items: number };
}

/** `changes`: what the counter said before; the same number later means that nothing is new. */
export interface Read {
  readonly snapshot: DirectorySnapshot;
  readonly changes: number;
}

export async function readEverything(desk: Desk, context: ReadContext): Promise<Read> {
  const fullAt = desk.now();
  const { changes } = await ready(desk);
  const tally = { calls: 1, items: 0 };
  const builder = new DirectoryBuilder();
  const reading: Reading = { desk, context, builder, people: new Map(), groups: new Map(), tally };
  await readPeople(reading);
  await readGroups(reading);
  for (const group of reading.groups.values()) {
    if (!isChosen(desk, group)) continue;
    await readMembers(reading, group.id, group.id, new Set());
    builder.closeGroup(group.id);
  }
  builder.closeList('people');
  builder.closeList('groups');
  const reads = [{ what: 'pushed SCIM resources', pages: tally.calls, ...tally }];
  const tenant = tenantOf(desk.options);
  const snapshot = await calmly(
    builder.sealSteps({ tenant, scope: { kind: 'all' }, basis: 'full', fullAt, reads }),
  );
  return { snapshot, changes };
}

async function readPeople({ desk, context, builder, people, tally }: Reading): Promise<void> {
  const known = new Map<string, string>();
  for await (const page of allOf(desk, 'User', context.signal)) {
    for (const user of page) {
      const person = personOf(user, desk.options);
      const other = known.get(person.id);
      if (other !== undefined)
        throw new SourceReadError(
          `the pushed users ${other} and ${String(user.body.userName)} have the same externalId ${person.id}. Nothing is changed because of it. Map externalId in the provider to an id that is each person's own.`,
        );
      known.set(person.id, String(user.body.userName));
      people.set(user.id, person.abstains === true ? null : person.id);
      builder.person(person);
    }
    count(tally, page.length);
    context.onProgress({ what: 'pushed users', done: people.size, total: null });
  }
}

async function readGroups({ desk, context, builder, groups, tally }: Reading): Promise<void> {
  for await (const page of allOf(desk, 'Group', context.signal)) {
    for (const group of page) {
      groups.set(group.id, group);
      if (isChosen(desk, group)) builder.group(groupRecord(group));
    }
    count(tally, page.length);
    context.onProgress({ what: 'pushed groups', done: groups.size, total: null });
  }
}

/** The people of a group that is not chosen count for the chosen one around it. @param seen groups on the way */
async function readMembers(reading: Reading, into: string, group: string, seen: Set<string>): Promise<void> {
  const { desk, context, builder, people, groups, tally } = reading;
  seen.add(group);
  for await (const ids of membersOf(desk, group, context.signal)) {
    count(tally, ids.length);
    for (const id of ids) {
      const person = people.get(id);
      const inner = groups.get(id);
      if (person != null) builder.member(into, person);
      else if (inner !== undefined && isChosen(desk, inner)) builder.child(into, id);
      else if (inner !== undefined && !seen.has(id)) await readMembers(reading, into, id, seen);
    }
  }
}

function count(tally: { calls: number; items: number }, items: number): void {
  tally.calls++;
  tally.items += items;
}
