/** What a decision did, item by item. */
import type { DecisionResult, NamedItem } from '../actions/decisions.ts';

/** More items than this are counted, not listed. */
const LISTED = 50;

export function decisionLines(word: 'Approved' | 'Rejected', result: DecisionResult): readonly string[] {
  const { done, half, left } = result;
  return [
    `${word}: ${done.length} of plan ${result.planId.slice(0, 12)}.`,
    ...listed(done, nameOf),
    ...(half.length === 0 ? [] : [`Waiting for a second person: ${half.length}.`, ...listed(half, nameOf)]),
    ...(left.length === 0 ? [] : [`Not touched: ${left.length}.`]),
    ...listed(left, (item) => `${nameOf(item)}: ${item.why}`),
  ];
}

function nameOf({ item, subject }: NamedItem): string {
  return `  ${item}  ${subject}`;
}

function listed<T>(items: readonly T[], toLine: (item: T) => string): string[] {
  const lines = items.slice(0, LISTED).map(toLine);
  return items.length > LISTED ? [...lines, `  and ${items.length - LISTED} more`] : lines;
}
