/** What the diffs of people and of leavers both write down. */
import type { Subject } from './model/change.ts';
import { edgeAt, note, placeName, roleName, type Scene } from './scene.ts';

/** What `active: false` of a pushed person is worth where the provider is not trusted with more. */
export const UNASSIGNED =
  'was pushed as inactive: without trustDeactivation that says only that the application is not for them, so they count as out of scope, in no group, and not as deactivated';

export function personSubject(scene: Scene, person: number, user: number): Subject {
  const record = scene.directory.person(person);
  return {
    type: 'person',
    directoryId: record.id,
    devinId: user < 0 ? null : scene.devin.user(user).id,
    // An id that a group named without a record has neither address nor name.
    label: scene.join.emails[person] ?? (record.email || record.name || record.id),
  };
}

/** Bucket of whoever is already in Devin, from the changes emitted since `before`. */
export function bucketSince(scene: Scene, before: number): 'in-sync' | 'to-change' | 'waiting' {
  const mine = scene.out.changes.slice(before);
  if (mine.length === 0) return 'in-sync';
  return mine.every(({ verdict }) => verdict.state === 'waiting') ? 'waiting' : 'to-change';
}

/** Drift: a direct role that is not ours. */
export function foreignRole(
  scene: Scene,
  { label, devinId }: Pick<Subject, 'label' | 'devinId'>,
  place: number,
  role: number,
): void {
  note(
    scene,
    'foreign',
    label,
    `${label} holds ${roleName(scene, role)} in ${placeName(scene, place)}, which this daemon neither gave nor adopted`,
    edgeAt(scene, devinId as string, place),
  );
}
