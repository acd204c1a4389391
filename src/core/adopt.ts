/**
 * Taking over, and giving back, what somebody else gave: pure, and no access changes by it. From then on the next
 * plan treats an adopted role like one of its own, under the same proofs and guards.
 */
import { foreignMarks, ownMarks, withMarks } from './adopt-scim.ts';
import { type DecideInput, setScene } from './decide.ts';
import { normaliseEmail } from './identity.ts';
import type { LedgerEdge } from './model/ledger-edge.ts';
import type { LedgerGroup, LedgerPerson, Memory } from './model/memory.ts';
import { findPlace, placeKey, placeRef, roleRef } from './places.ts';
import { isProtectedPerson, isProtectedUser, ownership, type Scene } from './scene.ts';

export type { LedgerEdge } from './model/ledger-edge.ts';

/** Exactly one of the three. */
export interface LedgerScope {
  /** E-mail, in any letter case. */
  readonly person?: string;
  /** Name or id of an organization. */
  readonly org?: string;
  readonly all?: true;
}

export interface Transfer {
  readonly memory: Memory;
  readonly edges: readonly LedgerEdge[];
  /** What the scope names does not exist; null: it does. */
  readonly problem: string | null;
}

/**
 * Foreign direct roles of people whom the directory has, roles of registered groups that rules name, and who is in
 * groups that rules write through SCIM.
 */
export function adopt(input: DecideInput, scope: LedgerScope): Transfer {
  const { scene } = setScene(input);
  const chosen = chooser(scene, scope);
  if (typeof chosen === 'string') return { memory: input.memory, edges: [], problem: chosen };
  const foreign = [...peopleEdges(scene), ...groupEdges(scene), ...foreignMarks(scene, input.memory)];
  return moved(scene, { memory: input.memory, scope, edges: foreign.filter(chosen), owner: 'adopted' });
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
    ...ownMarks(scene, input.memory),
  ];
  return moved(scene, { memory: input.memory, scope, edges: owned.filter(chosen), owner: null });
}

interface Move {
  readonly memory: Memory;
  readonly scope: LedgerScope;
  readonly edges: readonly LedgerEdge[];
  readonly owner: 'adopted' | null;
}

/** What was written through SCIM has no place of its own: it moves in that of the scope. */
function moved(scene: Scene, { memory, scope, edges: chosen, owner }: Move): Transfer {
  const place = scope.org === undefined ? '' : placeNamed(scene, scope.org);
  const edges = chosen.map((edge) => (edge.scim === undefined ? edge : { ...edge, place }));
  const roles = edges.filter(({ scim }) => scim === undefined);
  const scim = withMarks(memory.scim, edges, owner !== null);
  return { memory: { ...withEdges(memory, roles, owner), scim }, edges, problem: null };
}

/** Of an organization that is known to be there. */
function placeNamed({ atlas }: Scene, org: string): string {
  return placeKey(atlas, findPlace(atlas.places, org) as number);
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
  return ({ place: own, scim }) => (scim === undefined ? own === key : scim.places.includes(key));
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
