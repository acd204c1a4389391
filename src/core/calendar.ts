/** What the calendar keeps back: freeze windows, organizations that were just adopted, and waves of invitations. */

import { whoOf } from './counters.ts';
import { DAY_MS } from './day.ts';
import { follow } from './follow.ts';
import type { Budget, FreezeWindow } from './model/calendar.ts';
import type { Change, Notice, Verdict } from './model/change.ts';
import type { DevinState } from './model/devin.ts';
import type { Adoption, BudgetApproval, Memory } from './model/memory.ts';
import type { Settings } from './model/settings.ts';
import type { Pending } from './model/standing.ts';
import { beginOf, dateOf } from './personal.ts';
import { effectOf, isDeactivation } from './policy.ts';
import { othersPending, pendingOf } from './windows.ts';

const MINUTE_MS = 60_000;
const WEEK_MINUTES = 7 * 24 * 60;
const DAYS = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'];

/** Minute of the week in a time zone: 0 is Monday 00:00. */
function weekMinute(now: number, timeZone: string): number {
  const parts = new Intl.DateTimeFormat('en-GB', {
    timeZone,
    weekday: 'short',
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
  }).formatToParts(now);
  const of = (type: string) => (parts.find((part) => part.type === type) as { value: string }).value;
  return DAYS.indexOf(of('weekday')) * 1440 + Number(of('hour')) * 60 + Number(of('minute'));
}

/** Epoch ms of the end of the window, where `now` is in it; a change of the clocks in it moves the end by that. */
export function windowEnd({ when }: FreezeWindow, now: number): number | null {
  if (when.kind === 'once') return now >= when.from && now < when.to ? when.to : null;
  const at = weekMinute(now, when.timeZone);
  const length = (when.to - when.from + WEEK_MINUTES) % WEEK_MINUTES;
  const since = (at - when.from + WEEK_MINUTES) % WEEK_MINUTES;
  if (since >= length) return null;
  return Math.floor(now / MINUTE_MS) * MINUTE_MS + (length - since) * MINUTE_MS;
}

/** The window that ends last, where there is one now. */
export function frozen(
  windows: readonly FreezeWindow[],
  now: number,
): { name: string; until: number } | null {
  let last: { name: string; until: number } | null = null;
  for (const window of windows) {
    const until = windowEnd(window, now);
    if (until !== null && until > (last?.until ?? 0)) last = { name: window.name, until };
  }
  return last;
}

interface Dates {
  readonly settings: Settings;
  readonly memory: Pick<Memory, 'adoptions' | 'recent' | 'budgets'>;
  readonly devin: DevinState;
  readonly now: number;
}

/** Before the guards: what may not be written yet is not theirs to judge. */
export function restrain({ settings, memory, devin, now }: Dates, changes: readonly Change[]): Change[] {
  const window = frozen(settings.freeze, now);
  const young = new Map(memory.adoptions.filter(({ until }) => now < until).map((one) => [one.place, one]));
  if (window === null && young.size === 0) return [...changes];
  return follow(
    changes.map((change): Change => {
      const verdict = restrained(change, window, adoptionOf(change, young, devin));
      return verdict === null ? change : { ...change, verdict };
    }),
  );
}

function restrained(
  change: Change,
  window: { name: string; until: number } | null,
  adoption: Adoption | undefined,
): Verdict | null {
  const { state } = change.verdict;
  if (isDeactivation(change) || (state !== 'ready' && state !== 'held')) return null;
  if (window !== null)
    return { state: 'waiting', until: window.until, why: `freeze window "${window.name}"` };
  if (adoption === undefined) return null;
  return {
    state: 'waiting',
    until: adoption.until,
    why: `adopted on ${dateOf(adoption.at)} by ${adoption.by}: nothing is taken there before`,
  };
}

/** The end of an enterprise membership ends every role in organizations as well; that of a group what the group has. */
function adoptionOf(
  change: Change,
  young: ReadonlyMap<string, Adoption>,
  devin: DevinState,
): Adoption | undefined {
  if (young.size === 0 || effectOf(change) !== 'revoke') return undefined;
  const place = change.org === null ? '' : (change.org.id as string);
  const own = young.get(place);
  if (own !== undefined || !ENDS_MORE.includes(change.kind)) return own;
  const found = rolesOf(change, devin)
    .map(({ org }) => young.get(devin.head.orgs[org]?.id ?? ''))
    .filter((one) => one !== undefined);
  return found.sort((a, b) => b.until - a.until)[0];
}

const ENDS_MORE: readonly Change['kind'][] = ['remove-user', 'scim-remove-member'];

function rolesOf({ kind, subject, before }: Change, devin: DevinState): readonly { readonly org: number }[] {
  if (kind === 'remove-user') return devin.directRoles(devin.userIndex(subject.devinId as string));
  return devin.groupRoles(devin.groupIndex(before?.name as string));
}

/** Name under which the 24-hour windows remember invitations, approved ones too: a seat is a seat. */
export const INVITES = 'invitesPerDay';

/** What waves need to know of others: see `GuardInput`. */
interface Waves extends Omit<Dates, 'devin'> {
  readonly countedAt: number;
  readonly pending: readonly Pending[] | null;
}

/** After the guards: only what nothing else keeps back takes a place in today's wave. */
export function inWaves(
  { settings, memory, now, countedAt, pending }: Waves,
  changes: readonly Change[],
): Change[] {
  const perDay = settings.guards.invitesPerDay;
  if (perDay === null) return [...changes];
  const recent = memory.recent.filter(({ guard, at }) => guard === INVITES && now - at <= DAY_MS);
  const used = recent.reduce((sum, { people }) => sum + people, 0);
  const first = recent.length === 0 ? now : Math.min(...recent.map(({ at }) => at));
  const others = pending?.find(({ guard }) => guard === INVITES);
  const mine = new Set(changes.map((change) => whoOf(change) as string));
  const since = recent.filter(({ at }) => at > countedAt);
  let place = used + (others === undefined ? 0 : othersPending(others, mine, since));
  return follow(
    changes.map((change): Change => {
      if (change.kind !== 'invite' || change.verdict.state !== 'ready') return change;
      const wave = Math.floor(place++ / perDay);
      if (wave === 0) return change;
      const why = `${perDay} invitations a day (guards.invitesPerDay)`;
      return { ...change, verdict: { state: 'waiting', until: first + wave * DAY_MS, why } };
    }),
  );
}

/** Who takes a seat in some wave, for decisions about a few people. */
export function seatsOf(changes: readonly Change[]): Pending {
  const seats = changes.filter(({ kind, verdict }) => kind === 'invite' && verdict.state === 'ready');
  return pendingOf(INVITES, null, seats);
}

/** What exactly was approved: the same name with other dates or numbers is another budget. */
export function budgetTerms({ name, from, to, guards }: Budget): string {
  return JSON.stringify([name, from, to, Object.entries(guards).sort()]);
}

/** The approval of a budget, where it was given for just these terms. */
export function approvalOf(budget: Budget, approvals: readonly BudgetApproval[]): BudgetApproval | undefined {
  return approvals.find(({ terms }) => terms === budgetTerms(budget));
}

export function isOpen({ from, to }: Budget, now: number): boolean {
  return now >= from && now <= to;
}

/** People whom an approved budget lets a guard pass now; 0: none. */
export function allowance({ settings, memory, now }: Omit<Dates, 'devin'>, guard: string): number {
  let people = 0;
  for (const budget of settings.budgets) {
    if (!isOpen(budget, now) || approvalOf(budget, memory.budgets) === undefined) continue;
    people = Math.max(people, budget.guards[guard as keyof Budget['guards']] ?? 0);
  }
  return people;
}

/** What is in force now, for the report. */
export function calendarNotices({ settings, memory, now }: Omit<Dates, 'devin'>): Notice[] {
  const notices: Notice[] = [];
  const window = frozen(settings.freeze, now);
  if (window !== null) {
    const message = `freeze window "${window.name}" until ${dateOf(window.until)}: everything but deactivations waits`;
    notices.push({ kind: 'calendar', subject: window.name, message });
  }
  for (const budget of settings.budgets) {
    if (now > budget.to) continue;
    const approval = approvalOf(budget, memory.budgets);
    const words = Object.entries(budget.guards).map(([guard, people]) => `${guard} up to ${people} people`);
    const when = isOpen(budget, now) ? `until ${dateOf(budget.to)}` : `from ${beginOf(budget.from)}`;
    const who =
      approval === undefined
        ? `not approved yet (devin-idp-sync budget approve ${budget.name})`
        : `approved by ${approval.by}`;
    const message = `budget "${budget.name}" ${when}: ${words.join(', ')}; ${who}`;
    notices.push({ kind: 'calendar', subject: budget.name, message });
  }
  return notices;
}
