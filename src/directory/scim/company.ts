/** Puts users, groups and members together into a sealed reading. */
import {
  DirectoryBuilder,
  type DirectorySnapshot,
  type PersonRecord,
  type ReadReport,
} from '../../core/model/directory.ts';
import { calmly } from '../../lib/calmly.ts';
import type { Intake } from './intake.ts';
import { completeGroups, type Groups, type Ids, type Membership, membershipOf } from './members.ts';
import type { Resume } from './resume.ts';
import { tenantOf } from './tenant.ts';

export interface Company {
  /** Those of the list and those that were found inside others. */
  readonly groups: Groups;
  /** Ids of the listed ones that are there. */
  readonly listed: ReadonlySet<string>;
  /** Of the listed ones. */
  readonly chosen: ReadonlySet<string>;
  /** Of the chosen ones. */
  readonly memberships: ReadonlyMap<string, Membership>;
}

/**
 * Asks for what the lists of groups left open. `groups` holds what was listed, and gets the others.
 * @param wanted ids of those of them that are chosen. @param settled groups whose members are known, none included.
 */
export async function complete(
  intake: Intake,
  groups: Groups,
  wanted: readonly string[],
  users: Ids,
  settled?: Ids,
): Promise<Company> {
  const before = [...groups.keys()];
  await completeGroups(intake, groups, wanted, users, intake.context.signal, settled);
  // A group that is gone by now is no group; one that was only found inside another is not in the list of chosen ones.
  const listed = new Set(before.filter((id) => groups.get(id) != null));
  const chosen = new Set(wanted.filter((id) => listed.has(id)));
  const isChild = ({ id }: { id: string }) => chosen.has(id);
  const memberships = new Map(
    [...chosen].map((id) => [id, membershipOf(intake, groups, id, isChild, users)]),
  );
  return { groups, listed, chosen, memberships };
}

export interface Sealing {
  readonly basis: 'full' | 'update';
  readonly fullAt: number | null;
  readonly resume: Resume | null;
  /** What was asked in vain before. */
  readonly before?: readonly ReadReport[];
}

export async function sealCompany(
  intake: Intake,
  people: Iterable<PersonRecord>,
  { groups, chosen, memberships }: Company,
  { before = [], ...sealing }: Sealing,
): Promise<DirectorySnapshot> {
  const builder = new DirectoryBuilder();
  for (const person of people) builder.person(person);
  for (const id of chosen) builder.group({ id, name: groups.get(id)?.displayName ?? '' });
  for (const [id, { people: members, children }] of memberships) {
    for (const person of members) builder.member(id, person);
    for (const child of children) builder.child(id, child);
    builder.closeGroup(id);
  }
  builder.closeList('people');
  builder.closeList('groups');
  const tenant = tenantOf(intake.desk.options);
  const reads = [...before, ...intake.reads()];
  return calmly(builder.sealSteps({ tenant, scope: { kind: 'all' }, reads, ...sealing }));
}
