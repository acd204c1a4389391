/** A whole fictional company to play with, as the demo sees it. */
import type { Workbench } from './workbench.ts';

/** Something that happens in the company's IdP. */
export interface Episode {
  /** What happened, as a headline. */
  readonly title: string;
  /** What to watch for in the plan. */
  readonly watch: string;
  /** Makes it happen. */
  happen(): void;
  /** Puts right what must not last: a broken network, say. */
  undo?(): void;
  /** The read is expected to fail. */
  readonly fails: boolean;
}

export interface Playground {
  readonly bench: Workbench;
  readonly introduction: readonly string[];
  /** The configuration in use, as a reader would write it. */
  readonly configText: string;
  readonly episodes: readonly Episode[];
  /** Writes that the fake Devin has carried out so far. */
  writesSeen(): number;
  close(): Promise<void>;
}
