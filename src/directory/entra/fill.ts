/** Reads the memberships that a world still lacks, wave by wave; each group once, so that cycles end. */
import type pLimit from 'p-limit';
import { IntColumn } from '../../core/model/columns.ts';
import type { Tally } from '../pages.ts';
import { oddAnswer, type Place } from '../read-error.ts';
import type { EntraClient } from './client.ts';
import { findByIds, readMembers } from './lists.ts';
import { GROUP_FIELDS, type GraphGroup, type GraphMember, type GraphUser, graphGroup } from './schema.ts';
import { type Chooser, chosenGroups, type World } from './world.ts';

export interface Fill {
  readonly client: EntraClient;
  readonly world: World;
  readonly limit: ReturnType<typeof pLimit>;
  readonly groups: Tally;
  readonly members: Tally;
  readonly chooses: Chooser;
  /** `follow`: chosen or not, they are read. `name`: chosen ones are named, not read. `ignore`: nobody's members. */
  readonly nested: 'follow' | 'name' | 'ignore';
  /** Only these and what is nested in them; absent: every chosen group. */
  readonly only?: readonly string[];
  readonly signal: AbortSignal;
  readonly onProgress: (done: number, total: number) => void;
}

/** Every group whose members were read; the caller may have to look up who they are. */
export async function fillMembers(fill: Fill): Promise<Set<string>> {
  const read = new Set<string>();
  for (;;) {
    const { unread, unknown } = frontier(fill);
    if (unread.length === 0 && unknown.length === 0) return read;
    await findGroups(fill, unknown);
    const total = read.size + unread.length;
    await readMembers(fill.client, unread, {
      tally: fill.members,
      limit: fill.limit,
      signal: fill.signal,
      withUsers: fill.nested === 'ignore',
      onGone: ({ id }) => fill.world.groups.set(id, null),
      onMembers: (group, members) => {
        take(fill, group, members);
        fill.onProgress(read.add(group.id).size, total);
      },
    });
  }
}

/** Fetches groups by id; null for those that do not exist. */
export async function findGroups(
  fill: Pick<Fill, 'client' | 'world' | 'groups' | 'limit' | 'signal'>,
  ids: readonly string[],
): Promise<void> {
  const found = await findByIds(fill.client, ids, {
    what: 'Entra group',
    path: '/groups',
    fields: GROUP_FIELDS,
    schema: graphGroup,
    tally: fill.groups,
    limit: fill.limit,
    signal: fill.signal,
  });
  for (const [id, group] of found) fill.world.groups.set(id, group);
}

/** Groups in reach whose members, or whose very existence, are not known yet. */
function frontier({ world, chooses, only, nested }: Fill): { unread: GraphGroup[]; unknown: string[] } {
  const start = only ?? chosenGroups(world, chooses).map(({ id }) => id);
  const asked = new Set(start);
  const seen = new Set(start);
  const unread: GraphGroup[] = [];
  const unknown: string[] = [];
  // A set that grows while it is walked is walked to its new end.
  for (const id of seen) {
    const group = world.groups.get(id);
    if (group === undefined) unknown.push(id);
    if (!group || (nested === 'name' && !asked.has(id) && chooses(group))) continue;
    const members = world.members.get(id);
    if (members === undefined) unread.push(group);
    else for (const child of members.groups) seen.add(child);
  }
  return { unread, unknown };
}

function take(
  { world, nested }: Fill,
  group: GraphGroup,
  pages: readonly { readonly members: readonly GraphMember[]; readonly place: Place }[],
): void {
  const people = new IntColumn();
  const groups: string[] = [];
  for (const { members, place } of pages) {
    for (const member of members) {
      const kind = kindOf(member, place);
      if (kind === 'group' && nested !== 'ignore') groups.push(member.id);
      if (kind !== 'user') continue;
      if (nested === 'ignore') world.users.set(member as unknown as GraphUser);
      people.push(world.users.number(member.id));
    }
  }
  world.members.set(group.id, { people: people.taken(), groups });
}

/** @throws SourceReadError for a type that may stand for people. */
export function kindOf(member: GraphMember, place: Place): 'user' | 'group' | 'nobody' {
  switch (member['@odata.type']) {
    case '#microsoft.graph.user':
      return 'user';
    case '#microsoft.graph.group':
      return 'group';
    case '#microsoft.graph.device':
    case '#microsoft.graph.orgContact':
    case '#microsoft.graph.servicePrincipal':
    case '#microsoft.graph.application':
      return 'nobody';
    default:
      throw oddAnswer(place, `member ${member.id} is of the unknown type ${member['@odata.type']}`);
  }
}
