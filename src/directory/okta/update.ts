/** A cheap turn: the last reading, with what changed since read again. */
import { setImmediate as breathe } from 'node:timers/promises';
import type { DirectorySnapshot } from '../../core/model/directory.ts';
import { together } from '../../lib/together.ts';
import { OddAnswerError } from '../read-error.ts';
import { type Dirty, nobodyDirty } from './events.ts';
import { readAllPeople, readChosenGroups } from './full.ts';
import type { Intake } from './intake.ts';
import { askEach, resolveMembers } from './people.ts';
import { readChangedUsers } from './queries.ts';
import type { Resume } from './resume.ts';
import type { OktaGroup, OktaUser } from './schema.ts';
import { followLog, OVERLAP_MS } from './system-log.ts';

/** People or memberships that are copied before the event loop has its turn. */
const STRIDE = 20_000;

/** What Okta says has changed. */
interface News {
  /** Okta's clock at the first page of people. */
  readonly since: number | null;
  readonly users: ReadonlyMap<string, OktaUser>;
  readonly groups: readonly OktaGroup[];
  readonly dirty: Dirty;
  readonly log: string | null;
}

/** @throws OddAnswerError when only a reading of everything can tell. @throws SourceReadError as a full reading does. */
export async function readChanges(
  intake: Intake,
  previous: DirectorySnapshot,
  resume: Resume,
): Promise<DirectorySnapshot> {
  const { signal } = intake.context;
  const news = await readNews(intake, resume, signal);
  if (intake.name !== previous.tenant)
    throw new OddAnswerError(`the last reading is of ${previous.tenant}, not of ${intake.name}`);
  if (news.since !== null && news.since < resume.since - OVERLAP_MS)
    throw new OddAnswerError("Okta's clock went back by more than five minutes");
  await readGroups(intake, previous, resume, news);
  if (intake.desk.options.app === undefined) await carryPeople(intake, previous, resume, news);
  await resolveMembers(intake, null, signal);
  await breathe();
  return intake.seal({
    scope: { kind: 'all' },
    basis: 'update',
    fullAt: previous.fullAt,
    since: news.since ?? resume.since,
    log: news.log,
  });
}

async function readNews(intake: Intake, resume: Resume, outer: AbortSignal): Promise<News> {
  const users = new Map<string, OktaUser>();
  let since = null as number | null;
  let groups: readonly OktaGroup[] = [];
  let log = { dirty: nobodyDirty(), next: resume.log };
  await together(outer, [
    (signal) => intake.readTenant(signal),
    async (signal) => {
      since = await readPeople(intake, resume, users, signal);
    },
    async (signal) => {
      groups = await readChosenGroups(intake, signal);
    },
    async (signal) => {
      if (resume.log === null) return;
      log = await followLog(intake.desk.client, resume.log, {
        tally: intake.tally('Okta System Log'),
        signal,
      });
    },
  ]);
  return { since, users, groups, dirty: log.dirty, log: log.next };
}

/** With an application everybody is read: a list of who is assigned tells nothing of when that changed. */
async function readPeople(
  intake: Intake,
  resume: Resume,
  users: Map<string, OktaUser>,
  signal: AbortSignal,
): Promise<number | null> {
  const { client, options } = intake.desk;
  if (options.app !== undefined) return readAllPeople(intake, signal);
  const what = 'Okta changed users';
  const tally = intake.tally(what);
  let clock = null as number | null;
  await readChangedUsers(client, resume.since - OVERLAP_MS, {
    ...{ tally, signal },
    onClock: (ms) => {
      clock = ms;
    },
    onPage: (page) => {
      for (const user of page) users.set(user.id, user);
      intake.context.onProgress({ what, done: tally.items, total: null });
    },
  });
  return clock;
}

/** Members are read again where Okta's stamp is another one than last time, or a log event says so. */
async function readGroups(
  intake: Intake,
  previous: DirectorySnapshot,
  resume: Resume,
  news: News,
): Promise<void> {
  const changed: OktaGroup[] = [];
  // Where each person of the last reading is in this one, once a group has named them.
  const now = new Int32Array(previous.personCount).fill(-1);
  let copied = 0;
  for (const group of news.groups) {
    const index = previous.groupIndex(group.id);
    const stamp = group.lastMembershipUpdated;
    const same =
      index >= 0 &&
      stamp != null &&
      resume.groups[group.id] === stamp &&
      previous.group(index).name === group.profile.name &&
      !news.dirty.groups.has(group.id);
    if (!same) {
      changed.push(group);
      continue;
    }
    const opened = intake.openGroup(group);
    for (const person of previous.members(index)) {
      if (now[person] === -1) now[person] = intake.builder.named(previous.person(person).id);
      intake.member(opened, now[person] as number);
      if (++copied % STRIDE === 0) await breathe();
    }
    intake.builder.closeGroup(group.id);
  }
  await intake.readMembersOf(changed, intake.context.signal);
}

/** Everybody of the last reading but who is deleted, as they are now; then who is new. */
async function carryPeople(
  intake: Intake,
  previous: DirectorySnapshot,
  resume: Resume,
  news: News,
): Promise<void> {
  const doubtful = new Set([...news.dirty.users, ...resume.changing, ...outOfAllGroups(intake, previous)]);
  const asked = [...doubtful].filter((id) => !news.users.has(id)).sort();
  const fresh = new Map(news.users);
  for (const user of await askEach(intake, asked, intake.context.signal)) fresh.set(user.id, user);
  for (let index = 0; index < previous.personCount; index++) {
    const record = previous.person(index);
    if (record.status === 'unknown' || fresh.has(record.id) || doubtful.has(record.id)) continue;
    intake.keep(record);
    if (index % STRIDE === 0) await breathe();
  }
  for (const user of fresh.values()) intake.person(user);
}

/** A deleted user leaves every group and no other trace, so whoever left their last group is asked for. */
function outOfAllGroups(intake: Intake, previous: DirectorySnapshot): string[] {
  const before = new Uint8Array(previous.personCount);
  for (let group = 0; group < previous.groupCount; group++)
    for (const person of previous.members(group)) before[person] = 1;
  const gone: string[] = [];
  for (const [index, member] of before.entries()) {
    const { id } = previous.person(index);
    if (member === 1 && !intake.isMember(id)) gone.push(id);
  }
  return gone;
}
