/**
 * Guards judge the whole set of changes that could be written and hold what exceeds a limit. They count people
 * over the last 24 hours, so splitting a removal over several runs gains nothing, and everything they do not hold flows on.
 */
import { adminFloor } from './admin-floor.ts';
import { allowance } from './calendar.ts';
import type { Census } from './census.ts';
import { COUNTERS, type Counter, exceeds, figure, limitText, peopleOf, placesOf, whoOf } from './counters.ts';
import { follow } from './follow.ts';
import type { Change, Violation } from './model/change.ts';
import type { Memory } from './model/memory.ts';
import type { Limit, OrgLimits, Settings } from './model/settings.ts';
import type { Pending } from './model/standing.ts';
import { effectOf, isDeactivation } from './policy.ts';
import { isLiftable, keepsAny, refuse, wordsOf } from './spoken.ts';
import {
  othersPending,
  pendingOf,
  peopleOfWrites,
  type Recent,
  recentByPlace,
  windowKey,
} from './windows.ts';

export interface GuardInput {
  readonly settings: Settings;
  readonly memory: Memory;
  readonly now: number;
  readonly census: Census;
  /** Epoch ms of the census: writes since then are not in it. `now` in a decision about everything. */
  readonly countedAt: number;
  /** What the last decision about everything counted besides; null in such a decision. */
  readonly pending: readonly Pending[] | null;
  /** False until a person approved the first plan of this configuration and source. */
  readonly configApproved: boolean;
  /** Why the directory counts as shrunken; null when it does not. */
  readonly shrunken: string | null;
}

export interface Guarded {
  readonly changes: readonly Change[];
  readonly violations: readonly Violation[];
  /** What the counting guards counted, place by place. */
  readonly pending: readonly Pending[];
}

/** Approvals lift holds of exactly their items for 24 hours; approved items no longer count for any guard but the admin floor. */
export function applyGuards(input: GuardInput, all: readonly Change[]): Guarded {
  const words = wordsOf(input.memory, input.now);
  const { approved } = words;
  const changes = keepsAny(words) ? follow(all.map((change) => refuse(change, words))) : all;
  const open = changes.filter((change) => change.verdict.state === 'ready' && !approved.has(change.key));
  const going = changes.filter((change) => settle(change, undefined, approved).verdict.state === 'ready');
  const counted = COUNTERS.flatMap((counter) => countIn(counter, open));
  const recent = recentByPlace(input.memory, input.now);
  const violations = [
    ...counted.flatMap((one) => judge(one, input, recent)),
    ...standing(input, open),
    ...adminFloor(input.census, (place, name) => minAdmins(input.settings, place, name), going),
  ];
  const holds = new Map<string, string[]>();
  for (const { guard, items } of violations) {
    for (const item of items) {
      const known = holds.get(item);
      if (known === undefined) holds.set(item, [guard]);
      else if (!known.includes(guard)) known.push(guard);
    }
  }
  const judged = follow(changes.map((change) => settle(change, holds.get(change.key), approved)));
  const held = judged.filter(({ verdict }) => verdict.state === 'held');
  return {
    changes: judged,
    violations: withFollowers([...violations, ...heldByCause(held)], held),
    pending: counted.map(({ counter, place, changes }) => pendingOf(counter.name, place, changes)),
  };
}

/** No approval makes clear who an address belongs to, so a collision stays held. */
function settle(
  change: Change,
  guards: readonly string[] | undefined,
  approved: ReadonlySet<string>,
): Change {
  if (guards !== undefined) return { ...change, verdict: { state: 'held', by: guards } };
  const { verdict } = change;
  if (verdict.state !== 'held' || !approved.has(change.key) || !isLiftable(verdict.by)) return change;
  return { ...change, verdict: { state: 'ready' } };
}

/** What only follows a held change is held by the same guards, and stands in their lists. */
function withFollowers(violations: readonly Violation[], held: readonly Change[]): Violation[] {
  const listed = new Set(violations.flatMap(({ items }) => items));
  const followers = held.filter(({ key }) => !listed.has(key));
  if (followers.length === 0) return [...violations];
  return violations.map((violation) => {
    const more = followers.flatMap(({ key, verdict }) =>
      verdict.state === 'held' && verdict.by.includes(violation.guard) ? [key] : [],
    );
    return { ...violation, items: [...violation.items, ...more] };
  });
}

/** What one guard counts in one place. */
interface Counted {
  readonly counter: Counter;
  readonly place: string | null;
  /** Of the place, in words. */
  readonly name: string | null;
  readonly changes: readonly Change[];
}

function countIn(counter: Counter, open: readonly Change[]): Counted[] {
  const removed = new Set(counter.withoutRemoved ? open.filter(removesUser).map(whoOf) : []);
  const counted = open.filter((change) => counter.counts(change) && !removed.has(whoOf(change)));
  const byPlace = new Map<string | null, { name: string | null; changes: Change[] }>();
  for (const change of counted) {
    for (const { key, name } of placesOf(counter, change)) {
      const known = byPlace.get(key);
      if (known === undefined) byPlace.set(key, { name, changes: [change] });
      else known.changes.push(change);
    }
  }
  return Array.from(byPlace, ([place, { name, changes }]) => ({ counter, place, name, changes }));
}

function removesUser({ kind }: Change): boolean {
  return kind === 'remove-user' || kind === 'scim-deactivate-user';
}

function judge({ counter, place, name, changes }: Counted, input: GuardInput, recent: Recent): Violation[] {
  const limit = limitOf(counter, input.settings, place, name);
  const mine = new Set(changes.map((change) => whoOf(change) as string));
  const writes = (recent.get(windowKey(counter.name, place)) ?? []).filter(({ who }) => !mine.has(who ?? ''));
  const earlier = peopleOfWrites(writes);
  const then = input.pending?.find((one) => one.guard === counter.name && one.place === place);
  const since = writes.filter(({ at }) => at > input.countedAt);
  const leaving = peopleOf(changes) + (then === undefined ? 0 : othersPending(then, mine, since));
  const count = leaving + earlier;
  const left = counter.leaves ? peopleOfWrites(writes.filter(({ at }) => at <= input.countedAt)) : 0;
  // Whoever was about to leave at the last count is not in it; whoever leaves since then is.
  const gone = input.pending === null ? leaving : then === undefined ? 0 : then.count - (then.later ?? 0);
  const base = counter.base(input.census, place ?? '', gone) + left;
  const toZero = counter.per !== 'everything' && count >= 3 && count >= base;
  if (!toZero && !exceeds(counter.shape, limit, count, base)) return [];
  if (!toZero && count <= allowance(input, counter.name)) return [];
  const said = counter.says(figure(count), figure(base), name ?? '');
  const before = earlier === 0 ? '' : `, ${figure(earlier)} of them in the last 24 hours`;
  const text = toZero ? 'nobody would be left' : `the limit is ${limitText(counter.shape, limit)}`;
  return [
    {
      guard: counter.name,
      place: name,
      count,
      base,
      limit: limitText(counter.shape, limit),
      message: `${said}${before}; ${text}`,
      items: changes.map(({ key }) => key),
    },
  ];
}

function ofOrg({ guards }: Settings, id: string, name: string): OrgLimits | undefined {
  return guards.perOrg[id] ?? guards.perOrg[name];
}

function limitOf(counter: Counter, settings: Settings, place: string | null, name: string | null): Limit {
  const own = counter.per === 'org' ? ofOrg(settings, place as string, name as string) : undefined;
  return own?.removals ?? settings.guards[counter.name];
}

function minAdmins(settings: Settings, place: string, name: string): number {
  const own = place === '' ? undefined : ofOrg(settings, place, name);
  return own?.minAdmins ?? settings.guards.minAdmins;
}

/** Holds that do not count: the first plan of a configuration, each admin grant, a shrunken directory. */
function standing(input: GuardInput, open: readonly Change[]): Violation[] {
  const found: Violation[] = [];
  const add = (guard: string, message: string, held: readonly Change[]) => {
    if (held.length > 0) found.push(approvalOf(guard, message, held, input.census.users));
  };
  if (!input.configApproved) {
    const others = open.filter((change) => !isDeactivation(change));
    add('first-plan', 'the first plan of this configuration and source waits for approval', others);
  }
  const adminGrants = open.filter((change) => change.privileged && effectOf(change) !== 'revoke');
  add('admin-grant', 'each role that counts as admin is given only when approved', adminGrants);
  if (input.shrunken !== null) {
    const removals = open.filter((change) => effectOf(change) === 'revoke' && !isDeactivation(change));
    add('shrink', input.shrunken, removals);
  }
  return found;
}

function approvalOf(guard: string, message: string, held: readonly Change[], base: number): Violation {
  const items = held.map(({ key }) => key);
  return { guard, place: null, count: peopleOf(held), base, limit: 'approval', message, items };
}

const CAUSE_WORDS: readonly (readonly [string, string])[] = [
  ['group-deleted', 'a group that a rule is bound to is gone from the directory: always approved'],
  ['rule-changed', 'no rule gives this access any more: always approved'],
  ['group-renamed', 'a group that a pattern matches has a new name: what that gives is always approved'],
  ['rejected', 'a person rejected it: it stays until approved, or until its cause is another'],
  [
    'rolled-back',
    'a person took it back: it is not done again until approved, or until its cause is another',
  ],
  ['by-hand', 'this daemon gave it and somebody took it back in Devin: given again only when approved'],
  ['outsider', 'somebody whom the directory does not have is let in: always approved'],
  [
    'flapping',
    'somebody keeps taking it back in Devin: not given again until a week has passed without that',
  ],
  [
    'role-ceiling',
    'the role is above the ceiling of the organization: give another role or raise roleCeiling',
  ],
  ['collision', 'the identity is ambiguous: grants wait until the collision is cleared'],
];

/** Holds that came with the cause of a change, listed beside those of the guards. */
function heldByCause(held: readonly Change[]): Violation[] {
  return CAUSE_WORDS.flatMap(([guard, message]) => {
    const mine = held.filter(({ verdict }) => verdict.state === 'held' && verdict.by.includes(guard));
    return mine.length === 0 ? [] : [approvalOf(guard, message, mine, 0)];
  });
}
