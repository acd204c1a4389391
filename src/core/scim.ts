/**
 * The diff of rules with `via: scim`: who shall be in which group of the SCIM service, against who is. A group's roles
 * come from its registration in Devin (`groups.ts`); here only its members and their users are judged.
 */
import type { Binding } from './bind.ts';
import type { Verdict } from './model/change.ts';
import { ENTERPRISE } from './model/devin.ts';
import type { ScimMark } from './model/memory.ts';
import { type ScimBody, type ScimGroup, scimCode } from './model/scim.ts';
import { underNewName } from './renames.ts';
import { emitRef, note, READY, type Scene } from './scene.ts';
import { deskOf, givesAdmin, type ScimDesk, type ScimTeam } from './scim-desk.ts';
import { scimLeavers } from './scim-leavers.ts';
import { diffMembers, looseMembers } from './scim-members.ts';
import { diffUsers } from './scim-users.ts';

export function* diffScim(scene: Scene, marks: readonly ScimMark[]): Generator<void, void> {
  const { scim: reading } = scene.devin.head;
  if (reading === undefined) return;
  const desk = deskOf(scene, reading, marks);
  yield;
  const teams = teamsOf(desk);
  for (const team of teams.values()) {
    if (desk.leftAlone.has(team.id)) continue;
    groupItself(desk, team);
    diffMembers(desk, team);
    yield;
  }
  yield;
  diffUsers(desk);
  yield;
  looseMembers(desk, teams);
  scimLeavers(desk);
  warnOfSignIn(desk, teams);
}

/** By directory id. A group that two of the service could stand for is left alone, and said so. */
export function teamsOf(desk: ScimDesk): Map<string, ScimTeam> {
  const { scene, reading } = desk;
  const { bindings } = scene.want;
  const own = [...bindings.keys()].filter((index) => bindings[index]?.rule.via === 'scim');
  const giving = Map.groupBy(own, (index) => (bindings[index] as Binding).group);
  const byExternalId = Map.groupBy(reading.groups, ({ externalId }) => externalId);
  const byName = Map.groupBy(reading.groups, ({ displayName }) => displayName);
  const teams = new Map<string, ScimTeam>();
  for (const [group, indexes] of giving) {
    const { id, name } = scene.directory.group(group);
    const found = byExternalId.get(id) ?? byName.get(name)?.filter((one) => isFree(scene, one)) ?? [];
    if (found.length > 1) {
      const message = `${found.length} groups of the SCIM service stand for ${name}: its members are left alone until that is cleared`;
      note(scene, 'collision', `group ${name}`, message);
      desk.leftAlone.add(id);
      continue;
    }
    const there = found[0] ?? null;
    const team = { id, group, name, giving: indexes, there, privileged: givesAdmin(desk, name, indexes) };
    teams.set(id, team);
    if (scene.directory.group(group).unread === true) desk.leftAlone.add(id);
    for (const member of there?.members ?? []) {
      const known = desk.memberOf.get(member);
      if (known === undefined) desk.memberOf.set(member, [team]);
      else known.push(team);
    }
  }
  return teams;
}

/** It stands for no other group of the directory. */
function isFree({ directory }: Scene, { externalId }: ScimGroup): boolean {
  return externalId === null || directory.groupIndex(externalId) < 0;
}

/** Made, named anew, or bound to the directory's id, so that a later rename finds it. */
function groupItself(desk: ScimDesk, { id, name, there, giving }: ScimTeam): void {
  const { scene, reading } = desk;
  const body: ScimBody = { externalId: id, displayName: name };
  if (there !== null && there.displayName === name && there.externalId !== null) return;
  const renamed = giving.map((index) => underNewName(scene, scene.want.bindings[index] as Binding));
  const reason =
    there === null
      ? giving.map((index) => `rule "${(scene.want.bindings[index] as Binding).rule.name}"`).join(', ')
      : there.displayName === name
        ? 'bound to the group of the directory by its id'
        : 'the group has another name in the directory';
  emitRef(
    scene,
    {
      kind: there === null ? 'scim-create-group' : 'scim-update-group',
      subject: { type: 'group', directoryId: id, devinId: name, label: name },
      place: ENTERPRISE,
      before: there === null ? null : { id: groupCode(there), name: there.displayName },
      after: { id: scimCode(body), name },
      cause: 'rule',
      reason,
      people: 0,
      verdict: renamed.includes(null) ? READY : (renamed[0] as Verdict),
      scim: { url: reading.url, user: null, group: there?.id ?? null },
    },
    false,
  );
}

function groupCode({ externalId, displayName }: ScimGroup): string {
  return scimCode(externalId === null ? { displayName } : { externalId, displayName });
}

/** While Devin syncs groups at sign-in as well, each sign-in writes memberships over those of SCIM. */
function warnOfSignIn({ scene, reading }: ScimDesk, teams: ReadonlyMap<string, ScimTeam>): void {
  if (!reading.loginGroupSync || teams.size === 0) return;
  const message =
    "memberships that are written through SCIM revert when somebody signs in, as long as Devin syncs groups at sign-in: have Devin's support switch that off, then say loginGroupSync: off under devin.scim";
  note(scene, 'other-writer', 'group sync at sign-in', message);
}
