/** The ledger again, from Devin's audit log, where its store was lost and no journal was exported. */
import { adopt, type LedgerEdge } from '../core/adopt.ts';
import { recall } from '../core/recall.ts';
import { ConfigError } from '../lib/errors.ts';
import type { ReadContext } from '../lib/reading.ts';
import type { LoopDeps } from '../sync/run.ts';
import { entryOfEdge } from './adopt.ts';
import { look } from './plan.ts';

export interface RecallResult {
  /** Entries that were read. */
  readonly acts: number;
  /** Roles that the ledger has now and had not before. */
  readonly edges: readonly LedgerEdge[];
  /** Entries about memberships of which nobody is there any more, or that name nobody. */
  readonly unclear: number;
  /** Users and members of the SCIM service that stay foreign: the log has no entries about them. */
  readonly untold: number;
}

/**
 * What the ledger knows already stays as it is, and no access changes. Nothing is approved by it.
 * @throws ConfigError where the API keeps no log; SourceReadError where the key may not read it.
 */
export async function recallLedger(loop: LoopDeps, by: string, context: ReadContext): Promise<RecallResult> {
  if (loop.target.acts === undefined)
    throw new ConfigError([
      'this API of Devin has no audit log that could be read: use ledger rebuild or adopt',
    ]);
  const acts = await loop.target.acts(context);
  const { input } = await look(loop, context, false);
  const { memory, edges, unclear } = recall(input, acts);
  if (edges.length > 0) {
    await loop.store.memory.save(input.memory, { ...memory, tenants: input.tenants });
    const said = { at: loop.clock(), kind: 'adopt', by, why: "from Devin's audit log" } as const;
    await loop.store.journal.append(edges.map((edge) => entryOfEdge(edge, said)));
  }
  const untold = adopt({ ...input, memory }, { all: true }).edges.filter(({ scim }) => scim !== undefined);
  return { acts: acts.length, edges, unclear, untold: untold.length };
}
