/** A few people from their own side: who they are now, and which groups they are in. */
import type { GroupRecord } from '../../core/model/directory.ts';
import type { SeenPerson, Sighting, Sought } from '../../core/model/sighting.ts';
import type { ReadContext } from '../../lib/reading.ts';
import { together } from '../../lib/together.ts';
import { chooser, readChosenGroups } from './full.ts';
import { type Desk, Intake } from './intake.ts';
import { findAppUser, findUser, readGroupsById, readGroupsOf, readUsersByEmail } from './queries.ts';
import { type OktaGroup, type OktaUser, personRecord } from './schema.ts';

/** Keeps the address of a request well under 8,000 characters. */
const IDS_PER_CALL = 50;

/** What everybody is looked at with. */
interface Glance {
  readonly intake: Intake;
  /** With an application, the groups assigned to it; null: the whole org. */
  readonly assigned: ReadonlySet<string> | null;
}

/** @throws SourceReadError when anything that was asked got no answer. */
export async function look(desk: Desk, context: ReadContext, sought: Sought): Promise<Sighting> {
  const intake = new Intake(desk, context);
  const ids = new Set(sought.people);
  let existing: readonly string[] = [];
  let assigned = null as ReadonlySet<string> | null;
  await together(context.signal, [
    (signal) => intake.readTenant(signal),
    async (signal) => {
      for (const id of await findByEmail(intake, sought.emails, signal)) ids.add(id);
    },
    async (signal) => {
      if (desk.options.app !== undefined)
        assigned = new Set((await readChosenGroups(intake, signal)).map(({ id }) => id));
      else existing = await findExisting(intake, sought.groups, signal);
    },
  ]);
  const people: SeenPerson[] = [];
  await intake.each([...ids].sort(), context.signal, async (id, signal) => {
    const seen = await lookAt({ intake, assigned }, id, signal);
    if (seen !== null) people.push(seen);
  });
  if (assigned !== null) existing = sought.groups.filter((id) => assigned?.has(id));
  return { tenant: intake.name, people, existing, reads: intake.reads() };
}

async function findByEmail(
  intake: Intake,
  emails: readonly string[],
  signal: AbortSignal,
): Promise<readonly string[]> {
  if (emails.length === 0) return [];
  const tally = intake.tally('Okta users by e-mail');
  return readUsersByEmail(intake.desk.client, emails, { tally, signal });
}

async function findExisting(intake: Intake, ids: readonly string[], outer: AbortSignal): Promise<string[]> {
  const tally = intake.tally('Okta groups by id');
  const isChosen = chooser(intake.desk);
  const found: string[] = [];
  const parts = Array.from({ length: Math.ceil(ids.length / IDS_PER_CALL) }, (_, part) =>
    ids.slice(part * IDS_PER_CALL, (part + 1) * IDS_PER_CALL),
  );
  await intake.each(parts, outer, async (part, signal) => {
    const groups = await readGroupsById(intake.desk.client, part, { tally, signal });
    for (const group of groups) if (isChosen(group)) found.push(group.id);
  });
  return found;
}

/** null: there is no such person, or not in scope. */
async function lookAt(glance: Glance, id: string, outer: AbortSignal): Promise<SeenPerson | null> {
  const { client, options } = glance.intake.desk;
  const users = glance.intake.tally('Okta users');
  const lists = glance.intake.tally('Okta groups of a user');
  let user = null as OktaUser | null;
  let own: readonly OktaGroup[] = [];
  await together(outer, [
    async (signal) => {
      user = await (options.app === undefined
        ? findUser(client, id, { tally: users, signal })
        : findAppUser(client, options.app.id, id, { tally: users, signal }));
    },
    async (signal) => {
      own = (await readGroupsOf(client, id, { tally: lists, signal })) ?? [];
    },
  ]);
  const groups = chosenOf(glance, own);
  if (user !== null) return { person: personRecord(user, options), groups };
  return groups.length === 0 ? null : outsideApp(glance, id, groups, outer);
}

function chosenOf({ intake, assigned }: Glance, groups: readonly OktaGroup[]): GroupRecord[] {
  const isChosen = chooser(intake.desk);
  const chosen = groups.filter((group) => isChosen(group) && assigned?.has(group.id) !== false);
  return chosen.map(({ id, profile }) => ({ id, name: profile.name }));
}

/** In a group of the application and not assigned to it: as in a reading of everything, only leavers are known. */
async function outsideApp(
  { intake }: Glance,
  id: string,
  groups: readonly GroupRecord[],
  signal: AbortSignal,
): Promise<SeenPerson | null> {
  const { client, options } = intake.desk;
  const user = await findUser(client, id, { tally: intake.tally('Okta users'), signal });
  if (user === null) return null;
  const person = personRecord(user, options);
  const hasLeft = person.status === 'deactivated' || person.status === 'suspended';
  return { person: hasLeft ? person : { id, email: null, name: '', status: 'unknown' }, groups };
}
