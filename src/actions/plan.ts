/** A look at both sides: what `plan` and `explain` are made of. */
import type { ReadContext } from '../lib/reading.ts';
import { type LoopDeps, type Turn, takeTurn } from '../sync/run.ts';

export type { Turn } from '../sync/run.ts';

/** `keep: false` leaves no trace in stored state. @throws SourceReadError or ConfigError. */
export async function look(loop: LoopDeps, context: ReadContext, keep: boolean): Promise<Turn> {
  return takeTurn(loop, context, { keep });
}
