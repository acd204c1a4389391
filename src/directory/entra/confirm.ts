/** Fresh answers by id: what is true of a person or a group now. */
import type { PersonStatus } from '../../core/model/directory.ts';
import type { Evidence, GroupEvidence, Questions } from '../../core/model/evidence.ts';
import { together } from '../../lib/together.ts';
import { nestedOf } from './full.ts';
import { findByIds } from './lists.ts';
import { hasHidden, nestingOf } from './nesting.ts';
import type { Reading } from './reading.ts';
import { graphDeleted, graphUserState, statusOf } from './schema.ts';

export async function confirm(
  reading: Reading,
  questions: Questions,
  signal: AbortSignal,
): Promise<Evidence> {
  const people = new Map<string, PersonStatus | 'gone'>();
  const groups = new Map<string, GroupEvidence | 'gone'>();
  await together(signal, [
    (inner) => confirmPeople(reading, questions.people, people, inner),
    (inner) => confirmGroups(reading, questions.groups, groups, inner),
  ]);
  return { people, groups };
}

async function confirmPeople(
  reading: Reading,
  ids: readonly string[],
  answers: Map<string, PersonStatus | 'gone'>,
  signal: AbortSignal,
): Promise<void> {
  const { client, options } = reading.parts;
  const by = { tally: reading.users, limit: reading.limit, signal };
  const found = await findByIds(client, ids, {
    ...by,
    what: 'Entra user',
    path: '/users',
    fields: 'id,accountEnabled',
    schema: graphUserState,
  });
  const absent: string[] = [];
  for (const [id, user] of found) {
    if (user === null) absent.push(id);
    else answers.set(id, statusOf(user.accountEnabled, options));
  }
  // For 30 days Graph still states that a user was deleted; afterwards it knows nobody of this id.
  const deleted = await findByIds(client, absent, {
    ...by,
    what: 'deleted Entra user',
    path: '/directory/deletedItems',
    fields: 'id',
    schema: graphDeleted,
    mayBeRefused: true,
  });
  for (const [id, item] of deleted) answers.set(id, item === null ? 'gone' : 'deactivated');
}

async function confirmGroups(
  reading: Reading,
  ids: readonly string[],
  answers: Map<string, GroupEvidence | 'gone'>,
  signal: AbortSignal,
): Promise<void> {
  if (ids.length === 0) return;
  const { world, chooses } = reading;
  const asked = new Set(ids);
  const nested = nestedOf(reading) === 'ignore' ? 'ignore' : 'name';
  const seesHidden = await reading.seesHidden();
  await reading.findGroups(ids, signal);
  await reading.fill(signal, { only: ids, nested });
  const isChild = (id: string): boolean => {
    const group = world.groups.get(id);
    return group !== null && group !== undefined && (asked.has(id) || chooses(group));
  };
  for (const id of ids) {
    const nesting = nestingOf(world, id, isChild);
    if (!world.members.has(id)) answers.set(id, 'gone');
    // Nobody can tell who has left a membership that is hidden from us.
    else if (!hasHidden(world, nesting, seesHidden))
      answers.set(id, {
        people: new Set(Array.from(nesting.people, (person) => world.users.id(person))),
        groups: new Set(nesting.children),
      });
  }
}
