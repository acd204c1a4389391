/** Leaves behind, for decisions about a few people, how the company stood at a decision about everything. */
import type { Binding } from './bind.ts';
import type { Census } from './census.ts';
import { peopleOfGroup } from './census-of-groups.ts';
import type { Change } from './model/change.ts';
import type { DirectorySnapshot } from './model/directory.ts';
import type { Gift, Pending, Standing } from './model/standing.ts';
import { placeRef, type RankedRole } from './places.ts';
import { isDeactivation } from './policy.ts';
import { sizeOf } from './remember.ts';
import type { Scene } from './scene.ts';
import { breather } from './steps.ts';

/** Members between two chances to breathe: those of nested groups are sorted anew. */
const STRIDE = 1024;

export function* standingSteps(
  scene: Scene,
  from: Pick<Standing, 'at' | 'tenants' | 'configHash'>,
  { everybody, users, orgPeople, peopleByOrg }: Census,
  pending: readonly Pending[],
): Generator<void, Standing> {
  const { directory, devin } = scene;
  const reached: Record<string, number> = Object.fromEntries(scene.rolls.everyReached());
  const isDue = breather(STRIDE);
  for (const group of new Set(scene.want.bindings.map((binding) => binding.group))) {
    const { id } = directory.group(group);
    const people = reached[id] ?? peopleOfGroup(scene, id);
    reached[id] = people;
    if (isDue(people)) yield;
  }
  return {
    ...from,
    size: sizeOf(directory),
    groups: Array.from({ length: directory.groupCount }, (_, group) => standingGroup(directory, group)),
    // What else a reading knows of them, such as limits, is judged in whole turns only.
    roles: devin.head.roles.map(({ id, name, scope }) => ({ id, name, scope })),
    orgs: devin.head.orgs.map(({ id, name }) => ({ id, name })),
    counts: {
      everybody,
      users,
      orgPeople,
      peopleByOrg: Object.fromEntries(peopleByOrg),
      groupPeople: reached,
    },
    pending,
    gifts: scene.want.bindings.map((binding) => giftOf(scene, binding)),
  };
}

function giftOf({ directory, atlas }: Scene, { group, rule, place, role }: Binding): Gift {
  const { name } = atlas.roles[role] as RankedRole;
  const { id } = directory.group(group);
  return { group: id, rule: rule.name, via: rule.via, org: placeRef(atlas, place), role: name };
}

function standingGroup(directory: DirectorySnapshot, group: number): Standing['groups'][number] {
  const { id, name, hidden = false } = directory.group(group);
  return { id, name, hidden };
}

/** The counts of then, for roles of now. Nobody's seat as admin is among them: see `doubtAbout`. */
export function censusFrom({ counts }: Standing, { atlas }: Scene): Census {
  const { everybody, users, orgPeople, peopleByOrg, groupPeople } = counts;
  return {
    everybody,
    users,
    orgPeople,
    // Nothing is written through SCIM in a turn about a few people.
    scimPeople: 0,
    scimMembers: new Map(),
    peopleByOrg: new Map(Object.entries(peopleByOrg)),
    admins: new Map(),
    adminRoles: new Set(atlas.roles.filter(({ admin }) => admin).map(({ id }) => id)),
    groupPeople: (id) => groupPeople[id] ?? 0,
  };
}

/** Causes that the looks of a moment prove, or that no look has to. */
const PROVEN_ALONE: ReadonlySet<Change['cause']> = new Set([
  'rule',
  'deactivated',
  'suspended',
  'left-group',
]);

/**
 * Why a few people cannot be judged without the rest; null: they can. What is gone for a slow cause is in no hurry,
 * and whether an admin may go depends on which others are there now, also for what something else holds already.
 */
export function doubtAbout(scene: Scene, changes: readonly Change[]): string | null {
  for (const change of changes) {
    const { subject, cause, verdict } = change;
    if (isDeactivation(change)) continue;
    if (verdict.state === 'ready' && !PROVEN_ALONE.has(cause))
      return `${subject.label} would lose access for the cause "${cause}"`;
    const open = verdict.state === 'ready' || verdict.state === 'held';
    if (open && losesAdmin(scene, change)) return `${subject.label} would no longer be admin`;
  }
  return null;
}

/** Whoever is removed loses every seat, that of an org too. */
function losesAdmin({ atlas, devin }: Scene, { kind, subject, before, after }: Change): boolean {
  if (kind === 'remove-user') {
    const user = devin.userIndex(subject.devinId as string);
    return [...devin.directRoles(user), ...devin.derivedRoles(user)].some(
      ({ role }) => atlas.roles[role]?.admin === true,
    );
  }
  const isAdmin = (role: Change['before']) => atlas.roles.some(({ id, admin }) => admin && id === role?.id);
  return isAdmin(before) && !isAdmin(after);
}
