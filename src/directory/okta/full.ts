/** A reading of everything. */
import type { DirectorySnapshot } from '../../core/model/directory.ts';
import type { ReadContext } from '../../lib/reading.ts';
import { together } from '../../lib/together.ts';
import { groupSelector } from '../group-filter.ts';
import { type Desk, Intake } from './intake.ts';
import { resolveMembers } from './people.ts';
import { isRealGroup, readAppGroups, readAppUsers, readGroups, readUsers } from './queries.ts';
import type { OktaGroup, OktaUser } from './schema.ts';
import { logFrom, OVERLAP_MS } from './system-log.ts';

/** @param spent calls of a cheap turn that had to be given up: they are told with the rest. */
export async function readEverything(
  desk: Desk,
  context: ReadContext,
  spent = 0,
): Promise<DirectorySnapshot> {
  const intake = new Intake(desk, context);
  if (spent > 0) intake.tally('Okta changes, given up for a full reading').calls = spent;
  const fullAt = desk.now();
  let since = null as number | null;
  await together(context.signal, [
    (signal) => intake.readTenant(signal),
    async (signal) => {
      since = await readAllPeople(intake, signal);
    },
    async (signal) => intake.readMembersOf(await readChosenGroups(intake, signal), signal),
  ]);
  await resolveMembers(intake, since, context.signal);
  const log = desk.options.systemLog && since !== null ? logFrom(desk.client, since - OVERLAP_MS) : null;
  return intake.seal({ scope: { kind: 'all' }, basis: 'full', fullAt, since, log });
}

/** Everybody in scope, in every status. @returns Okta's clock at the first page. */
export async function readAllPeople(intake: Intake, signal: AbortSignal): Promise<number | null> {
  const { client, options } = intake.desk;
  const what = 'Okta users';
  const tally = intake.tally(what);
  let clock = null as number | null;
  const read = {
    ...{ tally, signal },
    onClock: (ms: number | null) => {
      clock = ms;
    },
    onPage: (users: readonly OktaUser[]) => {
      for (const user of users) intake.person(user);
      intake.context.onProgress({ what, done: tally.items, total: null });
    },
  };
  await (options.app === undefined ? readUsers(client, read) : readAppUsers(client, options.app.id, read));
  return clock;
}

/** The groups in scope, without their members. */
export async function readChosenGroups(intake: Intake, signal: AbortSignal): Promise<OktaGroup[]> {
  const { client, options } = intake.desk;
  const what = 'Okta groups';
  const tally = intake.tally(what);
  const chosen = new Map<string, OktaGroup>();
  const isChosen = chooser(intake.desk);
  const read = {
    ...{ tally, signal },
    onPage: (groups: readonly OktaGroup[]) => {
      for (const group of groups) if (isChosen(group)) chosen.set(group.id, group);
      intake.context.onProgress({ what, done: tally.items, total: null });
    },
  };
  await (options.app === undefined
    ? readGroups(client, options, read)
    : readAppGroups(client, options.app.id, read));
  return [...chosen.values()];
}

/** Which groups configuration lets through by their names. */
export function chooser({ options }: Pick<Desk, 'options'>): (group: OktaGroup) => boolean {
  const selected = groupSelector(options.groups);
  return (group) => isRealGroup(group) && selected(group.profile.name);
}
