/**
 * A reading of everything, each time. SCIM has no honest cheap turn: `meta.lastModified` names neither who was
 * deleted nor, with many providers, whose membership changed, so what it does not name may have changed as well.
 */

import { DirectoryBuilder, type DirectorySnapshot } from '../../core/model/directory.ts';
import { calmly } from '../../lib/calmly.ts';
import type { ReadContext } from '../../lib/reading.ts';
import { together } from '../../lib/together.ts';
import { oddAnswer } from '../read-error.ts';
import { type Desk, Intake } from './intake.ts';
import { completeGroups, type Groups, type Membership, membershipOf } from './members.ts';
import { personRecord, type ScimUser } from './schema.ts';
import { tenantOf } from './tenant.ts';

export async function readEverything(desk: Desk, context: ReadContext): Promise<DirectorySnapshot> {
  const intake = new Intake(desk, context);
  const { signal } = context;
  const fullAt = desk.now();
  const terms = await intake.readTerms(signal);
  let users = new Map<string, ScimUser>();
  let groups: Groups = new Map();
  await together(signal, [
    async (inner) => {
      users = await intake.readUsers(terms, inner);
    },
    async (inner) => {
      groups = await intake.readGroups(terms, inner);
    },
  ]);
  const listed = [...groups.values()].filter((group) => group !== null && intake.isChosen(group));
  const ids = listed.map((group) => (group as { id: string }).id);
  await completeGroups(intake, groups, ids, users, signal);
  // A group that is gone by now is no group; one that was only found inside another is not in the list of chosen ones.
  const chosen = new Set(ids.filter((id) => groups.get(id) != null));
  const memberships = new Map(
    [...chosen].map((id) => [id, membershipOf(intake, groups, id, (group) => chosen.has(group.id), users)]),
  );
  checkEmpty(intake, memberships, users);
  await resolveMembers(intake, memberships, users, fullAt);
  const builder = new DirectoryBuilder();
  for (const user of users.values()) builder.person(personRecord(user, desk.options));
  for (const id of chosen) builder.group({ id, name: groups.get(id)?.displayName ?? '' });
  for (const [id, { people, children }] of memberships) {
    for (const person of people) builder.member(id, person);
    for (const child of children) builder.child(id, child);
    builder.closeGroup(id);
  }
  builder.closeList('people');
  builder.closeList('groups');
  const tenant = tenantOf(desk.options);
  const reads = intake.reads();
  return calmly(builder.sealSteps({ tenant, scope: { kind: 'all' }, basis: 'full', fullAt, reads }));
}

/** Some providers never give members, whatever they are asked for: their groups are not empty. */
function checkEmpty(
  intake: Intake,
  memberships: ReadonlyMap<string, Membership>,
  users: ReadonlyMap<string, ScimUser>,
): void {
  for (const user of users.values()) {
    for (const { value, type } of user.groups ?? []) {
      const membership = value == null ? undefined : memberships.get(value);
      if (membership === undefined || type?.toLowerCase() === 'indirect') continue;
      if (membership.people.size === 0 && membership.children.size === 0)
        throw oddAnswer(
          { what: 'SCIM groups by id', page: null, url: intake.desk.client.url(`/Groups/${value}`) },
          `the group has no members, yet user ${user.id} says to be in it: the provider does not give members, or is still at work`,
        );
    }
  }
}

/**
 * Describes the people whom a group names and the list did not: created while pages were read. With a filter they
 * are the ones that it leaves out, and stay unknown: nothing is given to them and nothing is taken.
 * @throws SourceReadError when the list must have been cut short.
 */
async function resolveMembers(
  intake: Intake,
  memberships: ReadonlyMap<string, Membership>,
  users: Map<string, ScimUser>,
  since: number,
): Promise<void> {
  const { options, client } = intake.desk;
  if (options.users.filter !== undefined) return;
  const missing = new Set<string>();
  for (const { people } of memberships.values()) {
    for (const id of people) if (!users.has(id)) missing.add(id);
  }
  const { size } = users;
  const few = Math.max(10, size / 100);
  let missed = 0;
  await intake.each([...missing].sort(), intake.context.signal, async (id, signal) => {
    const user = await intake.findUser(id, signal);
    if (user === null) return;
    users.set(id, user);
    // Clocks of two hosts are compared, so a minute is allowed; who has no date counts as old.
    if (Date.parse(user.meta?.created ?? '') >= since - 60_000) return;
    if (++missed > few)
      throw oddAnswer(
        { what: 'SCIM users', page: null, url: client.url('/Users') },
        `the list ended after ${size} people, yet groups have ${missing.size} more members, who are not all new: the list was cut short`,
      );
  });
}
