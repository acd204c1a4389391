/** The diff of `via: group` rules: names to register, their enterprise role first, then their org roles. */
import type { Binding } from './bind.ts';
import type { Change, Subject } from './model/change.ts';
import { ENTERPRISE, type RoleEdge } from './model/devin.ts';
import { placeKey } from './places.ts';
import { emit, heldBy, note, placeName, READY, roleName, type Scene, strength } from './scene.ts';
import { closureOf, peopleIn } from './want.ts';

interface WantedGroup {
  readonly group: number;
  readonly name: string;
  /** Active people it reaches. */
  readonly people: number;
  readonly roles: Map<number, { role: number; rule: string }>;
}

export function diffGroups(scene: Scene): void {
  const wanted = wantedGroups(scene);
  for (const one of wanted.values()) buildUp(scene, one);
  for (const row of scene.groupLedger.values()) {
    const keeps = wanted.get(row.name);
    tearDown(scene, row.name, keeps, Object.keys(row.places));
  }
}

function wantedGroups(scene: Scene): Map<string, WantedGroup> {
  const wanted = new Map<string, WantedGroup>();
  for (const binding of scene.want.bindings) {
    if (binding.rule.via !== 'group' || scene.bindings.frozen.has(binding.place)) continue;
    const { name } = scene.directory.group(binding.group);
    const one = wanted.get(name) ?? newWanted(scene, binding, name);
    const rival = one.roles.get(binding.place);
    if (rival === undefined || strength(scene, rival.role) < strength(scene, binding.role)) {
      one.roles.set(binding.place, { role: binding.role, rule: binding.rule.name });
    }
    wanted.set(name, one);
  }
  for (const one of wanted.values()) {
    if (!one.roles.has(ENTERPRISE)) {
      one.roles.set(ENTERPRISE, {
        role: scene.atlas.defaultRole,
        rule: 'an organization role of a group needs an enterprise role',
      });
    }
  }
  return wanted;
}

function newWanted(scene: Scene, binding: Binding, name: string): WantedGroup {
  let people = 0;
  for (const person of peopleIn(scene.directory, closureOf(scene.directory, binding.group))) {
    if (scene.directory.person(person).status === 'active') people++;
  }
  return { group: binding.group, name, people, roles: new Map() };
}

function subjectOf(scene: Scene, name: string, group: number | null): Subject {
  const directoryId =
    group === null ? (scene.groupLedger.get(name)?.directoryId ?? null) : scene.directory.group(group).id;
  return { type: 'group', directoryId, devinId: name, label: name };
}

function buildUp(scene: Scene, one: WantedGroup): void {
  const known = scene.devin.groupIndex(one.name);
  const subject = subjectOf(scene, one.name, one.group);
  const held = known < 0 ? [] : scene.devin.groupRoles(known);
  if (known < 0 || !scene.devin.isRegistered(known)) {
    emit(scene, {
      kind: 'register-group',
      subject,
      place: ENTERPRISE,
      before: -1,
      after: -1,
      cause: 'rule',
      reason: `rule "${[...one.roles.values()].at(0)?.rule}" names this group`,
      people: one.people,
      verdict: READY,
    });
  }
  for (const [place, want] of one.roles) giveRole(scene, subject, one, held, { place, ...want });
}

function giveRole(
  scene: Scene,
  subject: Subject,
  one: WantedGroup,
  held: readonly RoleEdge[],
  want: { place: number; role: number; rule: string },
): void {
  const have = held.find(({ org }) => org === want.place)?.role ?? -1;
  if (have === want.role) return;
  const weaker = strength(scene, have) > strength(scene, want.role);
  if (weaker && !isOurs(scene, one.name, want.place) && scene.settings.foreign === 'report') {
    note(
      scene,
      'foreign',
      one.name,
      `group ${one.name} holds ${roleName(scene, have)} in ${placeName(scene, want.place)}, more than rule "${want.rule}" gives`,
    );
    return;
  }
  emit(scene, {
    kind: kindOf(want.place, have),
    subject,
    place: want.place,
    before: have,
    after: want.role,
    cause: weaker ? 'rule-changed' : 'rule',
    reason: `rule "${want.rule}", reaches ${one.people} active people when they next sign in`,
    people: one.people,
    verdict: weaker ? heldBy('rule-changed') : READY,
  });
}

function kindOf(place: number, have: number): Change['kind'] {
  if (place === ENTERPRISE) return have < 0 ? 'give-group-role' : 'change-group-role';
  return have < 0 ? 'add-group-to-org' : 'change-group-org-role';
}

function isOurs(scene: Scene, name: string, place: number): boolean {
  return scene.groupLedger.get(name)?.places[placeKey(scene.atlas, place)] !== undefined;
}

/** Roles and registration that are ours and no longer wanted; always approved, in reverse order of building. */
function tearDown(
  scene: Scene,
  name: string,
  keeps: WantedGroup | undefined,
  places: readonly string[],
): void {
  const known = scene.devin.groupIndex(name);
  if (known < 0) return;
  const subject = subjectOf(scene, name, null);
  const members = membersOf(scene, known);
  const cause = scene.directory.groupIndex(subject.directoryId ?? '') < 0 ? 'group-deleted' : 'rule-changed';
  const base = { subject, after: -1, cause, people: members, verdict: heldBy(cause) } as const;
  for (const { org, role } of scene.devin.groupRoles(known)) {
    if (keeps?.roles.has(org) === true || !places.includes(placeKey(scene.atlas, org))) continue;
    if (scene.bindings.frozen.has(org)) continue;
    const kind = org === ENTERPRISE ? 'take-group-role' : 'remove-group-from-org';
    emit(scene, {
      ...base,
      kind,
      place: org,
      before: role,
      reason: `no rule gives group ${name} a role there any more`,
    });
  }
  if (keeps !== undefined || !scene.devin.isRegistered(known)) return;
  emit(scene, {
    ...base,
    kind: 'unregister-group',
    place: ENTERPRISE,
    before: -1,
    reason: `no rule names group ${name} any more`,
  });
}

function membersOf(scene: Scene, group: number): number {
  let members = 0;
  for (let user = 0; user < scene.devin.userCount; user++) {
    if (scene.devin.derivedRoles(user).some((edge) => edge.group === group)) members++;
  }
  return members;
}
