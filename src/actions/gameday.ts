/** A rehearsal of faults against one's own rules and guards, as the command line sees it. */

export interface RehearsedFault {
  /** What goes wrong. */
  readonly fault: string;
  /** What the daemon did about it. */
  readonly happened: string;
  /** People who would have lost access if everything that was read had been believed and written. */
  readonly without: number;
  /** People who would have lost access as it is. */
  readonly lost: number;
}

export interface Gameday {
  /** What the stage looks like: sizes only. */
  readonly stage: readonly string[];
  readonly faults: AsyncIterable<RehearsedFault>;
}

export interface GamedayOptions {
  /** Most people on the stage; a larger company is scaled down. */
  readonly people: number;
  /** JSON file with the sizes to rehearse instead of those of the last reading. */
  readonly shape?: string;
}
