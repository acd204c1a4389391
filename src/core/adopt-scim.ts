/** What `adopt` and `release` move of the SCIM service: members of groups that rules write, and their users. */
import type { Binding } from './bind.ts';
import type { LedgerEdge, ScimEdge } from './model/ledger-edge.ts';
import type { Memory, ScimMark } from './model/memory.ts';
import type { ScimReading } from './model/scim.ts';
import { placeKey } from './places.ts';
import { isProtectedPerson, type Scene } from './scene.ts';
import { teamsOf } from './scim.ts';
import { deskOf, idOf, markOf, placesOf, type ScimDesk, type ScimTeam, userAt } from './scim-desk.ts';
import { markKey } from './scim-ledger.ts';

/** Foreign members of groups that rules write, and active users in one of them whom this daemon did not make. */
export function foreignMarks(scene: Scene, { scim }: Pick<Memory, 'scim'>): LedgerEdge[] {
  const { scim: reading } = scene.devin.head;
  if (reading === undefined) return [];
  const desk = deskOf(scene, reading, scim);
  const teams = [...teamsOf(desk).values()].filter(({ id }) => !desk.leftAlone.has(id));
  return [...teams.flatMap((team) => membersOf(desk, team)), ...usersOf(desk)];
}

/** People whose user nobody else could be; of several users of one person none is told to be ours. */
function clearPerson({ scene, join }: ScimDesk, user: number): number {
  const person = join.personOf[user] as number;
  if (person < 0 || join.usersOf.get(person)?.[0] !== user) return -1;
  const isUnclear = join.unclear.has(person) || scene.join.blocked.has(person);
  return isUnclear || isProtectedPerson(scene, person) ? -1 : person;
}

function membersOf(desk: ScimDesk, team: ScimTeam): LedgerEdge[] {
  const { scene, join } = desk;
  const places = [...placesOf(desk, team)].map((place) => placeKey(scene.atlas, place));
  return (team.there?.members ?? []).flatMap((member) => {
    const user = join.userIndex.get(member);
    const person = user === undefined ? -1 : clearPerson(desk, user);
    if (person < 0 || markOf(desk, idOf(desk, person), team.id) !== undefined) return [];
    const edge = edgeOf(desk, person, user as number);
    return [{ ...edge, placeName: through(team.name), scim: scimOf(desk, person, team.id, places) }];
  });
}

function usersOf(desk: ScimDesk): LedgerEdge[] {
  return desk.reading.users.flatMap(({ id, active }, user) => {
    const person = clearPerson(desk, user);
    if (person < 0 || !active || !desk.memberOf.has(id)) return [];
    if (markOf(desk, idOf(desk, person), '') !== undefined) return [];
    return [{ ...edgeOf(desk, person, user), placeName: SERVICE, scim: scimOf(desk, person, '', ['']) }];
  });
}

const SERVICE = 'the SCIM service';

function through(group: string): string {
  return `group ${group} in ${SERVICE}`;
}

function scimOf({ scene, reading }: ScimDesk, person: number, group: string, places: string[]): ScimEdge {
  const mark = { person: scene.directory.person(person).id, group, url: reading.url, active: true };
  return { mark, places };
}

function edgeOf(desk: ScimDesk, person: number, user: number): Omit<LedgerEdge, 'placeName' | 'scim'> {
  const { userName, id } = userAt(desk, user);
  const label = desk.scene.join.emails[person] ?? userName;
  return { type: 'person', directoryId: idOf(desk, person), devinId: id, label, place: '', role: null };
}

/** Everything that is ours in the service which is configured now. */
export function ownMarks(scene: Scene, { scim }: Pick<Memory, 'scim'>): LedgerEdge[] {
  const { scim: reading } = scene.devin.head;
  if (reading === undefined) return [];
  const names = new Map(reading.users.map(({ externalId, userName }) => [externalId, userName]));
  return scim.flatMap((mark) => {
    if (mark.url !== reading.url) return [];
    const person = scene.directory.personIndex(mark.person);
    const address = person < 0 ? null : (scene.join.emails[person] as string | null);
    const label = address ?? names.get(mark.person) ?? mark.person;
    const group = mark.group === '' ? null : nameOf(scene, reading, mark.group);
    return {
      ...{ type: 'person', directoryId: mark.person, devinId: mark.person, label, place: '', role: null },
      placeName: group === null ? SERVICE : through(group),
      scim: { mark, places: mark.group === '' ? [''] : placesOfGroup(scene, mark.group) },
    };
  });
}

function nameOf({ directory }: Scene, { groups }: ScimReading, id: string): string {
  const group = directory.groupIndex(id);
  if (group >= 0) return directory.group(group).name;
  return groups.find(({ externalId }) => externalId === id)?.displayName ?? id;
}

/** Places in which rules give something to the group. */
function placesOfGroup({ want, directory, atlas }: Scene, id: string): string[] {
  const group = directory.groupIndex(id);
  const own = want.bindings.filter(
    (binding: Binding) => binding.rule.via === 'scim' && binding.group === group,
  );
  return [...new Set(own.map(({ place }) => placeKey(atlas, place)))];
}

export function withMarks(
  known: readonly ScimMark[],
  edges: readonly LedgerEdge[],
  isOurs: boolean,
): readonly ScimMark[] {
  const marks = new Map(known.map((mark) => [markKey(mark), mark]));
  for (const { scim } of edges) {
    if (scim !== undefined && isOurs) marks.set(markKey(scim.mark), scim.mark);
    else if (scim !== undefined) marks.delete(markKey(scim.mark));
  }
  return [...marks.values()];
}
