/** `adopt` and `release`: who owns what is there. No access changes by either. */
import { adopt, type LedgerEdge, type LedgerScope, release, type Transfer } from '../core/adopt.ts';
import type { DecideInput } from '../core/decide.ts';
import { ConfigError } from '../lib/errors.ts';
import type { ReadContext } from '../lib/reading.ts';
import { entryOf } from '../state/store.ts';
import type { LoopDeps } from '../sync/run.ts';
import { look } from './plan.ts';

export type { LedgerEdge, LedgerScope } from '../core/adopt.ts';

export interface TransferRequest extends LedgerScope {
  readonly by: string;
  readonly why: string;
}

/**
 * Reads both sides; what is foreign in the scope becomes adopted. The next plan says what follows from that.
 * @throws SourceReadError, or ConfigError when the scope names nothing that exists.
 */
export async function adoptAccess(
  loop: LoopDeps,
  request: TransferRequest,
  context: ReadContext,
): Promise<readonly LedgerEdge[]> {
  return transfer(loop, 'adopt', request, context);
}

/** The reverse: reported as foreign from now on, and left alone under `foreign: report`. */
export async function releaseAccess(
  loop: LoopDeps,
  request: TransferRequest,
  context: ReadContext,
): Promise<readonly LedgerEdge[]> {
  return transfer(loop, 'release', request, context);
}

const MOVES: Readonly<Record<'adopt' | 'release', (input: DecideInput, scope: LedgerScope) => Transfer>> = {
  adopt,
  release,
};

async function transfer(
  loop: LoopDeps,
  kind: 'adopt' | 'release',
  { by, why, ...scope }: TransferRequest,
  context: ReadContext,
): Promise<readonly LedgerEdge[]> {
  const { input } = await look(loop, context, false);
  const { memory, edges, problem } = MOVES[kind](input, scope);
  if (problem !== null) throw new ConfigError([`${kind}: ${problem}`]);
  if (edges.length === 0) return edges;
  await loop.store.memory.save(input.memory, { ...memory, tenants: input.tenants });
  const at = loop.clock();
  await loop.store.journal.append(
    edges.map((edge) => {
      const { type, directoryId, devinId, place, role, label } = edge;
      return entryOf({
        at,
        kind,
        subject: label,
        actor: by,
        after: kind === 'adopt' ? `${role?.name} in ${edge.placeName}` : null,
        before: kind === 'release' ? `a role in ${edge.placeName}` : null,
        reason: why,
        edge: { type, directoryId, devinId, place, role: role?.id ?? null, gone: false },
      });
    }),
  );
  return edges;
}
