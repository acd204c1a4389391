/** A reading of everything, or of some people and groups by id. */
import type { DirectorySnapshot } from '../../core/model/directory.ts';
import type { ReadContext } from '../../lib/reading.ts';
import { together } from '../../lib/together.ts';
import { groupSelector } from '../group-filter.ts';
import { type Desk, Intake } from './intake.ts';
import { resolveMembers } from './people.ts';
import {
  findAppGroup,
  findAppUser,
  findGroup,
  findUser,
  isRealGroup,
  readAppGroups,
  readAppUsers,
  readGroups,
  readUsers,
} from './queries.ts';
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
  const isChosen = chooser(intake);
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

function chooser({ desk }: Intake): (group: OktaGroup) => boolean {
  const selected = groupSelector(desk.options.groups);
  return (group) => isRealGroup(group) && selected(group.profile.name);
}

/** Only these people and groups; whoever of them does not exist, or is out of scope, is not in the snapshot. */
export async function readSome(
  desk: Desk,
  context: ReadContext,
  wanted: { readonly people: readonly string[]; readonly groups: readonly string[] },
): Promise<DirectorySnapshot> {
  const intake = new Intake(desk, context);
  await together(context.signal, [
    (signal) => intake.readTenant(signal),
    (signal) => readSomePeople(intake, wanted.people, signal),
    async (signal) => intake.readMembersOf(await findGroups(intake, wanted.groups, signal), signal),
  ]);
  const scope = { kind: 'part', ...wanted } as const;
  return intake.seal({ scope, basis: 'full', fullAt: null, since: null, log: null });
}

async function readSomePeople(intake: Intake, ids: readonly string[], signal: AbortSignal): Promise<void> {
  const { client, options } = intake.desk;
  const tally = intake.tally('Okta users');
  await intake.each(ids, signal, async (id, inner) => {
    const by = { tally, signal: inner };
    const user = await (options.app === undefined
      ? findUser(client, id, by)
      : findAppUser(client, options.app.id, id, by));
    if (user === null) return;
    tally.items++;
    intake.person(user);
  });
}

async function findGroups(intake: Intake, ids: readonly string[], signal: AbortSignal): Promise<OktaGroup[]> {
  const { client, options } = intake.desk;
  const tally = intake.tally('Okta groups');
  const isChosen = chooser(intake);
  const chosen: OktaGroup[] = [];
  await intake.each(ids, signal, async (id, inner) => {
    const by = { tally, signal: inner };
    const group = await (options.app === undefined
      ? findGroup(client, id, by)
      : findAppGroup(client, options.app.id, id, by));
    if (group === null) return;
    tally.items++;
    if (isChosen(group)) chosen.push(group);
  });
  return chosen;
}
