/**
 * A cheap turn: the last reading, with what `meta.lastModified` names read again. It rests on promises of the provider
 * that no answer proves (docs/decisions/0028), so it is asked for in the configuration; what can be seen to break one is
 * a doubt, and everything is read instead.
 */
import type { DirectorySnapshot, PersonRecord } from '../../core/model/directory.ts';
import { together } from '../../lib/together.ts';
import { complete, sealCompany } from './company.ts';
import { countFirst } from './count-first.ts';
import { checkEmpty } from './full.ts';
import type { Intake, Terms } from './intake.ts';
import type { Groups, Membership } from './members.ts';
import type { Resume } from './resume.ts';
import { resumeAt } from './resume-at.ts';
import { personRecord, type ScimGroup, type ScimUser } from './schema.ts';
import {
  changedSince,
  checkChanged,
  checkClock,
  DoubtError,
  type Mark,
  markOf,
  sinceOf,
  stampOf,
} from './stamps.ts';
import { keptGroups, putGroups, readGroups } from './update-groups.ts';

const CHANGED_USERS = 'SCIM changed users';

/** @throws OddAnswerError when only a reading of everything can tell. @throws SourceReadError as a full reading does. */
export async function readChanges(
  intake: Intake,
  previous: DirectorySnapshot,
  resume: Resume,
): Promise<DirectorySnapshot> {
  const { signal, desk } = { signal: intake.context.signal, desk: intake.desk };
  const beganAt = desk.now();
  const terms = await intake.readTerms(signal);
  const clock = clockOf(terms, resume);
  let changed = new Map<string, ScimUser>();
  const kept = await keptGroups(previous, resume);
  let stamped = new Map<string, ScimGroup>();
  await together(signal, [
    async (inner) => {
      changed = await readUsers(intake, terms, previous, resume, inner);
    },
    async (inner) => {
      stamped = await readGroups(intake, terms, kept, resume, inner);
    },
  ]);
  const { groups, settled } = putGroups(kept, stamped, resume);
  const users = { has: (id: string) => changed.has(id) || isListed(previous, id) };
  checkIds(previous, groups, changed, stamped);
  const chosenNow = (id: string) => {
    const group = stamped.get(id);
    return group === undefined ? previous.groupIndex(id) >= 0 : intake.isChosen(group);
  };
  const wanted = groups.keys().filter(chosenNow).toArray();
  const company = await complete(intake, groups, wanted, users, settled);
  checkEmpty(intake, company.memberships, changed);
  const latest = clock + Math.max(0, desk.now() - beganAt);
  const marks = {
    users: later(resume.users, markOf(changed.values(), latest)),
    groups: later(resume.groups, markOf(stamped.values(), latest)),
  };
  await resolveNewMembers(intake, previous, company.memberships, changed, clock);
  const fresh = stamped.keys().map((id) => withStamp(groups.get(id), stamped.get(id) as ScimGroup));
  return sealCompany(intake, peopleNow(intake, previous, changed), company, {
    basis: 'update',
    fullAt: previous.fullAt,
    resume: resumeAt(desk.options, company, users, { clock, ...marks, stamped: fresh }),
  });
}

function clockOf({ doubt, clock }: Terms, resume: Resume): number {
  if (doubt !== null) throw new DoubtError(doubt);
  if (clock === null) throw new DoubtError('the provider sends no Date');
  checkClock(clock, resume.clock);
  return clock;
}

function later(known: Mark | null, seen: Mark | null): Mark | null {
  return seen ?? known;
}

async function readUsers(
  intake: Intake,
  terms: Terms,
  previous: DirectorySnapshot,
  resume: Resume,
  signal: AbortSignal,
): Promise<Map<string, ScimUser>> {
  const compare = await countFirst(intake, '/Users', signal);
  const { users: mark, clock } = resume;
  if (mark === null) throw new DoubtError('the last reading has no user');
  const since = sinceOf(mark, clock);
  const changed = await intake.readUsers(terms, signal, { what: CHANGED_USERS, filter: changedSince(since) });
  checkChanged(changed, mark, since);
  const fresh = [...changed.keys()].filter((id) => !isListed(previous, id)).length;
  compare(previous.listedCount + fresh);
  return changed;
}

/** The version and stamp that belong to the members which are known now. */
function withStamp(now: ScimGroup | null | undefined, seen: ScimGroup): ScimGroup {
  return now?.meta == null ? seen : now;
}

/** @throws DoubtError where an id is new on one side and known on the other: members without a type may be either. */
function checkIds(
  previous: DirectorySnapshot,
  groups: Groups,
  changed: ReadonlyMap<string, ScimUser>,
  stamped: ReadonlyMap<string, ScimGroup>,
): void {
  for (const id of changed.keys())
    if (groups.has(id)) throw new DoubtError(`there are both a user and a group of the id ${id}`);
  for (const id of stamped.keys())
    if (previous.personIndex(id) >= 0) throw new DoubtError(`the group ${id} has the id of a person`);
}

function isListed(previous: DirectorySnapshot, id: string): boolean {
  const index = previous.personIndex(id);
  return index >= 0 && previous.person(index).status !== 'unknown';
}

/**
 * Describes members whom neither the last reading nor the changes name: created while this turn read, or nobody's id.
 * Whoever a filter leaves out stays unknown. @throws DoubtError when somebody was there before.
 */
async function resolveNewMembers(
  intake: Intake,
  previous: DirectorySnapshot,
  memberships: ReadonlyMap<string, Membership>,
  changed: Map<string, ScimUser>,
  clock: number,
): Promise<void> {
  if (intake.desk.options.users.filter !== undefined) return;
  const missing = new Set<string>();
  for (const { people } of memberships.values()) {
    for (const id of people) if (!changed.has(id) && previous.personIndex(id) < 0) missing.add(id);
  }
  await intake.each([...missing].sort(), intake.context.signal, async (id, signal) => {
    const user = await intake.findUser(id, signal);
    if (user === null) return;
    if (stampOf(user) < clock - 60_000) throw new DoubtError(`the changes do not name ${id}, who is there`);
    changed.set(id, user);
  });
}

function* peopleNow(
  { desk }: Intake,
  previous: DirectorySnapshot,
  changed: ReadonlyMap<string, ScimUser>,
): Generator<PersonRecord> {
  for (let index = 0; index < previous.personCount; index++) {
    const record = previous.person(index);
    if (record.status !== 'unknown' && !changed.has(record.id)) yield record;
  }
  for (const user of changed.values()) yield personRecord(user, desk.options);
}
