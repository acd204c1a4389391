/**
 * Taking over, and giving back, what somebody else gave: pure, and no access changes by it. From then on the next
 * plan treats an adopted role like one of its own, under the same proofs and guards.
 */
import { type DecideInput, setScene } from './decide.ts';
import { normaliseEmail } from './identity.ts';
import type { LedgerGroup, LedgerPerson, Memory } from './model/memory.ts';
import { findPlace, placeKey, placeRef, roleRef } from './places.ts';
import { isProtectedPerson, isProtectedUser, ownership, type Scene } from './scene.ts';

/** Exactly one of the three. */
export interface LedgerScope {
  /** E-mail, in any letter case. */
  readonly person?: string;
  /** Name or id of an organization. */
  readonly org?: string;
  readonly all?: true;
}

/** One role that changes owner. */
export interface LedgerEdge {
  readonly type: 'person' | 'group';
  readonly directoryId: string;
  /** Devin user id, or the name of the group. */
  readonly devinId: string;
  readonly label: string;
  /** `''` is the enterprise, else an org id. */
  readonly place: string;
  readonly placeName: string;
  readonly role: { readonly id: string; readonly name: string } | null;
}

export interface Transfer {
  readonly memory: Memory;
  readonly edges: readonly LedgerEdge[];
  /** What the scope names does not exist; null: it does. */
  readonly problem: string | null;
}

/** Foreign direct roles of people whom the directory has, and roles of registered groups that rules name. */
export function adopt(input: DecideInput, scope: LedgerScope): Transfer {
  const { scene } = setScene(input);
  const chosen = chooser(scene, scope);
  if (typeof chosen === 'string') return { memory: input.memory, edges: [], problem: chosen };
  const edges = [...peopleEdges(scene), ...groupEdges(scene)].filter(chosen);
  return { memory: withEdges(input.memory, edges, 'adopted'), edges, problem: null };
}

/** Whatever is ours in the scope is foreign from now on; links stay. */
export function release(input: DecideInput, scope: LedgerScope): Transfer {
  const { scene } = setScene(input);
  const chosen = chooser(scene, scope);
  if (typeof chosen === 'string') return { memory: input.memory, edges: [], problem: chosen };
  const { people, groups } = input.memory;
  const owned = [
    ...people.flatMap((row) =>
      ownedBy(scene, row, { type: 'person', devinId: row.devinId, label: row.email }),
    ),
    ...groups.flatMap((row) => ownedBy(scene, row, { type: 'group', devinId: row.name, label: row.name })),
  ];
  const edges = owned.filter(chosen);
  return { memory: withEdges(input.memory, edges, null), edges, problem: null };
}

type Choose = (edge: LedgerEdge) => boolean;

function chooser(scene: Scene, { person, org }: LedgerScope): Choose | string {
  const { atlas, settings } = scene;
  if (person !== undefined) {
    const address = normaliseEmail(person, settings.domainAliases);
    const known = address !== null && isKnown(scene, address);
    if (!known) return `nobody in the directory or the ledger has the address "${person}"`;
    return ({ type, label }) =>
      type === 'person' && normaliseEmail(label, settings.domainAliases) === address;
  }
  if (org === undefined) return () => true;
  const place = findPlace(atlas.places, org);
  if (typeof place === 'string') return place;
  const key = placeKey(atlas, place);
  return (edge) => edge.place === key;
}

function isKnown({ join, settings }: Scene, address: string): boolean {
  const linked = join.links.some(
    (row) => normaliseEmail(row?.email ?? null, settings.domainAliases) === address,
  );
  return linked || join.emails.includes(address);
}

export function* peopleEdges(scene: Scene): Generator<LedgerEdge> {
  const { directory, devin, join, atlas } = scene;
  for (let person = 0; person < directory.personCount; person++) {
    const user = join.userOf[person] as number;
    if (user < 0 || join.blocked.has(person)) continue;
    if (isProtectedPerson(scene, person) || isProtectedUser(scene, user)) continue;
    for (const { org, role } of devin.directRoles(user)) {
      if (ownership(scene, user, org) !== 'foreign') continue;
      const subject = { directoryId: directory.person(person).id, devinId: devin.user(user).id };
      const label = join.emails[person] ?? subject.devinId;
      yield {
        type: 'person',
        ...subject,
        label,
        ...where(scene, org),
        role: roleRef(atlas, role) as LedgerEdge['role'],
      };
    }
  }
}

export function* groupEdges(scene: Scene): Generator<LedgerEdge> {
  const { devin, directory, atlas, groupLedger } = scene;
  const named = scene.want.bindings.flatMap(({ rule, group }) => (rule.via === 'direct' ? [] : [group]));
  for (const index of new Set(named)) {
    const { id, name } = directory.group(index);
    const known = devin.groupIndex(name);
    if (known < 0 || !devin.isRegistered(known)) continue;
    for (const { org, role } of devin.groupRoles(known)) {
      if (groupLedger.get(name)?.places[placeKey(atlas, org)] !== undefined) continue;
      const subject = { directoryId: id, devinId: name, label: name };
      yield {
        type: 'group',
        ...subject,
        ...where(scene, org),
        role: roleRef(atlas, role) as LedgerEdge['role'],
      };
    }
  }
}

function where({ atlas }: Scene, org: number): Pick<LedgerEdge, 'place' | 'placeName'> {
  return { place: placeKey(atlas, org), placeName: placeRef(atlas, org)?.name ?? 'the enterprise' };
}

function ownedBy(
  { atlas }: Scene,
  { directoryId, places }: LedgerPerson | LedgerGroup,
  subject: Pick<LedgerEdge, 'type' | 'devinId' | 'label'>,
): LedgerEdge[] {
  return Object.keys(places).map((place) => {
    const org = atlas.places.find(({ id }) => id === place);
    const placeName = place === '' ? 'the enterprise' : (org?.name ?? place);
    return { ...subject, directoryId, place, placeName, role: null };
  });
}

/** @param owner null: nobody here. */
export function withEdges<M extends Pick<Memory, 'people' | 'groups'>>(
  memory: M,
  edges: readonly LedgerEdge[],
  owner: 'managed' | 'adopted' | null,
): M {
  const people = new Map(memory.people.map((row) => [row.directoryId, row]));
  const groups = new Map(memory.groups.map((row) => [row.directoryId, row]));
  for (const edge of edges) {
    const { type, directoryId, devinId, label } = edge;
    if (type === 'person') {
      const known = people.get(directoryId);
      const row = known?.devinId === devinId ? known : { directoryId, devinId, email: label, places: {} };
      people.set(directoryId, { ...row, ...owned(row, edge, owner) });
    } else {
      const known = groups.get(directoryId);
      const row = known?.name === devinId ? known : { directoryId, name: devinId, places: {} };
      groups.set(directoryId, { ...row, ...owned(row, edge, owner) });
    }
  }
  return { ...memory, people: [...people.values()], groups: [...groups.values()] };
}

function owned(
  row: Pick<LedgerGroup, 'places' | 'applied'>,
  { place, role }: LedgerEdge,
  owner: 'managed' | 'adopted' | null,
): Pick<LedgerGroup, 'places' | 'applied'> {
  const places = { ...row.places };
  const applied = { ...row.applied };
  delete places[place];
  delete applied[place];
  if (owner !== null) places[place] = owner;
  if (owner !== null && role !== null) applied[place] = role.id;
  return { places, applied };
}
