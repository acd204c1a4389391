/** A few people from their own side, and fresh answers by id. */
import type { GroupRecord, PersonStatus } from '../../core/model/directory.ts';
import type { Evidence, GroupEvidence, Questions } from '../../core/model/evidence.ts';
import type { SeenPerson, Sighting, Sought } from '../../core/model/sighting.ts';
import type { ReadContext } from '../../lib/reading.ts';
import type { ScimResource } from '../../lib/scim/store.ts';
import { type Desk, groupRecord, isChosen, manyOf, membersOf, tenantOf } from './desk.ts';
import { personId, personOf } from './person.ts';
import { ready } from './ready.ts';

export async function look(desk: Desk, sought: Sought, { signal }: ReadContext): Promise<Sighting> {
  await ready(desk);
  const users = new Map<string, ScimResource>();
  for (const id of sought.people) for (const user of await usersOf(desk, id)) users.set(user.id, user);
  for (const email of sought.emails) {
    for (const key of ['email', 'userName'] as const)
      for (const user of await desk.room.find('User', key, email)) users.set(user.id, user);
  }
  const people: SeenPerson[] = [];
  for (const user of users.values()) {
    signal.throwIfAborted();
    const person = personOf(user, desk.options);
    people.push({ person, groups: person.abstains === true ? [] : await groupsWith(desk, user.id) });
  }
  const groups = await manyOf(desk, sought.groups);
  const existing = [...groups.values()].filter((group) => group.type === 'Group' && isChosen(desk, group));
  const items = people.length + groups.size;
  const reads = [{ what: 'pushed SCIM resources', pages: 1, items, calls: 1 }];
  return { tenant: tenantOf(desk.options), people, existing: existing.map(({ id }) => id), reads };
}

/** By the id that a person goes by; with externalId there may be none or, by a mistake of the provider, several. */
async function usersOf({ room, options }: Desk, id: string): Promise<readonly ScimResource[]> {
  if (options.personId === 'externalId') return room.find('User', 'externalId', id);
  const user = (await room.getMany([id])).get(id);
  return user?.type === 'User' ? [user] : [];
}

/** Those with the person in them, and those around these. */
async function groupsWith(desk: Desk, id: string): Promise<GroupRecord[]> {
  const found = new Map<string, ScimResource>();
  const open = [id];
  for (const inner of open) {
    for (const group of await desk.room.groupsOf(inner)) {
      if (!found.has(group.id)) open.push(group.id);
      found.set(group.id, group);
    }
  }
  return [...found.values()].filter((group) => isChosen(desk, group)).map(groupRecord);
}

export async function confirm(
  desk: Desk,
  questions: Questions,
  { signal, onProgress }: ReadContext,
): Promise<Evidence> {
  await ready(desk);
  const people = new Map<string, PersonStatus | 'gone'>();
  const groups = new Map<string, GroupEvidence | 'gone'>();
  const total = questions.people.length + questions.groups.length;
  for (const id of questions.people) {
    signal.throwIfAborted();
    people.set(id, await statusOf(desk, id));
  }
  for (const id of questions.groups) groups.set(id, await evidenceOf(desk, id, signal));
  onProgress({ what: 'proof from pushed resources', done: total, total });
  return { people, groups };
}

/** A DELETE is a statement only where it is trusted; else whoever it names has vanished. */
async function statusOf(desk: Desk, id: string): Promise<PersonStatus | 'gone'> {
  const { room, options } = desk;
  const users = await usersOf(desk, id);
  const statuses = users.map((user) => personOf(user, options).status);
  if (statuses.length > 0) return statuses.includes('active') ? 'active' : (statuses[0] as PersonStatus);
  if (!options.trustDeactivation) return 'gone';
  const name = `${options.personId}:${id}`;
  return (await room.removed([name])).has(name) ? 'deactivated' : 'gone';
}

/** The people of every group inside are named as well: whoever is still below has not left. */
async function evidenceOf(desk: Desk, id: string, signal: AbortSignal): Promise<GroupEvidence | 'gone'> {
  const group = (await desk.room.getMany([id])).get(id);
  if (group?.type !== 'Group' || !isChosen(desk, group)) return 'gone';
  const people = new Set<string>();
  const groups = new Set<string>();
  const open: { readonly id: string; readonly direct: boolean }[] = [{ id, direct: true }];
  const seen = new Set([id]);
  for (const one of open) {
    for await (const ids of membersOf(desk, one.id, signal)) {
      for (const member of (await manyOf(desk, ids)).values()) {
        if (member.type === 'User') {
          if (personOf(member, desk.options).abstains !== true) people.add(personId(member, desk.options));
          continue;
        }
        const chosen = isChosen(desk, member);
        if (chosen && one.direct) groups.add(member.id);
        if (seen.has(member.id)) continue;
        seen.add(member.id);
        open.push({ id: member.id, direct: one.direct && !chosen });
      }
    }
  }
  return { people, groups };
}
