/**
 * What an update needs besides the snapshot: the links to go on from, and whatever of Graph's own terms cannot be
 * told from the snapshot. Most users and groups can, so that this stays small.
 */
import * as z from 'zod';
import type { DirectorySnapshot } from '../../core/model/directory.ts';
import { Breath } from './breath.ts';
import { nestingOf } from './nesting.ts';
import type { EntraOptions } from './options.ts';
import { inScope, type Projection } from './project.ts';
import { type GraphGroup, type GraphUser, hidesMembers, personRecord } from './schema.ts';
import { chosenGroups, emptyWorld, type Membership, type World } from './world.ts';

const text = z.string().nullable();
const ids = z.array(z.string());

/** id, displayName, mail, userPrincipalName, accountEnabled, userType */
const userRow = z.tuple([z.string(), text, text, text, z.boolean(), text]);
const membershipRow = z.tuple([z.string(), ids, ids]);
/** id, displayName, visibility, securityEnabled */
const groupRow = z.tuple([z.string(), z.string(), text, z.boolean().nullable()]);

const resumeValue = z.object({
  version: z.literal(1),
  /** Of everything that decides what is read; another one is a reason to read everything. */
  signature: z.string(),
  usersLink: z.string(),
  groupsLink: z.string(),
  /** Epoch ms at which the links were given; Graph forgets them after seven days. */
  linksAt: z.number(),
  /** Users that a person's record does not tell, guests among them. */
  users: z.array(userRow),
  /** Chosen groups whose members are hidden. */
  hidden: ids,
  /** Direct members of chosen groups that the snapshot shows in another form. */
  members: z.array(membershipRow),
  /** Groups that were not chosen but are nested in chosen ones; their members are among `members`. */
  nested: z.array(groupRow),
  /** Users and groups that were deleted, the latest last: who comes back brings edges that no delta names. */
  removed: ids,
});

/** Graph can restore for 30 days; more than this many deletions are not kept in mind. */
const MOST_REMOVED = 10_000;

export type Resume = z.output<typeof resumeValue>;
export type Links = Pick<Resume, 'usersLink' | 'groupsLink' | 'linksAt'>;

export function signatureOf(options: EntraOptions, seesHidden: boolean): string {
  const { application, groups, securityGroupsOnly, guests, email, disabled } = options;
  return JSON.stringify([
    application?.appId ?? null,
    groups,
    securityGroupsOnly,
    guests,
    email,
    disabled,
    seesHidden,
  ]);
}

export async function resumeOf(
  projection: Projection,
  links: Links,
  removed: Iterable<string>,
): Promise<Resume> {
  const breath = new Breath();
  const { world, options, chooses, seesHidden, strangers } = projection;
  const given = chosenGroups(world, chooses).filter(({ id }) => world.members.has(id));
  const names = new Set(given.map(({ id }) => id));
  const nested = [...world.members.keys()].filter((id) => !names.has(id));
  const odd: string[] = [];
  for (const { id } of given) {
    if (!isPlain(projection, id, names)) odd.push(id);
    if (breath.isDue(world.members.get(id)?.people.length)) await breath.pause();
  }
  const scope = inScope(projection);
  const users: Resume['users'] = [];
  for (const [number, user] of world.users.entries()) {
    const told = !strangers.has(number) && isTold(options, user);
    if (!told && scope?.has(number) !== false) users.push(rowOf(user));
    if (breath.isDue()) await breath.pause();
  }
  return {
    version: 1,
    signature: signatureOf(options, seesHidden),
    ...links,
    users,
    hidden: given.filter(hidesMembers).map(({ id }) => id),
    members: [...odd, ...nested].map((id) => {
      const { people, groups } = world.members.get(id) as Membership;
      return [id, Array.from(people, (person) => world.users.id(person)), [...groups]];
    }),
    nested: nested.map((id) => {
      const group = world.groups.get(id) as GraphGroup;
      return [id, group.displayName, group.visibility ?? null, group.securityEnabled ?? null];
    }),
    removed: [...removed].filter((id) => !world.users.has(id) && !names.has(id)).slice(-MOST_REMOVED),
  };
}

/** Null for a value that this version did not write. */
export function parseResume(value: unknown): Resume | null {
  return resumeValue.safeParse(value).data ?? null;
}

/** The world that `snapshot` was sealed from. */
export async function worldOf(snapshot: DirectorySnapshot, resume: Resume): Promise<World> {
  const breath = new Breath();
  const world = emptyWorld();
  for (let index = 0; index < snapshot.personCount; index++) {
    const { id, name, email, status } = snapshot.person(index);
    // In the order of the snapshot, so that its rows of indexes are rows of numbers here.
    world.users.number(id);
    if (status !== 'unknown') world.users.set(told(id, name, email, status === 'active'));
    if (breath.isDue()) await breath.pause();
  }
  for (const [id, displayName, mail, userPrincipalName, accountEnabled, userType] of resume.users)
    world.users.set({ id, displayName, mail, userPrincipalName, accountEnabled, userType });
  const hidden = new Set(resume.hidden);
  for (let index = 0; index < snapshot.groupCount; index++) {
    const { id, name } = snapshot.group(index);
    const visibility = hidden.has(id) ? 'HiddenMembership' : null;
    world.groups.set(id, { id, displayName: name, visibility, securityEnabled: true });
    const people = snapshot.members(index);
    const groups = Array.from(snapshot.children(index), (child) => snapshot.group(child).id);
    world.members.set(id, { people, groups });
    if (breath.isDue(people.length)) await breath.pause();
  }
  for (const [id, displayName, visibility, securityEnabled] of resume.nested)
    world.groups.set(id, { id, displayName, visibility, securityEnabled });
  for (const [id, people, groups] of resume.members) {
    const numbers = Int32Array.from(people, (person) => world.users.number(person));
    world.members.set(id, { people: numbers, groups });
  }
  return world;
}

/** The user that a person's record tells. */
function told(id: string, name: string, email: string | null, accountEnabled: boolean): GraphUser {
  return { id, displayName: name, mail: email, userPrincipalName: email, accountEnabled, userType: 'Member' };
}

function isTold(options: EntraOptions, user: GraphUser): boolean {
  const { id, name, email, status } = personRecord(user, options);
  const same = told(id, name, email, status === 'active');
  return (
    (user.displayName ?? null) === same.displayName &&
    (user.mail ?? null) === same.mail &&
    (user.userPrincipalName ?? null) === same.userPrincipalName
  );
}

function rowOf(user: GraphUser): Resume['users'][number] {
  const { id, displayName, mail, userPrincipalName, accountEnabled, userType } = user;
  return [id, displayName ?? null, mail ?? null, userPrincipalName ?? null, accountEnabled, userType ?? null];
}

/** Whether the snapshot shows this group's direct members as they are. */
function isPlain(projection: Projection, id: string, given: ReadonlySet<string>): boolean {
  const { world, strangers } = projection;
  const { merged, people } = nestingOf(world, id, (child) => given.has(child));
  const own = world.members.get(id)?.groups ?? [];
  if (merged.length > 1 || own.includes(id)) return false;
  return strangers.size === 0 || !people.some((person) => strangers.has(person));
}
