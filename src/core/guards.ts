/**
 * Guards judge the whole set of changes that could be written and hold what exceeds a limit. They count people
 * over the last 24 hours, so splitting a removal over several runs gains nothing, and everything they do not hold flows on.
 */
import { admins, type Census } from './census.ts';
import { CHANGE_KINDS, type Change, type Violation } from './model/change.ts';
import type { Memory } from './model/memory.ts';
import type { GuardLimits, Limit, Settings } from './model/settings.ts';
import { effectOf, isDeactivation } from './policy.ts';

export const DAY_MS = 24 * 60 * 60 * 1000;

export interface GuardInput {
  readonly settings: Settings;
  readonly memory: Memory;
  readonly now: number;
  readonly census: Census;
  /** False until a person approved the first plan of this configuration and source. */
  readonly configApproved: boolean;
  /** Why the directory counts as shrunken; null when it does not. */
  readonly shrunken: string | null;
}

interface Counter {
  readonly name: keyof Omit<GuardLimits, 'minAdmins' | 'shrink'>;
  readonly what: string;
  /** `either`: at least `atLeast` and over the share or the count. `larger`: over the larger of the two. */
  readonly shape: 'either' | 'larger';
  readonly counts: (change: Change) => boolean;
  readonly base: (census: Census, place: string | null) => number;
  readonly perPlace: boolean;
}

const COUNTERS: readonly Counter[] = [
  {
    name: 'deactivations',
    what: 'deactivated people would be removed',
    shape: 'larger',
    counts: isDeactivation,
    base: (census) => census.users,
    perPlace: false,
  },
  {
    name: 'enterpriseRemovals',
    what: 'people would lose the enterprise',
    shape: 'either',
    counts: (change) => change.kind === 'remove-user' && change.cause !== 'deactivated',
    base: (census) => census.users,
    perPlace: false,
  },
  {
    name: 'orgRoles',
    what: 'people would lose an organization role',
    shape: 'either',
    counts: (change) => losesOrgRole(change),
    base: (census) => census.orgPeople,
    perPlace: false,
  },
  {
    name: 'perGroup',
    what: 'people would lose this organization',
    shape: 'either',
    counts: (change) => losesOrgRole(change),
    base: (census, place) => census.peopleByOrg.get(place ?? '') ?? 0,
    perPlace: true,
  },
  {
    name: 'grants',
    what: 'people would be let in',
    shape: 'larger',
    counts: (change) => change.kind === 'invite' || change.kind === 'give-group-role',
    base: (census) => census.users,
    perPlace: false,
  },
  {
    name: 'roleChanges',
    what: 'people would change role',
    shape: 'either',
    counts: (change) => CHANGE_KINDS[change.kind].effect === 'change',
    base: (census) => census.users,
    perPlace: false,
  },
];

function losesOrgRole(change: Change): boolean {
  return change.kind === 'remove-from-org' || change.kind === 'remove-group-from-org';
}

export interface Guarded {
  readonly changes: readonly Change[];
  readonly violations: readonly Violation[];
}

/** Approvals lift holds of exactly their items for 24 hours; approved items no longer count for any guard. */
export function applyGuards(input: GuardInput, changes: readonly Change[]): Guarded {
  const approved = approvedItems(input);
  const open = changes.filter((change) => change.verdict.state === 'ready' && !approved.has(change.key));
  const holds = new Map<string, string[]>();
  const violations = [
    ...COUNTERS.flatMap((counter) => judge(counter, input, open)),
    ...standing(input, open),
    ...adminFloor(input, changes, approved),
  ];
  for (const violation of violations) {
    for (const item of violation.items) holds.set(item, [...(holds.get(item) ?? []), violation.guard]);
  }
  const judged = changes.map((change) => settle(change, holds.get(change.key) ?? [], approved));
  return { changes: judged, violations: [...violations, ...heldByCause(judged, violations)] };
}

function approvedItems(input: GuardInput): ReadonlySet<string> {
  const valid = input.memory.approvals.filter(({ at }) => input.now - at <= DAY_MS);
  return new Set(valid.map(({ item }) => item));
}

function settle(change: Change, guards: readonly string[], approved: ReadonlySet<string>): Change {
  if (guards.length > 0) return { ...change, verdict: { state: 'held', by: guards } };
  if (change.verdict.state !== 'held' || !approved.has(change.key)) return change;
  return change.verdict.by.includes('collision') ? change : { ...change, verdict: { state: 'ready' } };
}

/** The counters a change adds to, for the 24-hour windows. */
export function countersOf(change: Change): readonly { guard: string; place: string | null }[] {
  return COUNTERS.filter(({ counts }) => counts(change)).map(({ name, perPlace }) => ({
    guard: name,
    place: perPlace ? (change.org?.name ?? '') : null,
  }));
}

function judge(counter: Counter, input: GuardInput, open: readonly Change[]): Violation[] {
  const counted = open.filter(counter.counts);
  if (!counter.perPlace) return judgeIn(counter, input, counted, null);
  const byPlace = new Map<string, Change[]>();
  for (const change of counted) {
    const place = change.org?.name ?? '';
    byPlace.set(place, [...(byPlace.get(place) ?? []), change]);
  }
  return [...byPlace].flatMap(([place, inPlace]) => judgeIn(counter, input, inPlace, place));
}

function judgeIn(
  counter: Counter,
  input: GuardInput,
  counted: readonly Change[],
  place: string | null,
): Violation[] {
  if (counted.length === 0) return [];
  const limit = input.settings.guards[counter.name];
  const earlier = recentPeople(input, counter.name, place);
  const count = peopleOf(counted) + earlier;
  const base = counter.base(input.census, place) + (counter.name === 'grants' ? 0 : earlier);
  if (!exceeds(counter.shape, limit, count, base)) return [];
  const where = place === null ? '' : ` in ${place}`;
  const before = earlier === 0 ? '' : `, ${earlier} of them in the last 24 hours`;
  return [
    {
      guard: counter.name,
      place,
      count,
      base,
      limit: limitText(counter.shape, limit),
      message: `${count} of ${base} ${counter.what}${where}${before}; the limit is ${limitText(counter.shape, limit)}`,
      items: counted.map(({ key }) => key),
    },
  ];
}

/** Compares without dividing, so that an empty base can neither pass nor blow up. */
export function exceeds(shape: Counter['shape'], limit: Limit, count: number, base: number): boolean {
  if (count < limit.atLeast) return false;
  const overShare = count > limit.share * base;
  const overCount = count > limit.count;
  return shape === 'either' ? overShare || overCount : overShare && overCount;
}

function limitText(shape: Counter['shape'], limit: Limit): string {
  const share = `${Math.round(limit.share * 1000) / 10} %`;
  if (shape === 'larger') return `the larger of ${limit.count} and ${share}`;
  const count = Number.isFinite(limit.count) ? ` or ${limit.count}` : '';
  return `${share}${count}, from ${limit.atLeast} on`;
}

/** Distinct people; a group's change weighs the people it reaches. */
export function peopleOf(changes: readonly Change[]): number {
  const people = new Set<string>();
  let throughGroups = 0;
  for (const { subject, people: weight } of changes) {
    if (subject.type === 'person') people.add(subject.directoryId ?? subject.devinId ?? subject.label);
    else throughGroups += weight;
  }
  return people.size + throughGroups;
}

function recentPeople(input: GuardInput, guard: string, place: string | null): number {
  let people = 0;
  for (const write of input.memory.recent) {
    if (write.guard === guard && write.place === place && input.now - write.at <= DAY_MS)
      people += write.people;
  }
  return people;
}

/** Holds that do not count: the first plan of a configuration, each admin grant, a shrunken directory. */
function standing(input: GuardInput, open: readonly Change[]): Violation[] {
  const found: Violation[] = [];
  const add = (guard: string, message: string, held: readonly Change[]) => {
    if (held.length === 0) return;
    const items = held.map(({ key }) => key);
    found.push({
      guard,
      place: null,
      count: peopleOf(held),
      base: input.census.users,
      limit: 'approval',
      message,
      items,
    });
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

/**
 * Never leaves fewer admins than the floor behind, in the enterprise or in any org. An approval does not lift it,
 * and a proven deactivation counts but is not held.
 */
function adminFloor(
  input: GuardInput,
  changes: readonly Change[],
  approved: ReadonlySet<string>,
): Violation[] {
  const losing = changes.filter(
    (change) =>
      change.privileged &&
      effectOf(change) === 'revoke' &&
      (change.verdict.state === 'ready' || approved.has(change.key)),
  );
  const places = new Set(losing.map((change) => change.org?.id ?? ''));
  return [...places].flatMap((place) => {
    const here = losing.filter(
      (change) => (change.org?.id ?? '') === place && change.subject.type === 'person',
    );
    const now = admins(input.census, place);
    const left = now - peopleOf(here);
    const held = here.filter((change) => !isDeactivation(change));
    if (held.length === 0 || left >= input.settings.guards.minAdmins) return [];
    const where = place === '' ? 'the enterprise' : (here[0]?.org?.name ?? place);
    return [
      {
        guard: 'minAdmins',
        place: where,
        count: peopleOf(here),
        base: now,
        limit: `${input.settings.guards.minAdmins} admins`,
        message: `${left} of ${now} admins would be left in ${where}; at least ${input.settings.guards.minAdmins} must stay`,
        items: held.map(({ key }) => key),
      },
    ];
  });
}

const CAUSE_WORDS: Readonly<Record<string, string>> = {
  'group-deleted': 'a group that a rule is bound to is gone from the directory: always approved',
  'rule-changed': 'a rule no longer gives this access: always approved',
  collision: 'the identity is ambiguous: grants wait until the collision is cleared',
};

/** Holds that came with the cause of a change, listed beside those of the guards. */
function heldByCause(changes: readonly Change[], counted: readonly Violation[]): Violation[] {
  const known = new Set(counted.map(({ guard }) => guard));
  const groups = new Map<string, Change[]>();
  for (const change of changes) {
    if (change.verdict.state !== 'held') continue;
    for (const guard of change.verdict.by) {
      if (!known.has(guard)) groups.set(guard, [...(groups.get(guard) ?? []), change]);
    }
  }
  return [...groups].map(([guard, held]) => ({
    guard,
    place: null,
    count: peopleOf(held),
    base: 0,
    limit: 'approval',
    message: CAUSE_WORDS[guard] ?? guard,
    items: held.map(({ key }) => key),
  }));
}
