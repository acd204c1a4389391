/**
 * Who was reached by a directory group, remembered as short sorted marks of their ids: when people lose what
 * several groups give, a reading alone no longer says which of those groups they have left.
 */

export interface Roll {
  /** IdP id of the group. */
  readonly directoryId: string;
  readonly name: string;
  /** Keys of the places where it gave a direct role, itself or through a group around it; sorted. */
  readonly places: readonly string[];
  /** A rule was bound to it; else it only is a part of such a group. */
  readonly bound: boolean;
  /** Who: people in it, nested groups included, and those who left but whose loss is not settled yet. */
  readonly people: Marks;
}

/** A set of people. Two sets with the same count and sum are taken for equal. */
export interface Marks {
  readonly count: number;
  readonly sum: number;
  /** Five digits a person, ascending. */
  readonly text: string;
}

/** Ascending in ASCII, so that marks are sorted as text where they are sorted as numbers. */
const DIGITS = '-0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz';
export const MARK_LENGTH = 5;
const CODES = Uint8Array.from(DIGITS, (digit) => digit.charCodeAt(0));
const VALUES = new Uint8Array(128);
for (const [value, code] of CODES.entries()) VALUES[code] = value;

/**
 * 30 bits (FNV-1a). Two people with one mark count as one another: a guard then counts somebody too much, or keeps
 * silent about one of them; nothing is taken or given by it.
 */
export function markOf(id: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < id.length; at++) hash = Math.imul(hash ^ id.charCodeAt(at), 0x01000193);
  return (hash ^ (hash >>> 30)) & 0x3fffffff;
}

/** In any order. Groups have up to a million people, and the event loop waits for each of them. */
export function writeMarks(marks: Int32Array): Marks {
  const sorted = marks.toSorted();
  // Digits are joined at one go: a text that grows by one of them at a time takes thirty times the memory.
  const digits = Buffer.allocUnsafe(sorted.length * MARK_LENGTH);
  let sum = 0;
  let end = 0;
  for (const mark of sorted) {
    sum += mark;
    for (let shift = 24; shift >= 0; shift -= 6) digits[end++] = CODES[(mark >> shift) & 63] as number;
  }
  return { count: sorted.length, sum, text: digits.toString('latin1') };
}

/** Ascending. */
export function readMarks({ count, text }: Marks): Int32Array {
  const marks = new Int32Array(count);
  for (let index = 0; index < count; index++) marks[index] = markAt(text, index);
  return marks;
}

function markAt(text: string, index: number): number {
  let mark = 0;
  for (let at = index * MARK_LENGTH; at < (index + 1) * MARK_LENGTH; at++)
    mark = mark * 64 + (VALUES[text.charCodeAt(at)] as number);
  return mark;
}

export function hasMark({ count, text }: Marks, mark: number): boolean {
  let low = 0;
  let high = count - 1;
  while (low <= high) {
    const middle = (low + high) >> 1;
    const value = markAt(text, middle);
    if (value === mark) return true;
    if (value < mark) low = middle + 1;
    else high = middle - 1;
  }
  return false;
}
