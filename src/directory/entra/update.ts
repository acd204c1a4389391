/** A cheap turn: what changed since the links of an earlier reading were given, put into that reading. */
import type { DirectorySnapshot } from '../../core/model/directory.ts';
import { SourceReadError } from '../../lib/errors.ts';
import { Changes } from './changes.ts';
import { readGroupChanges, readUserChanges } from './delta.ts';
import { findAssigned, listAssigned, nestedOf } from './full.ts';
import { DoubtError, dropUsers, merge, type Unsettled } from './merge.ts';
import type { Reading } from './reading.ts';
import { parseResume, type Resume, signatureOf, worldOf } from './resume.ts';
import { GraphOutageError } from './words.ts';

/** A whole reading is due at least once a day. */
const FULL_EVERY_MS = 24 * 3_600_000;
/** Graph forgets links after seven days; a day is left for the turn itself and for clocks that differ. */
const LINK_AGE_MS = 6 * 24 * 3_600_000;

/**
 * Null: only a whole reading can tell. `removed` gets the ids of users and groups known to be deleted.
 * @throws SourceReadError while Graph cannot be reached.
 */
export async function readUpdate(
  reading: Reading,
  previous: DirectorySnapshot,
  removed: Set<string>,
  signal: AbortSignal,
): Promise<DirectorySnapshot | null> {
  const seesHidden = await reading.seesHidden();
  const resume = resumable(reading, previous, seesHidden);
  if (resume === null) return null;
  const fullAt = previous.fullAt as number;
  for (const id of resume.removed) removed.add(id);
  try {
    reading.world = await worldOf(previous, resume);
    const linksAt = reading.parts.now();
    const changes = new Changes();
    const links = { ...(await readChanges(reading, resume, changes, signal)), linksAt };
    if (reading.parts.options.application !== undefined) await listAssigned(reading, signal);
    const unsettled = merge({
      world: reading.world,
      changes,
      removed,
      fullAt,
      everybody: reading.assigned === null,
      mayChoose: (fields) => reading.mayChoose(fields),
    });
    await settle(reading, unsettled, changes, removed, signal);
    const going = { links, removed };
    return await reading.seal({ scope: { kind: 'all' }, basis: 'update', fullAt, going }, seesHidden);
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof GraphOutageError) throw error;
    if (error instanceof SourceReadError || error instanceof DoubtError) return null;
    throw error;
  }
}

/** Null when the earlier reading is too old, of something else, or of another configuration. */
function resumable(reading: Reading, previous: DirectorySnapshot, seesHidden: boolean): Resume | null {
  const { tenant, options, now } = reading.parts;
  const resume = parseResume(previous.resume);
  const { fullAt } = previous;
  if (resume === null || fullAt === null) return null;
  if (previous.tenant !== tenant || previous.scope.kind !== 'all') return null;
  if (resume.signature !== signatureOf(options, seesHidden)) return null;
  const sinceFull = now() - fullAt;
  const sinceLinks = now() - resume.linksAt;
  // A time to come is one of another clock.
  if (sinceFull < 0 || sinceFull >= FULL_EVERY_MS || sinceLinks < 0 || sinceLinks >= LINK_AGE_MS) return null;
  return resume;
}

/** Users first: whoever joins a group in the same cycle is known by then. */
async function readChanges(
  reading: Reading,
  resume: Resume,
  changes: Changes,
  signal: AbortSignal,
): Promise<Pick<Resume, 'usersLink' | 'groupsLink'>> {
  const { parts, world } = reading;
  const ask = { tally: reading.changes, signal };
  const report = () =>
    parts.context.onProgress({ what: 'Entra changes', done: reading.changes.items, total: null });
  const usersLink = await readUserChanges(parts.client, {
    ...ask,
    first: resume.usersLink,
    known: world.users.size,
    onPage: (page) => {
      changes.addUsers(page);
      report();
    },
  });
  const groupsLink = await readGroupChanges(parts.client, {
    ...ask,
    first: resume.groupsLink,
    known: world.groups.size,
    onPage: (page) => {
      changes.addGroups(page);
      report();
    },
  });
  return { usersLink, groupsLink };
}

/** Asks by id for whatever the changes left open, and reads groups that are new in scope. */
async function settle(
  reading: Reading,
  unsettled: Unsettled,
  changes: Changes,
  removed: Set<string>,
  signal: AbortSignal,
): Promise<void> {
  const { world } = reading;
  const gone = new Set<string>();
  for (const [id, user] of await reading.findUsers([...new Set(unsettled.users)], signal)) {
    if (user !== null) refuseReturn(id, removed.has(id) || changes.users.get(id)?.removed);
    if (user === null) gone.add(id);
    else world.users.set(user);
  }
  dropUsers({ world, removed }, gone);
  await reading.findGroups(unsettled.groups, signal);
  for (const id of unsettled.groups) {
    if (world.groups.get(id) === null) removed.add(id);
    else refuseReturn(id, changes.groups.get(id)?.removed);
  }
  await findAssigned(reading, signal);
  const read = await reading.fill(signal, { nested: nestedOf(reading) });
  if (reading.assigned === null) await reading.resolve(read, signal);
  await reading.addUsers(
    unsettled.joined.filter((id) => !world.users.has(id)),
    signal,
  );
}

/** Deleted and there, all since the last turn: memberships come back without a word. */
function refuseReturn(id: string, removed: boolean | undefined): void {
  if (removed === true) throw new DoubtError(`${id} was deleted and is back`);
}
