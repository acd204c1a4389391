/** Why one person has, lacks or loses each access, from the same scene that the plan was decided on. */
import type { Binding } from './bind.ts';
import { type DecideInput, setScene } from './decide.ts';
import { UNASSIGNED } from './findings.ts';
import { normaliseEmail } from './identity.ts';
import type { Plan } from './model/change.ts';
import type { Explanation, GroupPath, HeldRole, PlaceAccess, RuleTrial } from './model/explanation.ts';
import { denyWords, grantWords } from './personal.ts';
import { placeRef } from './places.ts';
import { ownership, roleName, type Scene } from './scene.ts';
import { type Closure, closureOf, groupPath, isMember, type Wanted } from './want.ts';

/** `plan` is the plan decided from `input`; `email` in any letter case. */
export function explain(input: DecideInput, plan: Plan, email: string): Explanation {
  const { scene } = setScene(input);
  const wanted = normaliseEmail(email, input.settings.domainAliases) ?? email.trim().toLowerCase();
  const person = scene.join.emails.indexOf(wanted);
  const users = usersFor(scene, person, wanted);
  const mine = (label: string) => normaliseEmail(label, input.settings.domainAliases) === wanted;
  return {
    email: wanted,
    createdAt: input.now,
    tenants: input.tenants,
    person: person < 0 ? null : scene.directory.person(person),
    users: users.map((user) => scene.devin.user(user)),
    groups: person < 0 ? [] : groupsOf(scene, person),
    rules: input.settings.rules.map((rule, order) => tryRule(scene, person, order, rule.name)),
    places: placesOf(scene, person, users),
    changes: plan.changes.filter(({ subject }) => subject.type === 'person' && mine(subject.label)),
    residual: plan.residual.filter((one) => mine(one.email)),
    notices: plan.notices.filter((one) => mine(one.subject)),
    configFile: null,
    writes: [],
  };
}

function usersFor(scene: Scene, person: number, email: string): number[] {
  const users: number[] = [];
  for (let user = 0; user < scene.devin.userCount; user++) {
    const linked = person >= 0 && scene.join.personOf[user] === person;
    const address = normaliseEmail(scene.devin.user(user).email, scene.settings.domainAliases);
    if (linked || address === email) users.push(user);
  }
  return users;
}

/** Groups that a rule is bound to and that reach the person, with the nesting path. */
function groupsOf(scene: Scene, person: number): GroupPath[] {
  const found = new Map<number, GroupPath>();
  for (let group = 0; group < scene.directory.groupCount; group++) {
    if (!isMember(scene.directory.members(group), person)) continue;
    const { id, name } = scene.directory.group(group);
    found.set(group, { path: [name], groupId: id });
  }
  for (const [index, binding] of scene.want.bindings.entries()) {
    const path = groupPath(scene.directory, scene.want.closures[index] as Closure, person);
    if (path === null || found.has(binding.group)) continue;
    found.set(binding.group, { path: path.split(' > '), groupId: scene.directory.group(binding.group).id });
  }
  return [...found.values()];
}

function tryRule(scene: Scene, person: number, order: number, name: string): RuleTrial {
  const rule = scene.settings.rules[order] as Scene['settings']['rules'][number];
  const base = {
    rule: name,
    line: null,
    via: rule.via,
    org: rule.org,
    role: rule.role,
    priority: rule.priority,
  };
  const bound = scene.want.bindings.flatMap((binding, index) => (binding.order === order ? [index] : []));
  const frozen = scene.bindings.frozenRules.get(order);
  if (frozen !== undefined) return { ...base, outcome: 'refused', why: frozen };
  if (bound.length === 0)
    return { ...base, outcome: 'no-match', why: 'no group of the directory matches this rule' };
  const hits = person < 0 ? [] : bound.filter((index) => reaches(scene, index, person));
  if (hits.length === 0) return { ...base, outcome: 'no-match', why: outsideWords(scene, person) };
  return judgeTrial(scene, person, base, hits);
}

function outsideWords({ directory }: Scene, person: number): string {
  const unassigned = person >= 0 && directory.person(person).abstains === true;
  return unassigned ? `the person ${UNASSIGNED}` : 'the person is in no group of this rule';
}

function reaches(scene: Scene, index: number, person: number): boolean {
  const binding = scene.want.bindings[index] as Binding;
  return groupPath(scene.directory, closureOf(scene.directory, binding.group), person) !== null;
}

function judgeTrial(
  scene: Scene,
  person: number,
  base: Omit<RuleTrial, 'outcome' | 'why'>,
  hits: readonly number[],
): RuleTrial {
  const index = hits[0] as number;
  const binding = scene.want.bindings[index] as Binding;
  const place = placeRef(scene.atlas, binding.place);
  const path = groupPath(scene.directory, scene.want.closures[index] as Closure, person);
  const named = { ...base, org: place?.name ?? null, role: roleName(scene, binding.role) };
  const why = `member of ${path}`;
  const { via } = binding.rule;
  const holds = `${why}; the group holds the role in Devin`;
  if (via === 'group') return { ...named, outcome: 'won', why: holds };
  if (via === 'scim')
    return { ...named, outcome: 'won', why: `${holds}, and the membership is written through SCIM` };
  const blocked = scene.join.blocked.get(person);
  const { status } = scene.directory.person(person);
  if (status !== 'active')
    return { ...named, outcome: 'refused', why: `${why}, but the person is ${status} in the directory` };
  if (blocked !== undefined) return { ...named, outcome: 'refused', why: `${why}, but ${blocked}` };
  const winner = scene.want.of(person).find((one) => hits.includes(one.binding));
  if (winner !== undefined) return { ...named, outcome: 'won', why };
  const denial = scene.want.denial(person, binding.place);
  if (denial !== undefined) return { ...named, outcome: 'refused', why: `${why}, but ${denyWords(denial)}` };
  const rival = scene.want.of(person).find((one) => one.place === binding.place) as Wanted;
  if (rival.grant !== undefined)
    return { ...named, outcome: 'outranked', why: `${why}; ${grantWords(rival.grant)}` };
  const { rule } = scene.want.bindings[rival.binding] as Binding;
  return { ...named, outcome: 'outranked', why: `${why}; rule "${rule.name}" wins there` };
}

function placesOf(scene: Scene, person: number, users: readonly number[]): PlaceAccess[] {
  const active = person >= 0 && scene.directory.person(person).status === 'active';
  const wanted = active ? scene.want.of(person) : [];
  const places = new Set(wanted.map(({ place }) => place));
  for (const user of users) {
    for (const { org } of [...scene.devin.directRoles(user), ...scene.devin.derivedRoles(user)])
      places.add(org);
  }
  const rows = [...places].map((place) => ({
    org: placeRef(scene.atlas, place),
    wanted: wantedIn(
      scene,
      wanted.find((one) => one.place === place),
    ),
    held: users.flatMap((user) => heldIn(scene, user, place)),
  }));
  const name = ({ org }: PlaceAccess) => (org === null ? '' : org.name);
  return rows.sort((a, b) => (name(a) < name(b) ? -1 : 1));
}

function wantedIn(scene: Scene, one: Wanted | undefined): PlaceAccess['wanted'] {
  if (one === undefined) return null;
  if (one.grant !== undefined)
    return { role: roleName(scene, one.role), rule: grantWords(one.grant), granted: true };
  const rule =
    one.binding < 0 ? 'defaultEnterpriseRole' : (scene.want.bindings[one.binding] as Binding).rule.name;
  return { role: roleName(scene, one.role), rule };
}

function heldIn(scene: Scene, user: number, place: number): HeldRole[] {
  const held: HeldRole[] = [];
  const direct = scene.devin.directRole(user, place);
  if (direct >= 0)
    held.push({ role: roleName(scene, direct), group: null, ownership: ownership(scene, user, place) });
  for (const edge of scene.devin.derivedRoles(user)) {
    if (edge.org === place)
      held.push({
        role: roleName(scene, edge.role),
        group: scene.devin.groupName(edge.group),
        ownership: 'foreign',
      });
  }
  return held;
}
