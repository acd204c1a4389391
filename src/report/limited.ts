/** How much of a long section a terminal or a comment shows, and what it says about the rest. */
import type {
  Block,
  Cell,
  Commands,
  Items,
  Line,
  Requests,
  RequestView,
  Section,
  Table,
} from './document.ts';
import { clean, count, list, plural } from './text.ts';

/** Lines, rows or requests that a section shows before it says how many more there are. */
export const DEFAULT_LIMIT = 20;

/** A block with the part of it that is shown. */
export type Part =
  | { readonly type: 'table'; readonly block: Table; readonly rows: readonly (readonly Cell[])[] }
  | { readonly type: 'items'; readonly block: Items; readonly lines: readonly Line[] }
  | { readonly type: 'requests'; readonly block: Requests; readonly requests: readonly RequestView[] }
  | { readonly type: 'commands'; readonly block: Commands };

export interface LimitedSection {
  /** Blocks of which something is shown, in order. */
  readonly parts: readonly Part[];
  /** How many things are not shown and where to see them; null when everything is. */
  readonly rest: string | null;
}

/** Spends the limit block by block. */
export function limitSection({ blocks }: Section, limit: number): LimitedSection {
  let left = limit;
  const take = <T>(things: Iterable<T>): readonly T[] => {
    const taken = left > 0 ? [...Iterator.from(things).take(left)] : [];
    left -= taken.length;
    return taken;
  };
  const parts = blocks.map((block) => partOf(block, take));
  const hidden = parts.map((part) => ({ title: titleOf(part.block), more: hiddenIn(part) }));
  return {
    parts: parts.filter((part) => shownIn(part) > 0),
    rest: restOf(hidden.filter(({ more }) => more > 0)),
  };
}

function partOf(block: Block, take: <T>(things: Iterable<T>) => readonly T[]): Part {
  switch (block.type) {
    case 'table':
      // Figures with a total add up only when all of them are shown.
      return { type: 'table', block, rows: block.total === null ? take(block.rows) : block.rows };
    case 'items':
      return { type: 'items', block, lines: take(block.lines()) };
    case 'requests':
      return { type: 'requests', block, requests: take(block.requests()) };
    case 'commands':
      return { type: 'commands', block };
  }
}

function shownIn(part: Part): number {
  switch (part.type) {
    case 'table':
      return part.rows.length;
    case 'items':
      return part.lines.length;
    case 'requests':
      return part.requests.length;
    case 'commands':
      return part.block.steps.length;
  }
}

function hiddenIn(part: Part): number {
  if (part.type === 'commands') return 0;
  const all = part.type === 'table' ? part.block.rows.length : part.block.count;
  return all - shownIn(part);
}

function titleOf(block: Block): string | null {
  return block.type === 'items' ? block.title : null;
}

const NAMED = 4;

function restOf(hidden: readonly { readonly title: string | null; readonly more: number }[]): string | null {
  if (hidden.length === 0) return null;
  const sum = hidden.reduce((total, { more }) => total + more, 0);
  const named = hidden.flatMap(({ title, more }) =>
    title === null ? [] : [`${clean(title)} (${count(more)})`],
  );
  const others = named.length - NAMED;
  const names = others > 1 ? [...named.slice(0, NAMED), plural(others, 'other group')] : named;
  const where = names.length < 2 ? '' : ` in ${list(names)}`;
  return `… and ${count(sum)} more${where}; the html and json formats list all.`;
}
