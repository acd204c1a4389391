/** People by id: whom groups name without the list knowing them, whom events are about, who seems to be gone. */
import { oddAnswer } from '../read-error.ts';
import type { Intake } from './intake.ts';
import { findUser, readUsersById } from './queries.ts';
import { type OktaUser, personStatus } from './schema.ts';

/** Keeps the address of a request well under 8,000 characters. */
const IDS_PER_CALL = 50;

/** Tells of those whom the list knows, in few calls. */
async function askByList(
  intake: Intake,
  ids: readonly string[],
  signal: AbortSignal,
  onUser: (user: OktaUser) => void,
): Promise<void> {
  const tally = intake.tally('Okta users by id');
  const parts = Array.from({ length: Math.ceil(ids.length / IDS_PER_CALL) }, (_, part) =>
    ids.slice(part * IDS_PER_CALL, (part + 1) * IDS_PER_CALL),
  );
  await intake.each(parts, signal, async (part, inner) => {
    const asked = new Set(part);
    const users = await readUsersById(intake.desk.client, part, { tally, signal: inner });
    for (const user of users) if (asked.has(user.id)) onUser(user);
  });
}

/** Who exists. Being left out of a list proves nothing, so each of these is asked for once more by id. */
export async function askEach(
  intake: Intake,
  ids: readonly string[],
  signal: AbortSignal,
): Promise<OktaUser[]> {
  const found: OktaUser[] = [];
  await askByList(intake, ids, signal, (user) => found.push(user));
  const known = new Set(found.map(({ id }) => id));
  const tally = intake.tally('Okta users by id');
  const missing = ids.filter((id) => !known.has(id));
  await intake.each(missing, signal, async (id, inner) => {
    const user = await findUser(intake.desk.client, id, { tally, signal: inner });
    if (user !== null) found.push(user);
  });
  return found;
}

/**
 * Describes the people whom a group names and no list of people did: created or moved while pages were read, or,
 * with an application, people who lost it. @param listedAt Okta's clock at the first page of a full list; null
 * where only changes were listed. @throws SourceReadError when the list must have been cut short.
 */
export async function resolveMembers(
  intake: Intake,
  listedAt: number | null,
  signal: AbortSignal,
): Promise<void> {
  const ids = intake.unresolved();
  if (ids.length === 0) return;
  const { client, options } = intake.desk;
  const size = intake.listedCount;
  const few = Math.max(10, size / 100);
  let missed = 0;
  await askByList(intake, ids, signal, (user) => {
    if (options.app === undefined || hasLeft(personStatus(user, options))) intake.person(user);
    if (options.app !== undefined || listedAt === null || isNew(user, listedAt)) return;
    if (++missed > few)
      throw oddAnswer(
        { what: 'Okta users', page: null, url: client.url('/api/v1/users') },
        `the list ended after ${size} people, yet groups have ${ids.length} more members, who are not all new: the list was cut short`,
      );
  });
}

function isNew({ created }: OktaUser, since: number): boolean {
  return Date.parse(created ?? '') >= since;
}

/** Somebody who is active, in a group of the application and yet not assigned: Okta is still working on it. */
function hasLeft(status: string): boolean {
  return status === 'deactivated' || status === 'suspended';
}
