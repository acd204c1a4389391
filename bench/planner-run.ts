/** What one planner process tells. */
export interface PlannerRun {
  readonly people: number;
  readonly edges: number;
  readonly changes: number;
  readonly planId: string;
  /** Of each run, in order; the first is cold. */
  readonly seconds: readonly number[];
  /** Longest step of each run, in ms: as long as the event loop stands still. */
  readonly blocks: readonly number[];
  /** One call: how long sealing the directory reading took. */
  readonly sealMs: number;
  /** Resident before the first decision: the readings themselves. */
  readonly heldMb: number;
  readonly peakMb: number;
}
