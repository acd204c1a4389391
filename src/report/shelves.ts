/** Puts every change of a plan on exactly one shelf, so that the numbers of the report add up. */
import { isImpossible } from '../core/key-limits.ts';
import { CHANGE_KINDS, type Change, type Effect, type Plan, type Verdict } from '../core/model/change.ts';

/** In the order of reading; the first that fits takes the change. */
export const SHELVES = [
  'deactivated',
  'privileged',
  'held',
  'removals',
  'role-changes',
  'grants',
  'waiting',
  'barred',
  'impossible',
] as const;

export type Shelf = (typeof SHELVES)[number];

const SHELF_OF_EFFECT: Readonly<Record<Effect, Shelf>> = {
  revoke: 'removals',
  change: 'role-changes',
  grant: 'grants',
};

/** Nothing may be written at all: the report then shows what would be done instead of repeating why it is not. */
export function looksOnly({ changes }: Pick<Plan, 'changes'>): boolean {
  return (
    changes.length > 0 &&
    changes.every((change) => change.verdict.state === 'barred' && !isImpossible(change))
  );
}

export function shelfOf(change: Change, looking = false): Shelf {
  if (isImpossible(change)) return 'impossible';
  if (change.cause === 'deactivated') return 'deactivated';
  if (change.privileged) return 'privileged';
  const { state } = change.verdict;
  return state === 'ready' || (looking && state === 'barred')
    ? SHELF_OF_EFFECT[CHANGE_KINDS[change.kind].effect]
    : state;
}

const ORDER: Readonly<Record<Effect, number>> = { revoke: 0, change: 1, grant: 2 };

/** What takes access away comes first; within, the order of the plan stays. */
export function byEffect(a: Change, b: Change): number {
  return ORDER[CHANGE_KINDS[a.kind].effect] - ORDER[CHANGE_KINDS[b.kind].effect];
}

export type Shelves = Readonly<Record<Shelf, readonly Change[]>>;

export function shelve(changes: Iterable<Change>, looking = false): Shelves {
  const shelves: Record<Shelf, Change[]> = {
    deactivated: [],
    privileged: [],
    held: [],
    removals: [],
    'role-changes': [],
    grants: [],
    waiting: [],
    barred: [],
    impossible: [],
  };
  for (const change of changes) shelves[shelfOf(change, looking)].push(change);
  for (const shelf of SHELVES) shelves[shelf].sort(byEffect);
  return shelves;
}

type State = Verdict['state'];

/** Changes by effect and verdict. */
export type Tally = Readonly<Record<Effect, Readonly<Record<State, number>>>>;

export function tally(changes: Iterable<Change>): Tally {
  const zero = () => ({ ready: 0, held: 0, waiting: 0, barred: 0 });
  const counts = { revoke: zero(), change: zero(), grant: zero() };
  for (const change of changes) counts[CHANGE_KINDS[change.kind].effect][change.verdict.state]++;
  return counts;
}

/** Changes of one verdict over all effects. */
export function totals(counts: Tally): Readonly<Record<State, number>> & { readonly all: number } {
  const sum = (state: State) => counts.revoke[state] + counts.change[state] + counts.grant[state];
  const states = { ready: sum('ready'), held: sum('held'), waiting: sum('waiting'), barred: sum('barred') };
  return { ...states, all: states.ready + states.held + states.waiting + states.barred };
}

/** Name of the org in which a change happens; `''` is the enterprise itself. */
export function placeOf(change: Change): string {
  if (change.org !== null) return change.org.name;
  return change.subject.type === 'org' ? change.subject.label : '';
}

/** Entries by key, the enterprise (`''`) first. */
export function byPlace<T>(places: ReadonlyMap<string, T>): [string, T][] {
  return [...places].sort(([a], [b]) => (a === b ? 0 : a < b ? -1 : 1));
}

export function placeTitle(place: string): string {
  return place === '' ? 'The enterprise' : place;
}

export function people(plan: Plan): number {
  return sumOf(plan.buckets.people);
}

export function users(plan: Plan): number {
  return sumOf(plan.buckets.users);
}

function sumOf(buckets: Readonly<Record<string, number>>): number {
  return Object.values(buckets).reduce((sum, value) => sum + value, 0);
}
