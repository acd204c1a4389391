/** The groups of a cheap turn: those of the last reading, and those that came since in their place. */
import { setImmediate as breathe } from 'node:timers/promises';
import type { DirectorySnapshot } from '../../core/model/directory.ts';
import { countFirst } from './count-first.ts';
import type { Intake, Terms } from './intake.ts';
import type { Groups } from './members.ts';
import type { Resume } from './resume.ts';
import { strongVersion } from './resume-at.ts';
import type { ScimGroup, ScimMember } from './schema.ts';
import { changedSince, checkChanged, sinceOf, stampOf } from './stamps.ts';

/** Memberships that are copied before the event loop has its turn. */
const STRIDE = 20_000;
const CHANGED_GROUPS = 'SCIM changed groups';

/** Groups of the last reading; those that were not chosen have no members yet unless they are inside a chosen one. */
interface Kept {
  readonly groups: Groups;
  /** Groups whose members are known. */
  readonly settled: Set<string>;
}

export async function keptGroups(previous: DirectorySnapshot, resume: Resume): Promise<Kept> {
  const groups: Groups = new Map();
  const settled = new Set<string>();
  let copied = 0;
  for (let index = 0; index < previous.groupCount; index++) {
    const { id, name } = previous.group(index);
    const members = membersOf(previous, index);
    groups.set(id, { id, displayName: name, members });
    settled.add(id);
    copied += members.length;
    if (copied < STRIDE) continue;
    copied = 0;
    await breathe();
  }
  for (const id of resume.others) groups.set(id, { id, displayName: '' });
  for (const [id, people, inside] of resume.rows) {
    const displayName = groups.get(id)?.displayName ?? '';
    groups.set(id, { id, displayName, members: [...typed(people, 'User'), ...typed(inside, 'Group')] });
    settled.add(id);
  }
  return { groups, settled };
}

function membersOf(previous: DirectorySnapshot, index: number): ScimMember[] {
  const people = Array.from(previous.members(index), (person) => previous.person(person).id);
  const inside = Array.from(previous.children(index), (child) => previous.group(child).id);
  return [...typed(people, 'User'), ...typed(inside, 'Group')];
}

function typed(ids: readonly string[], type: 'User' | 'Group'): ScimMember[] {
  return ids.map((value) => ({ value, type }));
}

/** With their members, or without where versions tell most of them apart. */
export async function readGroups(
  intake: Intake,
  terms: Terms,
  { groups }: Kept,
  resume: Resume,
  signal: AbortSignal,
): Promise<Map<string, ScimGroup>> {
  const compare = await countFirst(intake, '/Groups', signal);
  const { groups: mark, clock } = resume;
  if (mark === null) {
    compare(0);
    return new Map();
  }
  const since = sinceOf(mark, clock);
  const asked = { what: CHANGED_GROUPS, filter: changedSince(since) };
  const bare = terms.versions && resume.versions.length > 0;
  let changed = await intake.readGroups(terms, signal, asked, bare);
  checkChanged(changed, mark, since);
  const known = new Map(resume.versions.map(([id, version, at]) => [id, { version, at }]));
  const stale = changed
    .values()
    .filter((group) => intake.isChosen(group) && !isSame(group, known))
    .toArray();
  if (bare && stale.length > Math.ceil(changed.size / terms.count) + 1) {
    // One list costs less than a call for each.
    changed = await intake.readGroups(terms, signal, asked);
    checkChanged(changed, mark, since);
  }
  compare(
    groups.size +
      changed
        .keys()
        .filter((id) => !groups.has(id))
        .toArray().length,
  );
  return changed;
}

type Versions = ReadonlyMap<string, { readonly version: string; readonly at: number }>;

function isSame(group: ScimGroup, known: Versions): boolean {
  const before = known.get(group.id);
  return before !== undefined && strongVersion(group) === before.version && stampOf(group) === before.at;
}

/** What came in place of what was known, except for members that did not come and are known to be the same. */
export function putGroups(
  { groups, settled }: Kept,
  stamped: ReadonlyMap<string, ScimGroup>,
  resume: Resume,
): Kept {
  const known = new Map(resume.versions.map(([id, version, at]) => [id, { version, at }]));
  for (const [id, group] of stamped) {
    const members = group.members ?? [];
    if (members.length === 0 && settled.has(id) && isSame(group, known)) continue;
    settled.delete(id);
    groups.set(id, group);
  }
  return { groups, settled };
}
