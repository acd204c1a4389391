/** The tables of a report: summary, completeness of reads, reconciliation, mass effects and calls. */
import {
  CHANGE_KINDS,
  type Change,
  type Effect,
  type Impact,
  type ImpactReading,
  type PersonBucket,
  type Plan,
  type UserBucket,
} from '../core/model/change.ts';
import type { ReadReport } from '../core/model/directory.ts';
import type { Cell, Column, Table } from './document.ts';
import { byPlace, people, placeOf, placeTitle, type Tally, totals, users } from './shelves.ts';
import { EFFECTS, OPERATIONS, PERSON_BUCKETS, USER_BUCKETS, VERDICTS } from './words.ts';

const left = (title: string): Column => ({ title, align: 'left' });
const right = (title: string): Column => ({ title, align: 'right' });

export function summaryTable(counts: Tally): Table {
  const effects = Object.keys(EFFECTS) as Effect[];
  const row = (title: string, sums: { ready: number; held: number; waiting: number; barred: number }) => [
    title,
    sums.ready,
    sums.held,
    sums.waiting,
    sums.barred,
    sums.ready + sums.held + sums.waiting + sums.barred,
  ];
  return {
    type: 'table',
    caption: 'Changes by kind and verdict',
    columns: [left('Changes'), ...Object.values(VERDICTS).map(right), right('All')],
    rows: effects.map((effect) => row(EFFECTS[effect], counts[effect])),
    total: row('All', totals(counts)),
  };
}

/** Columns that nobody could fill are left out. */
export function impactTable({ people, lacks }: ImpactReading): Table {
  const knows = (pick: (one: Impact) => number | null) => people.some((one) => pick(one) !== null);
  const columns = [
    ...(lacks.length === 0 || knows((one) => one.lastActiveAt)
      ? [{ title: left('Last active'), cell: (one: Impact) => day(one.lastActiveAt) }]
      : []),
    ...(knows((one) => one.sessions)
      ? [{ title: right('Sessions'), cell: (one: Impact) => one.sessions ?? '' }]
      : []),
    ...(knows((one) => one.acus) ? [{ title: right('ACUs'), cell: (one: Impact) => one.acus ?? '' }] : []),
  ];
  return {
    type: 'table',
    caption: 'What the people who would lose access do with it',
    columns: [left('Person'), ...columns.map(({ title }) => title)],
    rows: people.map((one) => [one.email, ...columns.map(({ cell }) => cell(one))]),
    total: null,
  };
}

export function day(at: number | null): string {
  return at === null ? 'not seen' : new Date(at).toISOString().slice(0, 10);
}

export function readsTable(reads: Plan['reads']): Table {
  const row = (side: string, read: ReadReport): Cell[] => [
    `${side}: ${read.what}`,
    read.pages,
    read.items,
    read.calls,
  ];
  const all = [...reads.directory, ...reads.devin];
  const sum = (value: (read: ReadReport) => number) => all.reduce((total, read) => total + value(read), 0);
  return {
    type: 'table',
    caption: 'Collections that were read to their end',
    columns: [left('Collection'), right('Pages'), right('Items'), right('Calls')],
    rows: [
      ...reads.directory.map((read) => row('Directory', read)),
      ...reads.devin.map((read) => row('Devin', read)),
    ],
    total: ['All', sum((read) => read.pages), sum((read) => read.items), sum((read) => read.calls)],
  };
}

export function reconciliationTables(plan: Plan): readonly Table[] {
  const persons = Object.keys(PERSON_BUCKETS) as PersonBucket[];
  const accounts = Object.keys(USER_BUCKETS) as UserBucket[];
  return [
    {
      type: 'table',
      caption: 'People of the directory',
      columns: [left('People of the directory'), right('People')],
      rows: persons.map((bucket) => [PERSON_BUCKETS[bucket], plan.buckets.people[bucket]]),
      total: ['All people', people(plan)],
    },
    {
      type: 'table',
      caption: 'Users of Devin',
      columns: [left('Users of Devin'), right('Users')],
      rows: accounts.map((bucket) => [USER_BUCKETS[bucket], plan.buckets.users[bucket]]),
      total: ['All users', users(plan)],
    },
  ];
}

/** A place or a group is listed from this many people on. */
export const LARGE = 10;

type Reach = Record<Effect, number>;

/** People reached by place and by group, the largest losses first; null when none is large. */
export function massTable(changes: readonly Change[]): Table | null {
  const places = new Map<string, Reach>();
  const groups = new Map<string, Reach>();
  for (const change of changes) {
    // An organization is not a person; whoever joins it has a change of their own.
    if (change.subject.type === 'org') continue;
    add(places, placeOf(change), change);
    if (change.subject.type === 'group') add(groups, change.subject.label, change);
  }
  const rows = [
    ...byPlace(places).map(([place, reach]) => massRow(placeTitle(place), reach)),
    ...byPlace(groups).map(([group, reach]) => massRow(`Group ${group}`, reach)),
  ].filter(({ most }) => most >= LARGE);
  if (rows.length === 0) return null;
  rows.sort((a, b) => b.reach.revoke - a.reach.revoke || b.most - a.most);
  return {
    type: 'table',
    caption: 'People reached by organization and by group',
    columns: [left('Where'), right('Lose access'), right('Change role'), right('Gain access')],
    rows: rows.map(({ title, reach }) => [title, reach.revoke, reach.change, reach.grant]),
    total: null,
  };
}

function add(reaches: Map<string, Reach>, name: string, change: Change): void {
  const reach = reaches.get(name) ?? { revoke: 0, change: 0, grant: 0 };
  reach[CHANGE_KINDS[change.kind].effect] += change.people;
  reaches.set(name, reach);
}

function massRow(title: string, reach: Reach) {
  return { title, reach, most: Math.max(reach.revoke, reach.change, reach.grant) };
}

/** Writes by kind, in order of first use. */
export function callsTable(plan: Pick<Plan, 'operations' | 'budget'>): Table {
  const kinds = new Map<string, number>();
  for (const { kind } of plan.operations) kinds.set(OPERATIONS[kind], (kinds.get(OPERATIONS[kind]) ?? 0) + 1);
  return {
    type: 'table',
    caption: 'API writes by kind',
    columns: [left('API write'), right('Calls')],
    rows: [...kinds],
    total: ['All writes', plan.budget.writes],
  };
}
