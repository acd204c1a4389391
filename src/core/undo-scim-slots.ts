/** What the parts of a rollback share about the SCIM service: what it holds, and what was written there. */
import type { Subject } from './model/change.ts';
import type { ScimGroup, ScimIds, ScimReading, ScimUser } from './model/scim.ts';
import type { WrittenChange } from './model/written.ts';
import { isProtectedPerson, type Scene } from './scene.ts';
import { lost, type Undo } from './undo.ts';

/** What the parts of it share. */
export interface ScimUndo {
  readonly undo: Undo;
  readonly scene: Scene;
  readonly reading: ScimReading;
  readonly users: ReadonlyMap<string, ScimUser>;
  readonly groups: ReadonlyMap<string, ScimGroup>;
  /** Ids of members, by id of the group. */
  readonly inside: ReadonlyMap<string, ReadonlySet<string>>;
  /** Group and user whose membership goes, as `slotOf` names them. */
  readonly leaves: ReadonlySet<string>;
  /** Ids of users whom this rollback switches on. */
  readonly switchedOn: Set<string>;
}

/** All that was written about one user, group or membership, oldest first. */
export interface ScimSlot {
  readonly subject: Subject;
  readonly ids: ScimIds;
  readonly first: WrittenChange;
  readonly last: WrittenChange;
  readonly writes: readonly WrittenChange[];
}

/** As `leaves` has it. */
export function membership(group: string, user: string): string {
  return JSON.stringify([group, user]);
}

/** Names what stays. */
export function stays({ scene, what }: Undo, label: string, why: string): void {
  const message = `what ${what} wrote for ${label} through SCIM stays: ${why}`;
  scene.out.notices.push({ kind: 'not-undone', subject: label, message });
}

export function isShielded({ scene }: ScimUndo, { directoryId, label }: Subject, user: ScimUser): boolean {
  const person = scene.directory.personIndex(directoryId as string);
  if (person >= 0 && isProtectedPerson(scene, person)) return true;
  return scene.protects(label) || scene.protects(user.userName);
}

export function keptForever(undo: Undo, label: string, what: string): void {
  lost(undo, label, `${what}: this program deletes nothing in the SCIM service`);
}
