/** Whether what was asked for by id shows that a reading was wrong: then no cheap turn may go on from it. */
import type { DirectorySnapshot } from './model/directory.ts';
import type { Evidence, GroupEvidence } from './model/evidence.ts';

/**
 * Somebody whom the reading lists is in a group that it has without them, or has another status by id. Who is not
 * listed at all says nothing: a reading may leave out whoever has no part in the application.
 */
export function contradicts(directory: DirectorySnapshot, { people, groups }: Evidence): boolean {
  for (const [id, answer] of people) {
    const person = directory.personIndex(id);
    if (person < 0) continue;
    const { status } = directory.person(person);
    if (status !== 'unknown' && answer !== 'gone' && answer !== status) return true;
  }
  for (const [id, fresh] of groups) {
    if (fresh !== 'gone' && lacksMember(directory, directory.groupIndex(id), fresh)) return true;
  }
  return false;
}

function lacksMember(directory: DirectorySnapshot, group: number, { people }: GroupEvidence): boolean {
  if (group < 0) return false;
  const listed = new Set(Array.from(directory.members(group), (person) => directory.person(person).id));
  for (const id of people) {
    if (!listed.has(id) && directory.personIndex(id) >= 0) return true;
  }
  return false;
}
