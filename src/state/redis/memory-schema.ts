/** Rows and parts of `Memory` as they are stored. The row encoders fix order, so that equal rows are equal text. */
import { z } from 'zod';
import type { TenantPair } from '../../core/model/change.ts';
import type {
  Approval,
  Baseline,
  LedgerGroup,
  LedgerPerson,
  Memory,
  RecentWrite,
  Tombstone,
} from '../../core/model/memory.ts';

const id = z.string().min(1);
const places = z.record(z.string(), z.enum(['managed', 'adopted']));

export const personSchema: z.ZodType<LedgerPerson> = z.strictObject({
  directoryId: id,
  devinId: id,
  email: z.string(),
  places,
});

export const groupSchema: z.ZodType<LedgerGroup> = z.strictObject({ directoryId: id, name: id, places });

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
});

export const approvalSchema: z.ZodType<Approval> = z.strictObject({
  item: id,
  by: z.string(),
  at: z.number(),
  why: z.string(),
});

export const approvedConfigSchema = z.string().nullable();

export function personRow(person: LedgerPerson): string {
  const { directoryId, devinId, email } = person;
  return JSON.stringify({ directoryId, devinId, email, places: sorted(person.places) });
}

export function groupRow(group: LedgerGroup): string {
  return JSON.stringify({ directoryId: group.directoryId, name: group.name, places: sorted(group.places) });
}

export function approvalRow({ item, by, at, why }: Approval): string {
  return JSON.stringify({ item, by, at, why });
}

/** Score and member in a sorted set; two equal writes in one millisecond are told apart by `unique`. */
export function recentMember(unique: string, { at, guard, place, people }: RecentWrite): [number, string] {
  return [at, `${unique} ${JSON.stringify({ at, guard, place, people })}`];
}

function sorted<T>(record: Readonly<Record<string, T>>): Record<string, T> {
  return Object.fromEntries(Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1)));
}
