/** One line of an exported journal, as far as the ledger is concerned. */
import { z } from 'zod';

const text = z.string().nullable();

const ledgerLine = z.object({
  at: z.number(),
  kind: z.string(),
  item: text,
  subject: text,
  actor: text,
  reason: text,
  /** Of a line in a chain. */
  hash: z.string().exactOptional(),
  edge: z
    .object({
      type: z.enum(['person', 'group']),
      directoryId: z.string().min(1),
      devinId: z.string().min(1),
      place: z.string(),
      role: text,
      gone: z.boolean(),
    })
    .nullable()
    .default(null),
  mark: z
    .object({
      person: z.string().min(1),
      group: z.string(),
      url: z.string().min(1),
      active: z.boolean(),
      gone: z.boolean(),
    })
    .nullable()
    .default(null),
});

export type LedgerLine = z.output<typeof ledgerLine>;

/** null: it is none. */
export function journalLine(line: string): LedgerLine | null {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return null;
  }
  const parsed = ledgerLine.safeParse(value);
  return parsed.success ? parsed.data : null;
}
