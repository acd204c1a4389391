/** What the diff of the SCIM service works with, and how its changes are written down. */
import type { Binding } from './bind.ts';
import { personSubject } from './findings.ts';
import type { Cause, NamedRef, RoleIn, Subject, Verdict } from './model/change.ts';
import { ENTERPRISE } from './model/devin.ts';
import type { ScimMark } from './model/memory.ts';
import { type ScimBody, type ScimGroup, type ScimReading, type ScimUser, scimCode } from './model/scim.ts';
import { placeRef } from './places.ts';
import { allows } from './policy.ts';
import { emitRef, heldBy, isAdmin, READY, type RefDraft, type Scene } from './scene.ts';
import { joinScim, type ScimJoin } from './scim-join.ts';
import { markKey } from './scim-ledger.ts';

export interface ScimDesk {
  readonly scene: Scene;
  readonly reading: ScimReading;
  readonly join: ScimJoin;
  /** What was written to this very service, by mark key. */
  readonly marks: ReadonlyMap<string, ScimMark>;
  /** SCIM groups that rules are about, by user id. */
  readonly memberOf: Map<string, ScimTeam[]>;
  /** People who are or shall be in one of them. */
  readonly wanted: Set<number>;
  /** The same for each group, by directory id. */
  readonly wantedIn: Map<string, ReadonlySet<number>>;
  /** Directory ids of groups of which nothing can be said in this run. */
  readonly leftAlone: Set<string>;
  /** Directory ids of people in groups that no rule names any more: a person decides about them first. */
  readonly loose: Set<string>;
}

/** A directory group whose members are written, and the group of the service that stands for it. */
export interface ScimTeam {
  readonly id: string;
  readonly group: number;
  readonly name: string;
  /** Indexes into the bindings of rules with `via: scim`. */
  readonly giving: readonly number[];
  /** null: the same plan makes it. */
  readonly there: ScimGroup | null;
  /** Its role in Devin, now or once rules are carried out, counts as admin. */
  readonly privileged: boolean;
}

export function deskOf(scene: Scene, reading: ScimReading, all: readonly ScimMark[]): ScimDesk {
  const marks = new Map(all.filter(({ url }) => url === reading.url).map((mark) => [markKey(mark), mark]));
  const isMarked = (person: string) => marks.has(markKey({ person, group: '' }));
  const join = joinScim(scene, reading, isMarked);
  return {
    ...{ scene, reading, join, marks },
    memberOf: new Map(),
    wanted: new Set(),
    wantedIn: new Map(),
    leftAlone: new Set(),
    loose: new Set(),
  };
}

/** Whether this daemon wrote the user of this directory id (`group` `''`), or the membership. */
export function markOf({ marks }: ScimDesk, person: string, group: string): ScimMark | undefined {
  return marks.get(markKey({ person, group }));
}

export function userAt({ reading }: ScimDesk, index: number): ScimUser {
  return reading.users[index] as ScimUser;
}

export function idOf({ scene }: ScimDesk, person: number): string {
  return scene.directory.person(person).id;
}

/** As reports and approvals name a person; the Devin user of the same person where REST shows one. */
export function subjectOf({ scene }: ScimDesk, person: number): Subject {
  return personSubject(scene, person, scene.join.userOf[person] as number);
}

/** Places in which the group gives a role. */
export function placesOf({ scene }: Pick<ScimDesk, 'scene'>, { giving }: ScimTeam): Set<number> {
  return new Set(giving.map((index) => (scene.want.bindings[index] as Binding).place));
}

export interface UserDraft {
  readonly kind: 'scim-create-user' | 'scim-activate-user' | 'scim-update-user' | 'scim-deactivate-user';
  readonly subject: Subject;
  /** null: there is none yet. */
  readonly user: ScimUser | null;
  readonly body: ScimBody | null;
  readonly cause: Cause;
  readonly reason: string;
  readonly verdict: Verdict;
  readonly loses?: readonly RoleIn[];
}

export function emitUser(
  { scene, reading }: Pick<ScimDesk, 'scene' | 'reading'>,
  { user, body, ...draft }: UserDraft,
): void {
  emitRef(
    scene,
    {
      ...draft,
      place: ENTERPRISE,
      before: user === null ? null : bodyRef(bodyOf(user)),
      after: body === null ? null : bodyRef(user === null ? body : { ...bodyOf(user), ...body }),
      scim: { url: reading.url, user: user?.id ?? null, group: null },
    },
    false,
  );
}

function bodyOf({ externalId, userName, displayName, active }: ScimUser): ScimBody {
  return {
    ...(externalId === null ? {} : { externalId }),
    userName,
    ...(displayName === null ? {} : { displayName }),
    active,
  };
}

/** `ada@corp.example (Ada Novak), inactive`. */
function bodyRef(body: ScimBody): NamedRef {
  const { userName, displayName, active, externalId } = body;
  const name = displayName === undefined || displayName === userName ? '' : ` (${displayName})`;
  const rest = `${externalId === undefined ? ', without external id' : ''}${active === false ? ', inactive' : ''}`;
  return { id: scimCode(body), name: `${userName}${name}${rest}` };
}

export interface MemberDraft extends Pick<RefDraft, 'cause' | 'reason' | 'verdict' | 'subject' | 'owner'> {
  readonly kind: 'scim-add-member' | 'scim-remove-member';
  readonly team: ScimTeam;
  /** null: the same plan makes the user. */
  readonly user: ScimUser | null;
}

export function emitMember(
  desk: Pick<ScimDesk, 'scene' | 'reading'>,
  { team, user, ...draft }: MemberDraft,
): void {
  const group: NamedRef = { id: team.id, name: team.name };
  const adds = draft.kind === 'scim-add-member';
  emitRef(
    desk.scene,
    {
      ...draft,
      verdict: withinOrgPolicy(desk, team, adds, draft),
      place: ENTERPRISE,
      before: adds ? null : group,
      after: adds ? group : null,
      scim: { url: desk.reading.url, user: user?.id ?? null, group: team.there?.id ?? null },
    },
    team.privileged,
  );
}

/** A group may give roles in several organizations: the strictest of their own policies counts. */
function withinOrgPolicy(
  desk: Pick<ScimDesk, 'scene'>,
  team: ScimTeam,
  adds: boolean,
  { cause, verdict }: Pick<MemberDraft, 'cause' | 'verdict'>,
): Verdict {
  const { orgPolicy } = desk.scene.settings;
  for (const place of placesOf(desk, team)) {
    const org = placeRef(desk.scene.atlas, place);
    const level = org === null ? undefined : (orgPolicy[org.id ?? ''] ?? orgPolicy[org.name]);
    if (level === undefined || allows(level, adds ? 'grant' : 'revoke', cause)) continue;
    return { state: 'barred', why: `policy of ${org?.name} is "${level}", and the group has a role there` };
  }
  return verdict;
}

/** An identity that nobody can tell gets nothing. */
export function clearly(desk: ScimDesk, person: number): Verdict {
  const isUnclear = desk.scene.join.blocked.has(person) || desk.join.unclear.has(person);
  return isUnclear ? heldBy('collision') : READY;
}

/** Whether a role that the group has in Devin, or that rules give it, counts as admin. */
export function givesAdmin(
  { scene }: Pick<ScimDesk, 'scene'>,
  name: string,
  giving: readonly number[],
): boolean {
  const roles = scene.devin.groupRoles(scene.devin.groupIndex(name)).map(({ role }) => role);
  for (const index of giving) roles.push((scene.want.bindings[index] as Binding).role);
  return roles.some((role) => isAdmin(scene, role));
}
