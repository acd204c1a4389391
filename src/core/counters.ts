/** What the counting guards count, in people, and against what. */
import type { Census } from './census.ts';
import type { BudgetGuard } from './model/calendar.ts';
import { CHANGE_KINDS, type Change, type NamedRef } from './model/change.ts';
import { isScimKind } from './model/scim.ts';
import type { Limit } from './model/settings.ts';
import { isDeactivation } from './policy.ts';

export interface Counter {
  readonly name: BudgetGuard;
  /** What would happen to how many of how many people; `name` is that of the place. */
  readonly says: (count: string, base: string, name: string) => string;
  /** `either`: over the count at any size, or over the share from `atLeast` on. `larger`: over the larger of the two. */
  readonly shape: 'either' | 'larger';
  readonly counts: (change: Change) => boolean;
  /** `place` is a key of `placesOf`; '' unless the counter is per place. `leaving`: those whom the census has no more. */
  readonly base: (census: Census, place: string, leaving: number) => number;
  /** What it is counted in. */
  readonly per: 'everything' | 'org' | 'group' | 'members';
  /** Whoever was counted in the last 24 hours is no longer in the base, and is added to it again. */
  readonly leaves: boolean;
  /** Does not count people whom the same plan removes from the enterprise. */
  readonly withoutRemoved: boolean;
}

const PLAIN = { per: 'everything', leaves: false, withoutRemoved: false } as const;

/** Ids of directory groups and of organizations must not meet in one window. */
const GROUP = 'group:';
const MEMBERS = 'members:';

function of(what: string): Counter['says'] {
  return (count, base) => `${count} of ${base} ${what}`;
}

/** As it is read: 40,000. */
export function figure(count: number): string {
  return count.toLocaleString('en-US');
}

export const COUNTERS: readonly Counter[] = [
  {
    ...PLAIN,
    name: 'deactivations',
    says: of('deactivated people would be removed'),
    shape: 'larger',
    counts: isDeactivation,
    base: insiders,
    leaves: true,
  },
  {
    ...PLAIN,
    name: 'enterpriseRemovals',
    says: of('people would lose the enterprise'),
    shape: 'either',
    counts: losesEnterprise,
    base: insiders,
    leaves: true,
  },
  {
    ...PLAIN,
    name: 'orgRoles',
    says: of('people would lose an organization role'),
    shape: 'either',
    counts: losesOrg,
    base: ({ orgPeople }) => orgPeople,
    leaves: true,
    withoutRemoved: true,
  },
  {
    ...PLAIN,
    name: 'orgRoles',
    says: of('people would be taken out of groups through SCIM'),
    shape: 'either',
    counts: losesMembership,
    base: ({ scimPeople }) => scimPeople,
    leaves: true,
    withoutRemoved: true,
  },
  {
    ...PLAIN,
    name: 'perGroup',
    says: (count, base, name) => `${count} of ${base} people would lose the organization ${name}`,
    shape: 'either',
    counts: losesOrg,
    base: ({ peopleByOrg }, place) => peopleByOrg.get(place) as number,
    per: 'org',
    leaves: true,
  },
  {
    ...PLAIN,
    name: 'perGroup',
    says: (count, base, name) => `${count} of ${base} people would lose what ${name} gives`,
    shape: 'either',
    counts: ({ left }) => left !== undefined,
    // Whoever left is no longer in it.
    base: ({ groupPeople }, place, leaving) => groupPeople(place.slice(GROUP.length)) + leaving,
    per: 'group',
    leaves: true,
  },
  {
    ...PLAIN,
    name: 'perGroup',
    says: (count, base, name) => `${count} of ${base} people would be taken out of ${name}`,
    shape: 'either',
    counts: losesMembership,
    base: ({ scimMembers }, place) => scimMembers.get(place.slice(MEMBERS.length)) as number,
    per: 'members',
    leaves: true,
  },
  {
    ...PLAIN,
    name: 'grants',
    says: (count, base) => `${count} people would be let in beside ${base} who have access`,
    shape: 'larger',
    counts: ({ kind }) => LETS_IN.includes(kind),
    base: ({ everybody }) => everybody,
  },
  {
    ...PLAIN,
    name: 'roleChanges',
    says: of('people would change role'),
    shape: 'either',
    counts: (change) => isRoleChange(change) && !losesEnterprise(change),
    base: ({ everybody }) => everybody,
  },
];

const LETS_IN: readonly string[] = ['invite', 'give-group-role', 'scim-create-user', 'scim-activate-user'];

/** People who are in directly, or through SCIM where those are more. */
function insiders({ users, scimPeople }: Census): number {
  return Math.max(users, scimPeople);
}

function isRoleChange({ kind, subject }: Change): boolean {
  return !isScimKind(kind) && subject.type !== 'org' && CHANGE_KINDS[kind].effect === 'change';
}

/** For a slow cause these are removals in their last step. */
const ENDS: readonly string[] = ['set-enterprise-role', 'scim-deactivate-user'];

/** The no-access role for somebody who is gone is a removal in two steps; for a suspended person it is a change. */
function losesEnterprise(change: Change): boolean {
  if (change.kind === 'remove-user') return !isDeactivation(change);
  const { kind, cause } = change;
  // Taking back that somebody was let in takes everything that the user there gave.
  if (kind === 'scim-deactivate-user' && cause === 'rollback') return true;
  return ENDS.includes(kind) && ['out-of-scope', 'vanished', 'foreign'].includes(cause);
}

/** Whoever is deactivated is counted as that. */
function losesMembership({ kind, cause }: Change): boolean {
  return kind === 'scim-remove-member' && cause !== 'deactivated';
}

function losesOrg({ kind }: Change): boolean {
  return kind === 'remove-from-org' || kind === 'remove-group-from-org';
}

/** Where a counter counts a change: the key of the place in the windows, and its name. */
export interface CountedPlace {
  readonly key: string | null;
  readonly name: string | null;
}

/** More than one for somebody who has left several groups: each of them may be the one that was emptied. */
export function placesOf({ per }: Counter, { org, left, before, scim }: Change): readonly CountedPlace[] {
  if (per === 'everything') return [{ key: null, name: null }];
  if (per === 'org') return [{ key: (org as NamedRef).id, name: (org as NamedRef).name }];
  if (per === 'members') return [{ key: `${MEMBERS}${scim?.group}`, name: `group ${before?.name}` }];
  return (left as readonly NamedRef[]).map(({ id, name }) => ({
    key: `${GROUP}${id}`,
    name: `group ${name}`,
  }));
}

/** The counters a done change adds to, for the 24-hour windows. */
export function countersOf(change: Change): readonly { guard: string; place: string | null }[] {
  return COUNTERS.filter(({ counts }) => counts(change)).flatMap((counter) =>
    placesOf(counter, change).map(({ key }) => ({ guard: counter.name, place: key })),
  );
}

/** Compares without dividing, so that an empty base can neither pass nor blow up. */
export function exceeds(shape: Counter['shape'], limit: Limit, count: number, base: number): boolean {
  const overShare = count >= limit.atLeast && count > limit.share * base;
  const overCount = count > limit.count;
  return shape === 'either' ? overShare || overCount : overShare && overCount;
}

export function limitText(shape: Counter['shape'], limit: Limit): string {
  const share = `${Math.round(limit.share * 1000) / 10} %`;
  if (shape === 'larger') return `the larger of ${figure(limit.count)} and ${share}`;
  const count = Number.isFinite(limit.count) ? `, or ${figure(limit.count)}` : '';
  return `${share} from ${limit.atLeast} on${count}`;
}

/** Distinct people; a group's change weighs the people it reaches. */
export function peopleOf(changes: Iterable<Change>): number {
  const people = new Set<string | null>();
  let throughGroups = 0;
  for (const change of changes) {
    if (change.subject.type === 'person') people.add(whoOf(change));
    else throughGroups += change.people;
  }
  return people.size + throughGroups;
}

/** One name for a person whatever is known of them. */
export function whoOf({ subject }: Change): string | null {
  return subject.directoryId ?? subject.devinId;
}
