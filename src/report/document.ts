/**
 * What every report is made of. A plan or an explanation becomes one `Document`; the terminal, Markdown and HTML
 * renderers know documents only, so that they show the same facts in the same order.
 * Texts in a document are raw: a renderer cleans and escapes everything it prints.
 */
import type { Effect } from '../core/model/change.ts';

/** How loud something is: `alarm` needs a person, `calm` needs nobody, `quiet` is background. */
export type Tone = 'alarm' | 'caution' | 'calm' | 'quiet';

export interface Document {
  readonly title: string;
  readonly verdict: { readonly word: string; readonly sentence: string; readonly tone: Tone };
  readonly facts: readonly Fact[];
  /** Nothing needs reading: the terminal and Markdown show folded sections as one line, or not at all. */
  readonly brief: boolean;
  readonly sections: readonly Section[];
}

export interface Fact {
  readonly label: string;
  readonly value: string;
}

export interface Section {
  /** Stable name: anchor in HTML, and what tests ask for. */
  readonly id: string;
  readonly title: string;
  readonly tone: Tone;
  /** Number of things listed, shown beside the title; null where a number says nothing. */
  readonly count: number | null;
  readonly note: string | null;
  /** Background that Markdown and HTML show closed. */
  readonly folded: boolean;
  readonly blocks: readonly Block[];
}

export type Block = Table | Items | Commands | Requests;

export interface Table {
  readonly type: 'table';
  readonly caption: string;
  readonly columns: readonly Column[];
  readonly rows: readonly (readonly Cell[])[];
  /** Sums under the rows. */
  readonly total: readonly Cell[] | null;
}

export interface Column {
  readonly title: string;
  readonly align: 'left' | 'right';
}

export type Cell = string | number;

export interface Items {
  readonly type: 'items';
  /** null: the section's title says it all. */
  readonly title: string | null;
  readonly note: string | null;
  readonly count: number;
  /** Made on demand, so that a large plan is never held twice. Each call starts again. */
  readonly lines: () => Iterable<Line>;
}

/** One thing with its reason: a change, a guard that holds, access that stays, something not touched. */
export interface Line {
  /** Item key of a held change, for whoever approves or rejects it alone; null for everything else. */
  readonly key: string | null;
  readonly effect: Effect | null;
  readonly subject: string;
  /** What happens; empty where nothing does. */
  readonly action: string;
  readonly reason: string;
  /** What keeps it back, or that nothing does; null where the section says it. */
  readonly status: string | null;
  readonly privileged: boolean;
}

export interface Commands {
  readonly type: 'commands';
  readonly steps: readonly { readonly purpose: string; readonly command: string | null }[];
}

/** One HTTP request as it would be sent. */
export interface RequestView {
  readonly method: string;
  readonly path: string;
  readonly body: unknown;
}

export interface Requests {
  readonly type: 'requests';
  readonly count: number;
  readonly requests: () => Iterable<RequestView>;
}
