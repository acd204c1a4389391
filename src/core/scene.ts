/** What the diff works with: both readings, what rules want, what is remembered, and where its findings go. */
import { hash } from 'node:crypto';
import type { Bindings } from './bind.ts';
import type { Join } from './identity.ts';
import type {
  Cause,
  Change,
  ChangeKind,
  DriftedEdge,
  NamedRef,
  Notice,
  Residual,
  RoleIn,
  Subject,
  Verdict,
} from './model/change.ts';
import type { DevinState } from './model/devin.ts';
import type { DirectorySnapshot } from './model/directory.ts';
import type { Evidence } from './model/evidence.ts';
import type { LedgerGroup, LedgerPerson, Ownership, Tombstone } from './model/memory.ts';
import type { ScimIds } from './model/scim.ts';
import type { Settings } from './model/settings.ts';
import type { PersonalWords } from './personal.ts';
import { type Atlas, placeKey, placeRef, type RankedRole, roleRef } from './places.ts';
import { allows, levelFor } from './policy.ts';
import type { Rolls } from './rolls.ts';
import type { Want } from './want.ts';

export interface Scene {
  readonly settings: Settings;
  readonly directory: DirectorySnapshot;
  readonly devin: DevinState;
  readonly atlas: Atlas;
  readonly bindings: Bindings;
  readonly want: Want;
  readonly personal: PersonalWords;
  readonly join: Join;
  readonly evidence: Evidence;
  readonly now: number;
  /** False for the reading of a few people, which says nothing of anybody else. */
  readonly whole: boolean;
  /** Whether configuration protects an address. */
  readonly protects: (email: string | null) => boolean;
  readonly groupLedger: ReadonlyMap<string, LedgerGroup>;
  readonly tombstones: ReadonlyMap<string, Tombstone>;
  readonly rolls: Rolls;
  readonly out: Findings;
}

/** What the diff found; grows while it walks over people, users and groups. */
export interface Findings {
  readonly changes: Change[];
  readonly notices: Notice[];
  readonly residual: Residual[];
  /** Ids to ask the IdP about before the removals among the changes can count. */
  readonly askPeople: Set<string>;
  readonly askGroups: Set<string>;
  readonly tombstones: Map<string, Tombstone>;
  /** Directory id → the row as it is from now on; null: it goes. */
  readonly settled: Map<string, LedgerPerson | null>;
  /** Emergency accounts that are not as they should be, by name of the alert. */
  readonly unwatched: string[];
  /** Rules and groups whose new name changes something that is not done yet. */
  readonly renamed: Set<string>;
  /** Marks of what was written through SCIM and is neither there nor wanted any more. */
  readonly unmarked: Set<string>;
}

export interface Draft {
  readonly kind: ChangeKind;
  readonly subject: Subject;
  /** Org index or ENTERPRISE. */
  readonly place: number;
  /** Role indexes; -1: none. */
  readonly before: number;
  readonly after: number;
  readonly cause: Cause;
  readonly reason: string;
  readonly people?: number;
  readonly left?: readonly NamedRef[];
  readonly loses?: readonly RoleIn[];
  readonly owner?: 'foreign';
  readonly scim?: ScimIds;
  readonly verdict: Verdict;
}

/** The same with what is held by name. */
export interface RefDraft extends Omit<Draft, 'before' | 'after'> {
  readonly before: NamedRef | null;
  readonly after: NamedRef | null;
}

export const READY: Verdict = { state: 'ready' };

export function waiting(why: string, until: number | null = null): Verdict {
  return { state: 'waiting', until, why };
}

export function heldBy(guard: string): Verdict {
  return { state: 'held', by: [guard] };
}

/** Two users of one person lose the same things for the same cause, so what is taken names the user as well. */
function keyOf(scene: Scene, draft: RefDraft): string {
  const { type, directoryId, devinId, label } = draft.subject;
  const takes = draft.before !== null || draft.kind === 'remove-user';
  const user = draft.scim === undefined ? devinId : draft.scim.user;
  const org = placeRef(scene.atlas, draft.place);
  const parts = [
    draft.kind,
    type,
    directoryId ?? '',
    type !== 'person' || directoryId === null ? (devinId ?? label) : takes ? (user as string) : '',
    org === null ? '' : orgName(scene, org),
    draft.before?.id ?? '',
    draft.after?.id ?? '',
    draft.cause,
  ];
  const text = parts.map((part) => encodeURIComponent(part.toWellFormed())).join('/');
  return hash('sha256', text).slice(0, KEY_DIGITS);
}

/** An organization that is to be created keeps the name by which it was approved when it gets an id. */
function orgName({ settings }: Scene, { id, name }: NamedRef): string {
  const made = settings.organizations.some((org) => org.create && org.name === name);
  return id === null || made ? name : id;
}

/** 80 bits: short enough to read out, and nobody finds two names that share one. */
const KEY_DIGITS = 20;

/** Causes for which somebody may have left a group; whoever is suspended or denied is still in it. */
const LEAVING: ReadonlySet<Cause> = new Set([
  'left-group',
  'group-deleted',
  'out-of-scope',
  'vanished',
  'grant-expired',
  'foreign',
]);

/** The last step for somebody without access was counted when they lost it. */
function leftBy(
  { rolls, atlas }: Scene,
  { kind, subject, place, before, cause, left }: Draft,
): Draft['left'] {
  if (subject.type !== 'person' || subject.directoryId === null || !LEAVING.has(cause)) return left;
  if (kind === 'remove-user' && before >= 0 && before === atlas.suspendedRole) return left;
  const known = rolls.leftBy(subject.directoryId, placeKey(atlas, place));
  return known.length === 0 ? left : known.map(({ directoryId: id, name }) => ({ id, name }));
}

export function emit(scene: Scene, draft: Draft): void {
  const before = roleRef(scene.atlas, draft.before);
  const after = roleRef(scene.atlas, draft.after);
  const privileged = isAdmin(scene, draft.before) || isAdmin(scene, draft.after);
  const left = leftBy(scene, draft);
  emitRef(scene, { ...draft, before, after, ...(left === undefined ? {} : { left }) }, privileged);
}

/** A change of an organization itself: what it is before and after is no role. */
export function emitOfOrg(scene: Scene, draft: RefDraft): void {
  emitRef(scene, draft, false);
}

/** With what it is before and after by name. */
export function emitRef(scene: Scene, draft: RefDraft, privileged: boolean): void {
  scene.out.changes.push({
    key: keyOf(scene, draft),
    kind: draft.kind,
    subject: draft.subject,
    org: placeRef(scene.atlas, draft.place),
    before: draft.before,
    after: draft.after,
    cause: draft.cause,
    reason: draft.reason,
    privileged,
    people: draft.people ?? 1,
    ...(draft.left === undefined ? {} : { left: draft.left }),
    ...(draft.loses === undefined || draft.loses.length === 0 ? {} : { loses: draft.loses }),
    ...(draft.owner === undefined ? {} : { owner: draft.owner }),
    ...(draft.scim === undefined ? {} : { scim: draft.scim }),
    verdict: draft.verdict,
  });
}

export function note(
  scene: Scene,
  kind: Notice['kind'],
  subject: string,
  message: string,
  edge?: Notice['edge'],
): void {
  scene.out.notices.push({ kind, subject, message, ...(edge === undefined ? {} : { edge }) });
}

/** The edge in a place that a notice is about. */
export function edgeAt({ atlas }: Scene, holder: string, place: number): DriftedEdge {
  return { holder, org: placeRef(atlas, place)?.id ?? null };
}

export function isAdmin(scene: Scene, role: number): boolean {
  return role >= 0 && (scene.atlas.roles[role] as RankedRole).admin;
}

export function strength(scene: Scene, role: number): number {
  return role < 0 ? -1 : (scene.atlas.roles[role] as RankedRole).strength;
}

export function roleName(scene: Scene, role: number): string {
  return (scene.atlas.roles[role] as RankedRole).name;
}

export function placeName(scene: Scene, place: number): string {
  return placeRef(scene.atlas, place)?.name ?? 'the enterprise';
}

/** Who owns a direct role: ours when we wrote it or a named person adopted it, else foreign. */
export function ownership(scene: Scene, user: number, place: number): Ownership {
  return scene.join.links[user]?.places[placeKey(scene.atlas, place)] ?? 'foreign';
}

/** Whether a direct role is ours to take, or configuration lets us take what is not. */
export function mayTake(scene: Scene, user: number, place: number): boolean {
  return scene.settings.foreign === 'remove' || ownership(scene, user, place) !== 'foreign';
}

/** True where a removal for this cause could ever be written: nothing is asked for the sake of what policy bars. */
export function mayRevoke(scene: Scene, kind: ChangeKind, place: number, cause: Cause): boolean {
  if (scene.devin.head.keyLimits?.cannot[kind] !== undefined) return false;
  return allows(levelFor(scene.settings, { kind, org: placeRef(scene.atlas, place) }), 'revoke', cause);
}

/** A person or pattern that no plan may touch, by the address in the directory. */
export function isProtectedPerson(scene: Scene, person: number): boolean {
  return scene.protects(scene.join.emails[person] as string | null);
}

/** The identity the daemon itself acts with, or an address that is protected, in Devin now or when it was linked. */
export function isProtectedUser(scene: Scene, user: number): boolean {
  const { id, email } = scene.devin.user(user);
  if (id === scene.devin.head.principal.id || scene.protects(email)) return true;
  return scene.protects(scene.join.links[user]?.email ?? null);
}
