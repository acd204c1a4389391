/** The diff of rules that go through groups (`via: group` and `via: scim`): names to register, their enterprise role first, then their org roles. */
import type { Binding } from './bind.ts';
import { takenBack } from './by-hand.ts';
import { foreignRole } from './findings.ts';
import type { Change, Subject } from './model/change.ts';
import { ENTERPRISE } from './model/devin.ts';
import type { LedgerGroup } from './model/memory.ts';
import { placeKey } from './places.ts';
import { underNewName } from './renames.ts';
import { emit, heldBy, note, READY, type Scene, strength, waiting } from './scene.ts';
import { type Closure, outranks, peopleIn } from './want.ts';

interface WantedGroup {
  readonly group: number;
  readonly name: string;
  /** Active people it reaches. */
  readonly people: number;
  /** When they get what it has, in words. */
  readonly when: string;
  /** Place → the binding that decides there; -1: the default enterprise role, which org roles need. */
  readonly roles: Map<number, Binding | -1>;
}

export function diffGroups(scene: Scene): void {
  const wanted = wantedGroups(scene);
  for (const one of wanted.values()) {
    if (scene.directory.group(one.group).unread !== true) buildUp(scene, one);
  }
  if (scene.groupLedger.size === 0) return;
  const reached = peopleReached(scene);
  const byIndex = new Map([...wanted.values()].map((one) => [one.group, one]));
  for (const row of scene.groupLedger.values()) {
    if (scene.bindings.frozenGroups.has(row.name)) continue;
    const keeps = wanted.get(row.name);
    const heir = keeps === undefined ? byIndex.get(scene.directory.groupIndex(row.directoryId)) : undefined;
    tearDown(scene, row, { keeps, heir }, reached);
  }
}

function wantedGroups(scene: Scene): Map<string, WantedGroup> {
  const wanted = new Map<string, WantedGroup>();
  for (const [index, binding] of scene.want.bindings.entries()) {
    if (binding.rule.via === 'direct') continue;
    const { name } = scene.directory.group(binding.group);
    const one = wanted.get(name) ?? newWanted(scene, binding, scene.want.closures[index] as Closure);
    const rival = one.roles.get(binding.place);
    if (rival === undefined || rival === -1 || outranks(scene.atlas, binding, rival))
      one.roles.set(binding.place, binding);
    wanted.set(name, one);
  }
  return wanted;
}

/** An organization role of a group needs an enterprise role, so there is always one. */
function newWanted(scene: Scene, binding: Binding, closure: Closure): WantedGroup {
  const { name } = scene.directory.group(binding.group);
  let people = 0;
  for (const person of peopleIn(scene.directory, closure)) {
    if (scene.directory.person(person).status === 'active') people++;
  }
  const when = binding.rule.via === 'scim' ? 'through SCIM' : 'when they next sign in';
  const needsNone = scene.devin.head.keyLimits?.groupsNeedNoEnterpriseRole === true;
  return { group: binding.group, name, people, when, roles: new Map(needsNone ? [] : [[ENTERPRISE, -1]]) };
}

function buildUp(scene: Scene, one: WantedGroup): void {
  const { name, group, people } = one;
  const known = scene.devin.groupIndex(name);
  const subject: Subject = {
    type: 'group',
    directoryId: scene.directory.group(group).id,
    devinId: name,
    label: name,
  };
  if (!scene.devin.isRegistered(known)) {
    emit(scene, {
      kind: 'register-group',
      subject,
      place: ENTERPRISE,
      before: -1,
      after: -1,
      cause: 'rule',
      reason: `${[...one.roles.values()].map(reasonOf).join(', ')}`,
      people,
      verdict: scene.groupLedger.has(name) ? unregisteredByHand(scene, name) : mapping(scene, one),
    });
  }
  const held = scene.devin.groupRoles(known);
  for (const [place, binding] of one.roles) {
    const have = held.find(({ org }) => org === place)?.role ?? -1;
    giveRole(scene, subject, one, { place, have, binding });
  }
}

/** Held where every rule that gives the group something follows a pattern to its new name. */
function mapping(scene: Scene, { roles }: WantedGroup): Change['verdict'] {
  const named = [...roles.values()].filter((binding) => binding !== -1);
  const renamed = named.map((binding) => underNewName(scene, binding));
  return renamed.includes(null) ? READY : (renamed[0] as Change['verdict']);
}

function unregisteredByHand(scene: Scene, name: string): Change['verdict'] {
  const message = `group ${name} was registered by this daemon, and somebody unregistered it in Devin: it comes back only when approved`;
  note(scene, 'changed-by-hand', `group ${name}`, message, { holder: name, org: null });
  return heldBy('by-hand');
}

function reasonOf(binding: Binding | -1): string {
  return binding === -1
    ? 'an organization role of a group needs an enterprise role'
    : `rule "${binding.rule.name}"`;
}

interface GroupRole {
  readonly place: number;
  readonly have: number;
  readonly binding: Binding | -1;
}

function giveRole(scene: Scene, subject: Subject, one: WantedGroup, want: GroupRole): void {
  const { name, people, when } = one;
  const { place, have } = want;
  const role = want.binding === -1 ? scene.atlas.defaultRole : want.binding.role;
  if (have === role) return;
  const weaker = strength(scene, have) > strength(scene, role);
  if (weaker && scene.bindings.frozen.has(place)) return;
  const row = scene.groupLedger.get(name);
  const foreign = row?.places[placeKey(scene.atlas, place)] === undefined;
  if (weaker && foreign && scene.settings.foreign === 'report') {
    foreignRole(scene, { label: `group ${name}`, devinId: name }, place, have);
    return;
  }
  emit(scene, {
    kind: kindOf(place, have),
    subject,
    place,
    before: have,
    after: role,
    cause: weaker ? 'rule-changed' : 'rule',
    reason: `${reasonOf(want.binding)}; reaches ${people} active people ${when}`,
    people,
    verdict: weaker
      ? heldBy('rule-changed')
      : (takenBack(scene, row, { label: `group ${name}`, place, have, role }) ?? mapping(scene, one)),
  });
}

function kindOf(place: number, have: number): Change['kind'] {
  if (place === ENTERPRISE) return have < 0 ? 'give-group-role' : 'change-group-role';
  return have < 0 ? 'add-group-to-org' : 'change-group-org-role';
}

interface Successors {
  /** What rules want of the very name. */
  readonly keeps: WantedGroup | undefined;
  /** What they want of the same group under its new name. */
  readonly heir: WantedGroup | undefined;
}

/** Roles and registration that are ours and no longer wanted; always approved, in reverse order of building. */
function tearDown(
  scene: Scene,
  { name, directoryId, places }: LedgerGroup,
  { keeps, heir }: Successors,
  reached: Int32Array,
): void {
  const known = scene.devin.groupIndex(name);
  if (known < 0) return;
  const subject: Subject = { type: 'group', directoryId, devinId: name, label: name };
  const cause = scene.directory.groupIndex(directoryId) < 0 ? 'group-deleted' : 'rule-changed';
  const people = reached[known] as number;
  const { verdict, why } = farewell(scene, known, heir);
  const base = { subject, after: -1, cause, people, verdict: verdict ?? heldBy(cause) } as const;
  const roles = scene.devin.groupRoles(known);
  const taken = roles.filter(({ org }) => {
    const ours = Object.hasOwn(places, placeKey(scene.atlas, org));
    return ours && keeps?.roles.has(org) !== true && !scene.bindings.frozen.has(org);
  });
  // Devin refuses to empty a group from the top: what stays keeps the enterprise role, and any role the registration.
  const orgStays = roles.some((edge) => edge.org !== ENTERPRISE && !taken.includes(edge));
  for (const { org, role } of taken) {
    if (org === ENTERPRISE && orgStays) continue;
    emit(scene, {
      ...base,
      kind: org === ENTERPRISE ? 'take-group-role' : 'remove-group-from-org',
      place: org,
      before: role,
      reason: `no rule gives group ${name} a role there any more${why}`,
    });
  }
  if (taken.length < roles.length || keeps !== undefined || !scene.devin.isRegistered(known)) return;
  emit(scene, {
    ...base,
    kind: 'unregister-group',
    place: ENTERPRISE,
    before: -1,
    reason: `no rule names group ${name} any more${why}`,
  });
}

/**
 * The old name of a renamed group stays until the new one can take people in: one approval of everything held must
 * not leave them without both. After that, whoever approves is told how many have the old name only.
 */
function farewell(
  scene: Scene,
  old: number,
  heir: WantedGroup | undefined,
): { verdict: Change['verdict'] | null; why: string } {
  if (heir === undefined) return { verdict: null, why: '' };
  const renamed = `; the group is now named ${heir.name}`;
  const now = scene.devin.groupIndex(heir.name);
  const roles = scene.devin.groupRoles(now);
  const built = [...heir.roles.keys()].every((place) => roles.some(({ org }) => org === place));
  if (!scene.devin.isRegistered(now) || !built) {
    const wait = `the new name ${heir.name} does not have its roles yet`;
    return { verdict: waiting(wait), why: renamed };
  }
  let only = 0;
  for (let user = 0; user < scene.devin.userCount; user++) {
    const groups = new Set(scene.devin.derivedRoles(user).map(({ group }) => group));
    if (groups.has(old) && !groups.has(now)) only++;
  }
  const without = `, and ${only} of its people would have no role of it until they sign in again`;
  return {
    verdict: null,
    why: only === 0 ? `${renamed}, and nobody has only the old name` : renamed + without,
  };
}

/** People whom Devin shows in each of its groups. */
function peopleReached({ devin }: Scene): Int32Array {
  const reached = new Int32Array(devin.groupCount);
  for (let user = 0; user < devin.userCount; user++) {
    for (const group of new Set(devin.derivedRoles(user).map((edge) => edge.group)))
      reached[group] = (reached[group] as number) + 1;
  }
  return reached;
}
