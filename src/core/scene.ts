/** What the diff works with: both readings, what rules want, what is remembered, and where its findings go. */
import type { Bindings } from './bind.ts';
import { type Join, matchesEmail } from './identity.ts';
import type { Cause, Change, ChangeKind, Notice, Residual, Subject, Verdict } from './model/change.ts';
import type { DevinState } from './model/devin.ts';
import type { DirectorySnapshot } from './model/directory.ts';
import type { Evidence } from './model/evidence.ts';
import type { LedgerGroup, Ownership, Tombstone } from './model/memory.ts';
import type { Settings } from './model/settings.ts';
import { type Atlas, placeKey, placeRef, type RankedRole, roleRef } from './places.ts';
import type { Want } from './want.ts';

export interface Scene {
  readonly settings: Settings;
  readonly directory: DirectorySnapshot;
  readonly devin: DevinState;
  readonly atlas: Atlas;
  readonly bindings: Bindings;
  readonly want: Want;
  readonly join: Join;
  readonly evidence: Evidence;
  readonly now: number;
  readonly groupLedger: ReadonlyMap<string, LedgerGroup>;
  readonly tombstones: ReadonlyMap<string, Tombstone>;
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
  readonly verdict: Verdict;
}

export const READY: Verdict = { state: 'ready' };

export function waiting(why: string, until: number | null = null): Verdict {
  return { state: 'waiting', until, why };
}

export function heldBy(guard: string): Verdict {
  return { state: 'held', by: [guard] };
}

export function emit(scene: Scene, draft: Draft): Change {
  const org = placeRef(scene.atlas, draft.place);
  const before = roleRef(scene.atlas, draft.before);
  const after = roleRef(scene.atlas, draft.after);
  const key = [
    draft.kind,
    draft.subject.type,
    draft.subject.directoryId ?? draft.subject.devinId ?? draft.subject.label,
    org === null ? '' : (org.id ?? org.name),
    before?.id ?? '',
    after?.id ?? '',
    draft.cause,
  ]
    .map(encodeURIComponent)
    .join('/');
  const change: Change = {
    key,
    kind: draft.kind,
    subject: draft.subject,
    org,
    before,
    after,
    cause: draft.cause,
    reason: draft.reason,
    privileged: isAdmin(scene, draft.before) || isAdmin(scene, draft.after),
    people: draft.people ?? 1,
    verdict: draft.verdict,
  };
  scene.out.changes.push(change);
  return change;
}

export function note(scene: Scene, kind: Notice['kind'], subject: string, message: string): void {
  scene.out.notices.push({ kind, subject, message });
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
  return scene.join.links.get(user)?.places[placeKey(scene.atlas, place)] ?? 'foreign';
}

/** People and patterns that no plan may touch, and the identity the daemon itself acts with. */
export function isProtected(scene: Scene, email: string | null, devinId: string | null): boolean {
  if (devinId !== null && devinId === scene.devin.head.principal.id) return true;
  return email !== null && scene.settings.protected.some((pattern) => matchesEmail(email, pattern));
}
