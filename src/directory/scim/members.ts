/** Members of groups: who is a person, which is a group inside, and which people a chosen group brings. */
import { oddAnswer } from '../read-error.ts';
import type { Intake } from './intake.ts';
import type { ScimGroup, ScimMember } from './schema.ts';

/** Ids of people, however they are kept. */
export interface Ids {
  has(id: string): boolean;
}

/** Everything that was read of groups. null: the provider says that there is no such group. */
export type Groups = Map<string, ScimGroup | null>;

const NONE: Ids = new Set();

export interface Membership {
  /** With those of groups inside that were not chosen. */
  readonly people: ReadonlySet<string>;
  /** Chosen groups directly inside, or inside groups that were not chosen. */
  readonly children: ReadonlySet<string>;
}

/**
 * A list may leave `members` out of a group, because it is empty or because the list is too long for it: a group
 * without any is asked for by id, unless that was done in an earlier reading (`settled`). Groups inside that no list
 * gave are read as well. Changes `groups`.
 */
export async function completeGroups(
  intake: Intake,
  groups: Groups,
  roots: Iterable<string>,
  users: Ids,
  signal: AbortSignal,
  settled: Ids = NONE,
): Promise<void> {
  const done = new Set<string>();
  let open = new Set(roots);
  while (open.size > 0) {
    await intake.each(open, signal, async (id, inner) => {
      done.add(id);
      const known = groups.get(id);
      if (known === undefined || (isEmpty(known) && !settled.has(id)))
        groups.set(id, await intake.findGroup(id, inner));
    });
    const next = new Set<string>();
    for (const id of open) {
      for (const member of groups.get(id)?.members ?? []) {
        if (!done.has(member.value) && mayBeGroup(intake, member, groups, users)) next.add(member.value);
      }
    }
    open = next;
  }
}

function isEmpty(group: ScimGroup | null): boolean {
  return (group?.members ?? []).length === 0;
}

/** Where a filter hides groups, an id that no list has may be one of theirs. */
function mayBeGroup(intake: Intake, member: ScimMember, groups: Groups, users: Ids): boolean {
  const said = saidKind(member);
  if (said !== null) return said === 'group';
  if (groups.has(member.value)) return true;
  return intake.desk.options.groups.filter !== undefined && !users.has(member.value);
}

/** @throws SourceReadError for an id that a list has for a person and a group alike, where the member does not say. */
export function membershipOf(
  intake: Intake,
  groups: Groups,
  id: string,
  isChild: (group: ScimGroup) => boolean,
  users: Ids,
): Membership {
  const people = new Set<string>();
  const children = new Set<string>();
  const seen = new Set([id]);
  const open = [id];
  for (let at = open.pop(); at !== undefined; at = open.pop()) {
    for (const member of groups.get(at)?.members ?? []) {
      const { value } = member;
      if (kindOf(intake, member, groups, users) === 'person') people.add(value);
      else if (!seen.has(value)) {
        seen.add(value);
        const group = groups.get(value) ?? null;
        if (group !== null && isChild(group)) children.add(value);
        else open.push(value);
      }
    }
  }
  return { people, children };
}

function kindOf(intake: Intake, member: ScimMember, groups: Groups, users: Ids): 'person' | 'group' {
  const said = saidKind(member);
  if (said !== null) return said;
  const isGroup = groups.get(member.value) != null;
  if (isGroup && users.has(member.value))
    throw oddAnswer(
      { what: 'SCIM groups', page: null, url: intake.desk.client.url('/Groups') },
      `the member ${member.value} has no type, and there are both a user and a group of this id`,
    );
  return isGroup ? 'group' : 'person';
}

/** The same of members that `membershipOf` has already passed. */
export function isGroup(member: ScimMember, groups: Groups, users: Ids): boolean {
  const said = saidKind(member);
  return said === null ? groups.get(member.value) != null && !users.has(member.value) : said === 'group';
}

/** Whether some member does not say what it is. */
export function leavesOpen(groups: Groups): boolean {
  return [...groups.values()].some((group) => group?.members?.some((member) => saidKind(member) === null));
}

/** `type` and `$ref` may both be left out (RFC 7643, section 4.2). `$ref` is only looked at, never followed. */
function saidKind({ type, $ref }: ScimMember): 'person' | 'group' | null {
  const word = type?.toLowerCase();
  if (word === 'user') return 'person';
  if (word === 'group') return 'group';
  const path = /\/(users|groups)\/[^/]*$/i.exec($ref ?? '')?.[1]?.toLowerCase();
  if (path === undefined) return null;
  return path === 'users' ? 'person' : 'group';
}
