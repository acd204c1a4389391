/** What one planner process tells. */
export interface PlannerRun {
  readonly people: number;
  readonly edges: number;
  readonly changes: number;
  readonly planId: string;
  /** Processor time of each run over all threads, in order; the first is cold. */
  readonly seconds: readonly number[];
  /** The same by the clock on the wall, which other programs lengthen. */
  readonly wallSeconds: readonly number[];
  /** Longest step of each run, in ms of the main thread: so long the event loop stands still. */
  readonly blocks: readonly number[];
  /** Longest step of sealing the directory reading. */
  readonly sealMs: number;
  /** Resident before the first decision: the readings themselves. */
  readonly heldMb: number;
  readonly peakMb: number;
}
