/** Fresh answers by id, for removals that need a proof. */
import type { PersonStatus } from '../../core/model/directory.ts';
import type { Evidence, GroupEvidence, Questions } from '../../core/model/evidence.ts';
import type { ReadContext } from '../../lib/reading.ts';
import { together } from '../../lib/together.ts';
import { type Desk, Intake } from './intake.ts';
import { findUser, readMembers } from './queries.ts';
import { personStatus } from './schema.ts';

/** @throws SourceReadError when one question could not be answered. */
export async function confirm(desk: Desk, context: ReadContext, questions: Questions): Promise<Evidence> {
  const intake = new Intake(desk, context);
  const people = new Map<string, PersonStatus | 'gone'>();
  const groups = new Map<string, GroupEvidence | 'gone'>();
  const total = questions.people.length + questions.groups.length;
  const answered = () => context.onProgress({ what: 'Okta proof', done: people.size + groups.size, total });
  const askPerson = async (id: string, signal: AbortSignal) => {
    const user = await findUser(desk.client, id, { tally: intake.tally('Okta users'), signal });
    people.set(id, user === null ? 'gone' : personStatus(user, desk.options));
    answered();
  };
  const askGroup = async (id: string, signal: AbortSignal) => {
    groups.set(id, await groupEvidence(intake, id, signal));
    answered();
  };
  await together(context.signal, [
    (signal) => intake.each(questions.people, signal, askPerson),
    (signal) => intake.each(questions.groups, signal, askGroup),
  ]);
  return { people, groups };
}

async function groupEvidence(
  intake: Intake,
  id: string,
  signal: AbortSignal,
): Promise<GroupEvidence | 'gone'> {
  const people = new Set<string>();
  const found = await readMembers(intake.desk.client, {
    group: { id, profile: { name: id } },
    tally: intake.tally('Okta group members'),
    signal,
    onGroup: () => {},
    onMembers: (ids) => {
      for (const member of ids) people.add(member);
    },
  });
  return found ? { people, groups: new Set() } : 'gone';
}
