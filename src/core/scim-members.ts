/** Members of one group of the SCIM service: who comes in, who goes and why, and whose membership is not ours. */
import type { Binding } from './bind.ts';
import type { Residual, Subject, Verdict } from './model/change.ts';
import { type DerivedEdge, ENTERPRISE } from './model/devin.ts';
import type { ScimMark } from './model/memory.ts';
import type { ScimGroup } from './model/scim.ts';
import { denyWords } from './personal.ts';
import { placeRef } from './places.ts';
import { leftGroups, type Proof, ruleChanged } from './proof.ts';
import { underNewName } from './renames.ts';
import { heldBy, isProtectedPerson, note, roleName } from './scene.ts';
import {
  clearly,
  emitMember,
  givesAdmin,
  idOf,
  markOf,
  placesOf,
  type ScimDesk,
  type ScimTeam,
  subjectOf,
  userAt,
} from './scim-desk.ts';
import { type Closure, groupPath, peopleIn } from './want.ts';

export function diffMembers(desk: ScimDesk, team: ScimTeam): void {
  const { scene, join } = desk;
  const closure = scene.want.closures[team.giving[0] as number] as Closure;
  const members = new Set(team.there?.members);
  const wanted = new Set<number>();
  desk.wantedIn.set(team.id, wanted);
  let takenBack = 0;
  for (const person of peopleIn(scene.directory, closure)) {
    if (!mayBeIn(desk, team, person)) continue;
    wanted.add(person);
    desk.wanted.add(person);
    const users = join.usersOf.get(person) ?? [];
    if (users.some((user) => members.has(userAt(desk, user).id))) continue;
    if (addMember(desk, team, person, closure)) takenBack++;
  }
  if (takenBack > 0) {
    const message = `${takenBack} people were put into group ${team.name} through SCIM, and somebody took them out: they come back only when approved`;
    note(scene, 'changed-by-hand', `group ${team.name}`, message);
  }
  let foreign = 0;
  for (const member of members) if (isForeign(desk, team, member, wanted)) foreign++;
  if (foreign > 0) {
    const message = `${foreign} members of group ${team.name} in the SCIM service were neither put there by this daemon nor by the directory`;
    note(scene, 'foreign', `group ${team.name}`, message);
  }
  shownElsewhere(desk, team, wanted, members);
}

/** Active, with an address, protected by nobody and denied nowhere where the group has a role. */
function mayBeIn(desk: ScimDesk, team: ScimTeam, person: number): boolean {
  const { scene } = desk;
  if (scene.directory.person(person).status !== 'active' || scene.join.emails[person] === null) return false;
  return !isProtectedPerson(scene, person) && denialOf(desk, team, person) === undefined;
}

function denialOf(desk: ScimDesk, team: ScimTeam, person: number) {
  for (const place of placesOf(desk, team)) {
    const denial = desk.scene.want.denial(person, place);
    if (denial !== undefined) return denial;
  }
  return undefined;
}

/** True where the person was put in before and taken out by somebody. */
function addMember(desk: ScimDesk, team: ScimTeam, person: number, closure: Closure): boolean {
  const { scene, join } = desk;
  const user = join.usersOf.get(person)?.[0];
  const isByHand = markOf(desk, idOf(desk, person), team.id) !== undefined;
  const path = groupPath(scene.directory, closure, person);
  const rules = team.giving.map((index) => `rule "${(scene.want.bindings[index] as Binding).rule.name}"`);
  emitMember(desk, {
    kind: 'scim-add-member',
    subject: subjectOf(desk, person),
    team,
    user: user === undefined ? null : userAt(desk, user),
    cause: 'rule',
    reason: `${rules.join(', ')}: member of ${path}`,
    verdict: isByHand ? heldBy('by-hand') : verdictOf(desk, team, person),
  });
  return isByHand;
}

function verdictOf(desk: ScimDesk, { giving }: ScimTeam, person: number): Verdict {
  const { scene } = desk;
  const renamed = giving.map((index) => underNewName(scene, scene.want.bindings[index] as Binding));
  return renamed.includes(null) ? clearly(desk, person) : (renamed[0] as Verdict);
}

/** A member who should not be there goes, where that is ours to do; true where it is not. */
function isForeign(desk: ScimDesk, team: ScimTeam, member: string, wanted: ReadonlySet<number>): boolean {
  const { scene, join } = desk;
  const user = join.userIndex.get(member);
  const person = user === undefined ? -1 : (join.personOf[user] as number);
  if (user === undefined || person < 0) return !isOrphan(desk, user);
  // Whoever is suspended keeps the membership of a user that is switched off; leavers are judged by their status.
  if (wanted.has(person) || scene.directory.person(person).status !== 'active') return false;
  if (isProtectedPerson(scene, person)) return false;
  const ours = markOf(desk, idOf(desk, person), team.id) !== undefined;
  if (!ours && scene.settings.foreign === 'report') return true;
  const proof = proofOf(desk, team, person);
  const { seen, ...proven } = ours ? proof : foreignProof(proof);
  emitMember(desk, {
    ...proven,
    kind: 'scim-remove-member',
    subject: subjectOf(desk, person),
    team,
    user: userAt(desk, user),
    reason: seen,
  });
  return false;
}

/** Written by this daemon for somebody whom the directory does not list any more: asked for by id. */
function isOrphan(desk: ScimDesk, user: number | undefined): boolean {
  const id = user === undefined ? null : userAt(desk, user).externalId;
  return id !== null && markOf(desk, id, '') !== undefined;
}

function proofOf(desk: ScimDesk, team: ScimTeam, person: number): Proof {
  const denial = denialOf(desk, team, person);
  if (denial !== undefined) return ruleChanged(denyWords(denial));
  const asked = { kind: 'scim-remove-member', place: ENTERPRISE } as const;
  // Counted by the group of the service, so which group of the directory it was says nothing more.
  const { left: _left, ...proof } = leftGroups(desk.scene, person, asked, team.giving);
  return proof;
}

function foreignProof(proof: Proof): Proof {
  const { cause, seen, verdict } = proof;
  return {
    cause: 'foreign',
    seen: `${seen}; not put there by this daemon`,
    verdict: cause === 'left-group' ? verdict : heldBy('rule-changed'),
  };
}

/** Devin shows people in the group whom neither its SCIM service nor the directory has there. */
function shownElsewhere(
  desk: ScimDesk,
  { name }: ScimTeam,
  wanted: ReadonlySet<number>,
  members: ReadonlySet<string>,
): void {
  const { scene, join } = desk;
  const { devin } = scene;
  const known = devin.groupIndex(name);
  if (known < 0) return;
  const isShown = (user: number): boolean => {
    const person = scene.join.personOf[user] as number;
    if (person < 0 || wanted.has(person) || scene.directory.person(person).status !== 'active') return false;
    const users = join.usersOf.get(person) ?? [];
    return !users.some((one) => members.has(userAt(desk, one).id));
  };
  let shown = 0;
  for (let user = 0; user < devin.userCount; user++) {
    const edges = isShown(user) ? devin.derivedRoles(user).filter(({ group }) => group === known) : [];
    shown += Math.min(1, edges.length);
    scene.out.residual.push(...edges.map((edge) => lingering(desk, user, name, edge)));
  }
  const message = `Devin shows ${shown} people in group ${name} whom its SCIM service does not have there: it has not followed yet, or the group sync at sign-in is still on and writes as well`;
  if (shown > 0) note(scene, 'other-writer', `group ${name}`, message);
}

function lingering(
  desk: ScimDesk,
  user: number,
  group: string,
  { org, role }: Pick<DerivedEdge, 'org' | 'role'>,
): Residual {
  const { scene } = desk;
  return {
    email: subjectOf(desk, scene.join.personOf[user] as number).label,
    devinId: scene.devin.user(user).id,
    group,
    org: placeRef(scene.atlas, org)?.name ?? null,
    role: roleName(scene, role),
    lever:
      'its SCIM service does not have them in the group: ends when Devin follows it, unless the group sync at sign-in is still on',
  };
}

/**
 * Memberships that this daemon wrote to groups that no rule names any more go when a person approves it. What is
 * neither there nor wanted any more needs no mark.
 */
export function looseMembers(desk: ScimDesk, teams: ReadonlyMap<string, ScimTeam>): void {
  const { scene, reading } = desk;
  const groups = new Map(reading.groups.map((group) => [group.externalId, group]));
  const known = new Map<string, ReadonlyMap<string, number>>();
  for (const [key, mark] of desk.marks) {
    if (mark.group === '' || isLeftAlone(desk, mark.group)) continue;
    const team = teams.get(mark.group);
    const there = team === undefined ? groups.get(mark.group) : team.there;
    const inside = known.get(mark.group) ?? insideOf(desk, there?.members ?? []);
    known.set(mark.group, inside);
    const user = inside.get(mark.person);
    const person = scene.directory.personIndex(mark.person);
    if (user === undefined) {
      if (desk.wantedIn.get(mark.group)?.has(person) !== true) scene.out.unmarked.add(key);
    } else if (team === undefined) loseGroup(desk, mark, there as ScimGroup, user);
  }
}

/** Directory id → the user in the group that stands for it. */
function insideOf(desk: ScimDesk, members: readonly string[]): Map<string, number> {
  const inside = new Map<string, number>();
  for (const member of members) {
    const user = desk.join.userIndex.get(member);
    if (user === undefined) continue;
    const person = desk.join.personOf[user] as number;
    const id = person < 0 ? userAt(desk, user).externalId : idOf(desk, person);
    if (id !== null) inside.set(id, user);
  }
  return inside;
}

function isLeftAlone({ scene, leftAlone }: ScimDesk, id: string): boolean {
  const group = scene.directory.groupIndex(id);
  if (leftAlone.has(id)) return true;
  return group >= 0 && scene.bindings.frozenGroups.has(scene.directory.group(group).name);
}

function loseGroup(desk: ScimDesk, mark: ScimMark, there: ScimGroup, index: number): void {
  const { scene } = desk;
  desk.loose.add(mark.person);
  const user = userAt(desk, index);
  const person = scene.directory.personIndex(mark.person);
  const subject: Subject =
    person < 0
      ? { type: 'person', directoryId: mark.person, devinId: null, label: user.userName }
      : subjectOf(desk, person);
  const cause = scene.directory.groupIndex(mark.group) < 0 ? 'group-deleted' : 'rule-changed';
  const team = {
    ...{ id: mark.group, group: -1, name: there.displayName, giving: [], there },
    privileged: givesAdmin(desk, there.displayName, []),
  };
  emitMember(desk, {
    kind: 'scim-remove-member',
    subject,
    team,
    user,
    cause,
    reason: `no rule writes the members of group ${there.displayName} any more`,
    verdict: heldBy(cause),
  });
}
