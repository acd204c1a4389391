/**
 * Whether what was pushed may be read. A provider that has not pushed everything yet looks like a small company, and
 * nothing in SCIM says that it is done; so the first push counts as complete once it is quiet (docs/decisions/0024).
 */
import { SourceReadError } from '../../lib/errors.ts';
import type { ScimStanding } from '../../lib/scim/pushed.ts';
import type { Desk } from './desk.ts';
import { type ScimPushOptions, settleMs } from './options.ts';

/** @throws SourceReadError while there is no company to read. */
export async function ready(desk: Desk): Promise<ScimStanding> {
  const standing = await desk.room.standing();
  const problem = notReady(standing, desk.options, desk.now());
  if (problem !== null) throw new SourceReadError(`${problem} Nothing is changed because of it.`);
  if (standing.settledAt === null) await desk.room.settle(desk.now());
  return standing;
}

/** In words, why it cannot be read now; null: it can. */
export function notReady(standing: ScimStanding, options: ScimPushOptions, now: number): string | null {
  const { users, groups, pushedAt, settledAt } = standing;
  const address = `/scim/v2/${options.name}`;
  if (pushedAt === null)
    return `Nobody has pushed to ${address} yet, which is not taken for an empty company. Enter its address and a token in the provider and let it push everybody and the groups.`;
  if (users === 0 || groups === 0)
    return `Pushed to ${address} are ${users} people and ${groups} groups, which is not taken for a company. Assign people to the application and push the groups as well.`;
  const quietMs = settleMs(options);
  if (settledAt !== null || now - pushedAt >= quietMs) return null;
  const seconds = Math.max(0, Math.round((now - pushedAt) / 1000));
  return `The first push to ${address} is under way: ${users} people and ${groups} groups, the last write ${seconds} s ago. It counts as complete after ${options.settleMinutes} minutes without one (settleMinutes).`;
}
