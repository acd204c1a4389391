/** A reading of everything, from nothing. */
import type { DirectorySnapshot } from '../../core/model/directory.ts';
import { together } from '../../lib/together.ts';
import { linkFromNow } from './delta.ts';
import { readAssignments, readGroups, readUsers } from './lists.ts';
import type { Reading } from './reading.ts';
import type { Links } from './resume.ts';

/** @param removed users and groups that were deleted before. */
export async function readFull(
  reading: Reading,
  signal: AbortSignal,
  removed: Iterable<string> = [],
): Promise<DirectorySnapshot> {
  const seesHidden = await reading.seesHidden();
  const fullAt = reading.parts.now();
  // Taken first, so that whatever changes while the lists are read is among the next changes.
  const links = await linksFromNow(reading, signal);
  if (reading.parts.options.application !== undefined) await readAssigned(reading, signal);
  else await readListed(reading, signal);
  const going = links === null ? null : { links, removed };
  return reading.seal({ scope: { kind: 'all' }, basis: 'full', fullAt, going }, seesHidden);
}

/** An application lets in direct members of assigned groups only. */
export function nestedOf(reading: Reading): 'follow' | 'ignore' {
  return reading.parts.options.application === undefined ? 'follow' : 'ignore';
}

/** Who is assigned to the application now. */
export async function listAssigned(reading: Reading, signal: AbortSignal): Promise<void> {
  const { client, options } = reading.parts;
  const assigned = { users: new Set<string>(), groups: new Set<string>() };
  await readAssignments(client, options.application?.appId ?? '', {
    tally: reading.assignments,
    signal,
    onPage: (rows) => {
      for (const { principalId, principalType } of rows) {
        if (principalType === 'User') assigned.users.add(principalId);
        else if (principalType === 'Group') assigned.groups.add(principalId);
      }
    },
  });
  reading.assigned = assigned;
}

/** Assigned users and groups that the world does not have yet. */
export async function findAssigned(reading: Reading, signal: AbortSignal): Promise<void> {
  const { world, assigned } = reading;
  if (assigned === null) return;
  await together(signal, [
    (inner) =>
      reading.addUsers(
        [...assigned.users].filter((id) => !world.users.has(id)),
        inner,
      ),
    (inner) =>
      reading.findGroups(
        [...assigned.groups].filter((id) => !world.groups.has(id)),
        inner,
      ),
  ]);
}

async function linksFromNow(reading: Reading, signal: AbortSignal): Promise<Links | null> {
  const ask = { tally: reading.changes, signal };
  const linksAt = reading.parts.now();
  const { client } = reading.parts;
  const usersLink = await linkFromNow(client, 'users', ask);
  const groupsLink = usersLink === null ? null : await linkFromNow(client, 'groups', ask);
  return usersLink === null || groupsLink === null ? null : { usersLink, groupsLink, linksAt };
}

async function readAssigned(reading: Reading, signal: AbortSignal): Promise<void> {
  await listAssigned(reading, signal);
  await findAssigned(reading, signal);
  await reading.fill(signal, { nested: 'ignore' });
}

async function readListed(reading: Reading, signal: AbortSignal): Promise<void> {
  await together(signal, [(inner) => readPeople(reading, inner), (inner) => readNames(reading, inner)]);
  const read = await reading.fill(signal, { nested: 'follow' });
  await reading.resolve(read, signal);
}

async function readPeople({ parts, users, world }: Reading, signal: AbortSignal): Promise<void> {
  await readUsers(parts.client, {
    tally: users,
    signal,
    onPage: (page) => {
      for (const user of page) world.users.set(user);
      parts.context.onProgress({ what: 'Entra users', done: users.items, total: null });
    },
  });
}

async function readNames({ parts, groups, world }: Reading, signal: AbortSignal): Promise<void> {
  await readGroups(parts.client, {
    tally: groups,
    signal,
    securityGroupsOnly: parts.options.securityGroupsOnly,
    onPage: (page) => {
      for (const group of page) world.groups.set(group.id, group);
      parts.context.onProgress({ what: 'Entra groups', done: groups.items, total: null });
    },
  });
}
