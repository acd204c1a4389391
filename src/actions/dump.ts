/** `dump`: the state of Devin as configuration, with the proof that its first plan has nothing to do. */
import { decide } from '../core/decide.ts';
import { type Dump, dump, dumpedSettings } from '../core/dump.ts';
import type { Change } from '../core/model/change.ts';
import { NO_EVIDENCE } from '../core/model/evidence.ts';
import { EMPTY_MEMORY } from '../core/model/memory.ts';
import { ConfigError } from '../lib/errors.ts';
import type { ReadContext } from '../lib/reading.ts';
import { type LoopDeps, readSides } from '../sync/run.ts';

export interface Dumped extends Dump {
  /** What the first plan would have nevertheless: people who are not active in the directory. */
  readonly remains: readonly Change[];
}

/** Reads both sides; stores and writes nothing. @throws as a plan, and when the dump would not say what is there. */
export async function dumpState(loop: LoopDeps, owner: string, context: ReadContext): Promise<Dumped> {
  const { tenants, directory, devin, settings } = await readSides(loop, context);
  const input = {
    directory,
    devin,
    tenants,
    settings,
    memory: EMPTY_MEMORY,
    evidence: NO_EVIDENCE,
    configHash: loop.configHash,
    maxPerSecond: loop.maxPerSecond,
    now: loop.clock(),
  };
  const made = dump(input, owner);
  const { plan, problems } = decide({ ...input, settings: dumpedSettings(settings, made) });
  if (problems.length > 0) throw new ConfigError(problems.map((problem) => `dump: ${problem}`));
  return { ...made, remains: plan.changes };
}
