/**
 * A reading of everything. SCIM has no cheap turn that is honest with each provider: `meta.lastModified` names neither
 * who was deleted nor, with many of them, whose membership changed. `update.ts` is for those that promise more.
 */

import type { DirectorySnapshot, ReadReport } from '../../core/model/directory.ts';
import type { ReadContext } from '../../lib/reading.ts';
import { together } from '../../lib/together.ts';
import { oddAnswer } from '../read-error.ts';
import { type Company, complete, sealCompany } from './company.ts';
import { type Desk, Intake, type Terms } from './intake.ts';
import type { Groups, Membership } from './members.ts';
import { doubtful, type Resume } from './resume.ts';
import { resumeAt } from './resume-at.ts';
import { personRecord, type ScimUser } from './schema.ts';
import { DoubtError, markOf } from './stamps.ts';

/** @param before what a cheap turn has asked before everything was read after all. */
export async function readEverything(
  desk: Desk,
  context: ReadContext,
  before: readonly ReadReport[] = [],
): Promise<DirectorySnapshot> {
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
  const listed = groups.values().filter((group) => group !== null);
  const wanted = listed
    .filter(intake.isChosen)
    .map(({ id }) => id)
    .toArray();
  const company = await complete(intake, groups, wanted, users);
  checkEmpty(intake, company.memberships, users);
  await resolveMembers(intake, company.memberships, users, fullAt);
  const people = users.values().map((user) => personRecord(user, desk.options));
  const resume =
    desk.options.incremental === 'never' ? null : resumeOf(intake, terms, company, users, fullAt);
  return sealCompany(intake, people, company, { basis: 'full', fullAt, resume, before });
}

/** A reading that nobody can go on from is a reading all the same, and says why. */
function resumeOf(
  { desk }: Intake,
  terms: Terms,
  company: Company,
  users: ReadonlyMap<string, ScimUser>,
  fullAt: number,
): Resume {
  try {
    if (terms.doubt !== null) throw new DoubtError(terms.doubt);
    if (terms.clock === null) throw new DoubtError('the provider sends no Date');
    const latest = terms.clock + Math.max(0, desk.now() - fullAt);
    const listed = [...company.listed].flatMap((id) => company.groups.get(id) ?? []);
    const marks = { users: markOf(users.values(), latest), groups: markOf(listed, latest) };
    return resumeAt(desk.options, company, users, { clock: terms.clock, ...marks, stamped: listed });
  } catch (error) {
    if (!(error instanceof DoubtError)) throw error;
    return doubtful(desk.options, error.message);
  }
}

/** Some providers never give members, whatever they are asked for: their groups are not empty. */
export function checkEmpty(
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
