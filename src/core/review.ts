/** Every role that somebody holds in Devin, with what asks for it: from the scene that the plan was decided on. */
import { type DecideInput, setScene } from './decide.ts';
import { normaliseEmail } from './identity.ts';
import type { Plan, Residual } from './model/change.ts';
import type { DerivedEdge } from './model/devin.ts';
import type { HistoryEntry } from './model/history.ts';
import type { ReviewRow } from './model/review.ts';
import { denyWords, endedWords, grantWords } from './personal.ts';
import { findPlace, placeKey } from './places.ts';
import { isAdmin, ownership, placeName, roleName, type Scene } from './scene.ts';
import { type Closure, groupPath, personally, type Wanted } from './want.ts';

/** By `writeKey`. */
export type LastWrites = ReadonlyMap<string, HistoryEntry>;

/** @param holder Devin id of a user, or name of a group. @param place org id; `''`: the enterprise. */
export function writeKey(type: 'person' | 'group', holder: string, place: string): string {
  return JSON.stringify([type, holder, place]);
}

interface Work {
  readonly scene: Scene;
  readonly residual: ReadonlyMap<string, Residual>;
  readonly writes: LastWrites;
}

export interface Reviewed {
  readonly rows: readonly ReviewRow[];
  /** Name of the organization that was asked for. */
  readonly org: string | null;
  /** Why the organization cannot be told; there are no rows then. */
  readonly problem: string | null;
}

/** @param plan decided from `input`. @param org name or id of the only organization to show; null: everything. */
export function review(input: DecideInput, plan: Plan, writes: LastWrites, org: string | null): Reviewed {
  const { scene } = setScene(input);
  const place = org === null ? null : findPlace(scene.atlas.places, org);
  if (typeof place === 'string') return { rows: [], org, problem: place };
  const work: Work = { scene, residual: residualByEdge(plan), writes };
  const rows: ReviewRow[] = [];
  for (let user = 0; user < scene.devin.userCount; user++) {
    for (const edge of scene.devin.directRoles(user))
      if (place === null || edge.org === place) rows.push(directRow(work, user, edge.org, edge.role));
    for (const edge of scene.devin.derivedRoles(user))
      if (place === null || edge.org === place) rows.push(derivedRow(work, user, edge));
  }
  const name = place === null ? null : placeName(scene, place);
  return { rows: rows.sort(byHolder), org: name, problem: null };
}

function byHolder(a: ReviewRow, b: ReviewRow): number {
  return orderOf(a) < orderOf(b) ? -1 : 1;
}

function orderOf({ email, user, org, group }: ReviewRow): string {
  return [email ?? '', user, org ?? '', group ?? ''].join('\0');
}

function residualByEdge({ residual }: Plan): Map<string, Residual> {
  return new Map(residual.map((one) => [JSON.stringify([one.devinId, one.group, one.org, one.role]), one]));
}

type Holder = Pick<ReviewRow, 'email' | 'name' | 'user' | 'status' | 'org' | 'role' | 'admin'>;

function holderOf({ scene }: Work, user: number, place: number, role: number): Holder {
  const { id, email, name } = scene.devin.user(user);
  const person = scene.join.personOf[user] as number;
  return {
    email,
    name,
    user: id,
    status: person < 0 ? null : scene.directory.person(person).status,
    org: place < 0 ? null : placeName(scene, place),
    role: roleName(scene, role),
    admin: isAdmin(scene, role),
  };
}

function directRow(work: Work, user: number, place: number, role: number): ReviewRow {
  const { scene, writes } = work;
  const { id } = scene.devin.user(user);
  return {
    ...holderOf(work, user, place, role),
    group: null,
    origin: ownership(scene, user, place),
    ...reasonOf(scene, user, place, role),
    lastWrite: writes.get(writeKey('person', id, placeKey(scene.atlas, place))) ?? null,
  };
}

type Reason = Pick<ReviewRow, 'basis' | 'why'>;

const none = (why: string): Reason => ({ basis: 'none', why });

function reasonOf(scene: Scene, user: number, place: number, role: number): Reason {
  const person = scene.join.personOf[user] as number;
  if (person < 0) return outsiderReason(scene, user, place, role);
  const { status } = scene.directory.person(person);
  if (status !== 'active') return none(`the person is ${status} in the directory`);
  const wanted = scene.want.of(person).find((one) => one.place === place);
  if (wanted !== undefined) return wantedReason(scene, person, wanted, role);
  const denial = scene.want.denial(person, place);
  if (denial !== undefined) return none(denyWords(denial));
  const ended = scene.want.ended(person, place, role);
  return none(ended === undefined ? 'no rule and no grant gives a role here' : endedWords(ended.grant));
}

/** Somebody whom the directory does not have may hold what a grant to their address gives. */
function outsiderReason(scene: Scene, user: number, place: number, role: number): Reason {
  const address = normaliseEmail(scene.devin.user(user).email, scene.settings.domainAliases);
  const lines = address === null ? undefined : scene.personal.outside.get(address);
  const wanted = lines && personally([], lines, scene.atlas.defaultRole).find((one) => one.place === place);
  if (wanted !== undefined) return wantedReason(scene, -1, wanted, role);
  return none(
    scene.join.shared.has(user)
      ? 'several people of the directory share this address'
      : 'nobody in the directory is this user',
  );
}

function wantedReason(scene: Scene, person: number, wanted: Wanted, role: number): Reason {
  const { basis, why } = askedBy(scene, person, wanted);
  if (wanted.role === role) return { basis, why };
  return none(`the configuration asks for ${roleName(scene, wanted.role)} here: ${why}`);
}

function askedBy(scene: Scene, person: number, { binding, grant }: Wanted): Reason {
  if (grant !== undefined) return { basis: 'grant', why: grantWords(grant) };
  if (binding < 0) return { basis: 'default', why: 'a role in an organization needs it' };
  return { basis: 'rule', why: ruleWords(scene, person, binding) };
}

/** Only for a binding that reaches the person. */
function ruleWords(scene: Scene, person: number, binding: number): string {
  const { rule } = scene.want.bindings[binding] as Scene['want']['bindings'][number];
  const path = groupPath(scene.directory, scene.want.closures[binding] as Closure, person);
  return `rule "${rule.name}": member of ${path}`;
}

function derivedRow(work: Work, user: number, edge: DerivedEdge): ReviewRow {
  const { scene, residual, writes } = work;
  const group = scene.devin.groupName(edge.group);
  const holder = holderOf(work, user, edge.org, edge.role);
  const stays = residual.get(JSON.stringify([holder.user, group, holder.org, holder.role]));
  const reason: Reason =
    stays === undefined ? throughGroup(scene, user, edge, group) : { basis: 'residual', why: stays.lever };
  return {
    ...holder,
    group,
    origin: 'group',
    ...reason,
    lastWrite: writes.get(writeKey('group', group, placeKey(scene.atlas, edge.org))) ?? null,
  };
}

/** A rule via the group gives to whoever the directory has in it. */
function throughGroup(scene: Scene, user: number, edge: DerivedEdge, group: string): Reason {
  const index = scene.want.bindings.findIndex(
    ({ rule, place, role, group: at }) =>
      rule.via !== 'direct' &&
      place === edge.org &&
      role === edge.role &&
      scene.directory.group(at).name === group,
  );
  if (index < 0) return none('no rule gives this role to the group');
  const person = scene.join.personOf[user] as number;
  const path = person < 0 ? null : groupPath(scene.directory, scene.want.closures[index] as Closure, person);
  if (path === null) return none('the directory does not have the person in the group');
  return { basis: 'rule', why: ruleWords(scene, person, index) };
}
