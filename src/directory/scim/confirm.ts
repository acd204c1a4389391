/** Fresh answers by id, for removals that need a proof. */
import type { PersonStatus } from '../../core/model/directory.ts';
import type { Evidence, GroupEvidence, Questions } from '../../core/model/evidence.ts';
import type { ReadContext } from '../../lib/reading.ts';
import { type Desk, Intake } from './intake.ts';
import { completeGroups, type Groups, type Ids, leavesOpen, membershipOf } from './members.ts';
import { personStatus } from './schema.ts';

/** Members without a type are people where no group has their id; users are not listed for that. */
const NO_USERS: Ids = new Set();

/** @throws SourceReadError when one question could not be answered. */
export async function confirm(desk: Desk, context: ReadContext, questions: Questions): Promise<Evidence> {
  const intake = new Intake(desk, context);
  const { signal } = context;
  const people = new Map<string, PersonStatus | 'gone'>();
  const total = questions.people.length + questions.groups.length;
  await intake.each(questions.people, signal, async (id, inner) => {
    const user = await intake.findUser(id, inner);
    people.set(id, user === null ? 'gone' : personStatus(user, desk.options));
    context.onProgress({ what: 'SCIM proof', done: people.size, total });
  });
  const fresh = await readGroups(intake, questions.groups, signal);
  const groups = new Map<string, GroupEvidence | 'gone'>();
  for (const id of questions.groups) groups.set(id, evidenceOf(intake, fresh, id));
  context.onProgress({ what: 'SCIM proof', done: total, total });
  return { people, groups };
}

async function readGroups(intake: Intake, ids: readonly string[], signal: AbortSignal): Promise<Groups> {
  const fresh: Groups = new Map();
  await completeGroups(intake, fresh, ids, NO_USERS, signal);
  if (!leavesOpen(fresh)) return fresh;
  // Only a list of groups tells which members are groups; taking one for a person would lose everybody inside.
  for (const [id, group] of await intake.readGroups(await intake.readTerms(signal), signal))
    if (!fresh.has(id)) fresh.set(id, group);
  await completeGroups(intake, fresh, ids, NO_USERS, signal);
  return fresh;
}

/** The people of every group inside are named as well: whoever is still below has not left. */
function evidenceOf(intake: Intake, fresh: Groups, id: string): GroupEvidence | 'gone' {
  if (fresh.get(id) == null) return 'gone';
  const children = membershipOf(intake, fresh, id, intake.isChosen, NO_USERS).children;
  const { people } = membershipOf(intake, fresh, id, () => false, NO_USERS);
  return { people, groups: children };
}
