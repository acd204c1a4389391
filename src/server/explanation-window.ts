/** One part of an explanation at a time: somebody in thousands of groups, or thousands of rules, must not make a huge answer. */
import type { Explanation } from '../core/model/explanation.ts';

const LISTS = ['users', 'groups', 'rules', 'places', 'changes', 'residual', 'notices'] as const;
type ListName = (typeof LISTS)[number];

export interface ExplanationWindow {
  readonly explanation: Explanation;
  /** Entries of each list in all, where not all of them are here. */
  readonly totals: Readonly<Partial<Record<ListName, number>>>;
  readonly pages: number;
}

/** Rules that say something about the person come first. */
const SAYS: Readonly<Record<Explanation['rules'][number]['outcome'], number>> = {
  won: 0,
  outranked: 1,
  refused: 2,
  'no-match': 3,
};

/** @param page from 1; each list is cut at the same place, and one that is shorter is empty from then on. */
export function windowOf(whole: Explanation, page: number, size: number): ExplanationWindow {
  const longest = Math.max(...LISTS.map((name) => whole[name].length));
  if (longest <= size && page === 1) return { explanation: whole, totals: {}, pages: 1 };
  const ordered = { ...whole, rules: whole.rules.toSorted((a, b) => SAYS[a.outcome] - SAYS[b.outcome]) };
  const from = (page - 1) * size;
  const cut = Object.fromEntries(LISTS.map((name) => [name, ordered[name].slice(from, from + size)]));
  const long = LISTS.filter((name) => whole[name].length > size);
  return {
    explanation: { ...ordered, ...cut } as Explanation,
    totals: Object.fromEntries(long.map((name) => [name, whole[name].length])),
    pages: Math.max(1, Math.ceil(longest / size)),
  };
}
