/** What the parts of a rollback share: where drafts, words and holds of it go. */

import type { Change, NamedRef } from './model/change.ts';
import { ENTERPRISE } from './model/devin.ts';
import type { WrittenChange } from './model/written.ts';
import { type Draft, emit, type Scene } from './scene.ts';
import { type Holder, type Slot, writesOf } from './undo-slots.ts';

export interface Undo {
  readonly scene: Scene;
  /** Of the run or plan that is taken back, in words. */
  readonly what: string;
  readonly userByEmail: (email: string) => number;
  /** Addresses that this rollback invites. */
  readonly invited: Set<string>;
  /** What was written and is now taken back: doing it again is held. */
  readonly holds: WrittenChange[];
  /** By key of a change of the rollback: the writes that it takes back. */
  readonly behind: Map<string, readonly WrittenChange[]>;
}

export type Asked = Omit<Draft, 'cause' | 'reason'>;

/** What becomes of a slot: a draft takes it back, words say why it stays, null is for what is as it was. */
export type Judged = Asked | string | null;

export function settle(undo: Undo, holder: Holder, slot: Slot, judged: Judged): void {
  if (typeof judged === 'string') leave(undo, holder, judged, slot);
  else if (judged !== null) draftOf(undo, slot, judged);
}

export function draftOf(undo: Undo, slot: Slot, draft: Asked): void {
  const { scene, what } = undo;
  const wasForeign = slot.cause === 'foreign' && draft.after >= 0;
  emit(scene, {
    ...draft,
    cause: 'rollback',
    reason: `as it was before ${what}`,
    ...(wasForeign ? { owner: 'foreign' } : {}),
  });
  file(undo, slot.writes);
}

/** The last change of the plan takes these writes back. */
export function file({ scene, holds, behind }: Undo, writes: readonly WrittenChange[]): void {
  holds.push(...writes);
  behind.set((scene.out.changes.at(-1) as Change).key, writes);
}

/** Names what stays as it is. @param slot absent: everything of this holder. */
export function leave({ scene, what }: Undo, holder: Holder, why: string, slot?: Slot): void {
  const { label } = holder.subject;
  const some = slot === undefined ? writesOf(holder) : slot.writes;
  const places = [...new Set(some.map(({ org }) => org?.name ?? 'the enterprise'))].join(', ');
  scene.out.notices.push({
    kind: 'not-undone',
    subject: label,
    message: `what ${what} did for ${label} in ${places} stays: ${why}`,
  });
}

export function lost({ scene }: Undo, subject: string, message: string): void {
  scene.out.notices.push({ kind: 'irreversible', subject, message });
}

/** null: Devin has no such organization any more. */
export function placeOf({ atlas }: Scene, org: NamedRef | null): number | null {
  if (org === null) return ENTERPRISE;
  const place = atlas.places.findIndex(({ id }) => id !== null && id === org.id);
  return place < 0 ? null : place;
}

/** -1: none, or Devin has no such role any more. */
export function roleOf({ atlas }: Scene, role: NamedRef | null): number {
  return role === null ? -1 : atlas.roles.findIndex(({ id }) => id === role.id);
}

export function inWords({ org }: Slot): string {
  return org === null ? 'their role in the enterprise' : `their role in ${org.name}`;
}
