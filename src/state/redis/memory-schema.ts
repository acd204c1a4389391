/** Rows and parts of `Memory` as they are stored. The row encoders fix order, so that equal rows are equal text. */
import { z } from 'zod';
import type { TenantPair } from '../../core/model/change.ts';
import type {
  Adoption,
  Approval,
  Baseline,
  BudgetApproval,
  Flip,
  Hold,
  LedgerGroup,
  LedgerPerson,
  Memory,
  RecentWrite,
  Rejection,
  ScimMark,
  Tombstone,
} from '../../core/model/memory.ts';
import { MARK_LENGTH, type Roll } from '../../core/model/roll.ts';

const id = z.string().min(1);

/** As z.record, which copies entry by entry: half the time of loading a large ledger. */
function recordOf<T>(isValue: (value: unknown) => value is T, expected: string) {
  const isRecord = (value: unknown) =>
    typeof value === 'object' &&
    value !== null &&
    !Array.isArray(value) &&
    Object.values(value).every((each) => isValue(each));
  return z.custom<Readonly<Record<string, T>>>(isRecord, `expected ${expected} for each place`);
}

const places = recordOf(
  (owner): owner is 'managed' | 'adopted' => owner === 'managed' || owner === 'adopted',
  '"managed" or "adopted"',
);
const applied = recordOf(
  (role): role is string => typeof role === 'string' && role !== '',
  'the id of a role',
).exactOptional();

export const personSchema: z.ZodType<LedgerPerson> = z.strictObject({
  directoryId: id,
  devinId: id,
  email: z.string(),
  places,
  applied,
});

export const groupSchema: z.ZodType<LedgerGroup> = z.strictObject({
  directoryId: id,
  name: id,
  places,
  applied,
});

export const markSchema: z.ZodType<ScimMark> = z.strictObject({
  person: id,
  group: z.string(),
  url: id,
  active: z.boolean(),
});

export const tenantsSchema: z.ZodType<TenantPair> = z.strictObject({ directory: id, devin: id });

export const bindingsSchema: z.ZodType<Memory['bindings']> = z.record(
  z.string(),
  z.record(z.string(), z.string()),
);

export const tombstonesSchema: z.ZodType<readonly Tombstone[]> = z.array(
  z.strictObject({
    subject: id,
    cause: z.enum(['out-of-scope', 'vanished']),
    firstSeen: z.number(),
    lastSeen: z.number(),
  }),
);

const count = z.number().int().nonnegative();

export const baselineSchema: z.ZodType<Baseline | null> = z
  .strictObject({ people: count, groups: count, edges: count })
  .nullable();

export const recentSchema: z.ZodType<RecentWrite> = z.strictObject({
  at: z.number(),
  guard: z.string(),
  place: z.string().nullable(),
  people: z.number(),
  who: id.exactOptional(),
});

export const rollSchema: z.ZodType<Roll> = z
  .strictObject({
    directoryId: id,
    name: z.string(),
    places: z.array(z.string()),
    bound: z.boolean(),
    people: z.strictObject({ count, sum: count, text: z.string().regex(/^[-\w]*$/) }),
  })
  .refine(({ people }) => people.text.length === MARK_LENGTH * people.count, 'is cut short');

export const approvalSchema: z.ZodType<Approval> = z.strictObject({
  item: id,
  by: z.string(),
  at: z.number(),
  why: z.string(),
});

export const rejectionSchema: z.ZodType<Rejection> = approvalSchema;

export const holdSchema: z.ZodType<Hold> = z.strictObject({
  item: id,
  since: z.number(),
  toldAge: z.number(),
});

export const flipsSchema: z.ZodType<readonly Flip[]> = z.array(
  z.strictObject({ item: id, count, lastAt: z.number(), undone: z.boolean() }),
);

export const adoptionsSchema: z.ZodType<readonly Adoption[]> = z.array(
  z.strictObject({
    place: z.string(),
    at: z.number(),
    until: z.number(),
    by: z.string(),
    attest: z.string(),
  }),
);

export const budgetsSchema: z.ZodType<readonly BudgetApproval[]> = z.array(
  z.strictObject({ name: id, terms: id, by: z.string(), at: z.number(), why: z.string() }),
);

export const approvedConfigSchema = z.string().nullable();

export function personRow(person: LedgerPerson): string {
  const { directoryId, devinId, email } = person;
  return JSON.stringify({ directoryId, devinId, email, ...edges(person) });
}

export function groupRow(group: LedgerGroup): string {
  return JSON.stringify({ directoryId: group.directoryId, name: group.name, ...edges(group) });
}

export function markRow({ person, group, url, active }: ScimMark): string {
  return JSON.stringify({ person, group, url, active });
}

function edges(row: Pick<LedgerGroup, 'places' | 'applied'>): Pick<LedgerGroup, 'places' | 'applied'> {
  const known = row.applied === undefined ? {} : { applied: sorted(row.applied) };
  return { places: sorted(row.places), ...known };
}

export function rollRow({ directoryId, name, places, bound, people }: Roll): string {
  const { count: size, sum, text } = people;
  return JSON.stringify({ directoryId, name, places, bound, people: { count: size, sum, text } });
}

export function approvalRow({ item, by, at, why }: Approval): string {
  return JSON.stringify({ item, by, at, why });
}

export function holdRow({ item, since, toldAge }: Hold): string {
  return JSON.stringify({ item, since, toldAge });
}

/** Score and member in a sorted set; two equal writes in one millisecond are told apart by `unique`. */
export function recentMember(
  unique: string,
  { at, guard, place, people, who }: RecentWrite,
): [number, string] {
  return [at, `${unique} ${JSON.stringify({ at, guard, place, people, who })}`];
}

function sorted<T>(record: Readonly<Record<string, T>>): Record<string, T> {
  return Object.fromEntries(Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1)));
}
