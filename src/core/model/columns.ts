/**
 * Growable integer columns and compressed rows. People, groups and orgs are interned once as pages arrive;
 * from then on an edge is two integers, which keeps a million people with five million edges within a gigabyte.
 */
import { breather, finish } from '../steps.ts';

/** An append-only column of 32-bit integers that doubles its room. */
export class IntColumn {
  #values: Int32Array;
  #length = 0;

  constructor(room = 16) {
    this.#values = new Int32Array(room);
  }

  get length(): number {
    return this.#length;
  }

  push(value: number): number {
    if (this.#length === this.#values.length) {
      const grown = new Int32Array(this.#values.length * 2);
      grown.set(this.#values);
      this.#values = grown;
    }
    this.#values[this.#length] = value;
    return this.#length++;
  }

  at(index: number): number {
    return this.#values[index] as number;
  }

  set(index: number, value: number): void {
    this.#values[index] = value;
  }

  /** The filled part in a room of its own size, to be kept. */
  taken(): Int32Array {
    return this.#values.slice(0, this.#length);
  }

  /** The filled part, without a copy. */
  view(): Int32Array {
    return this.#values.subarray(0, this.#length);
  }
}

/** Yes or no for each of growing numbers; no where nothing was said. */
export class Marks {
  #marks = new Uint8Array(1024);
  #count = 0;

  /** How many are marked. */
  get count(): number {
    return this.#count;
  }

  add(number: number): void {
    if (number >= this.#marks.length) {
      const grown = new Uint8Array(Math.max(number + 1, this.#marks.length * 2));
      grown.set(this.#marks);
      this.#marks = grown;
    }
    if (this.#marks[number] === 1) return;
    this.#marks[number] = 1;
    this.#count++;
  }

  has(number: number): boolean {
    return this.#marks[number] === 1;
  }
}

/** Rows of integers: row `r` is `values[offsets[r]..offsets[r+1]]`. */
export interface Rows {
  readonly offsets: Int32Array;
  readonly values: Int32Array;
}

/**
 * Groups edge numbers by row with a counting sort: `rowOf[e]` is the row of edge `e`. The result lists edge
 * numbers, in arrival order within a row, so that several columns can hang on one edge.
 */
export function edgesByRow(rowOf: Int32Array, rowCount: number): Rows {
  const offsets = new Int32Array(rowCount + 1);
  for (const row of rowOf) offsets[row + 1] = (offsets[row + 1] as number) + 1;
  for (let row = 0; row < rowCount; row++) {
    offsets[row + 1] = (offsets[row + 1] as number) + (offsets[row] as number);
  }
  const next = offsets.slice(0, rowCount);
  const values = new Int32Array(rowOf.length);
  for (let edge = 0; edge < rowOf.length; edge++) {
    const row = rowOf[edge] as number;
    values[next[row] as number] = edge;
    next[row] = (next[row] as number) + 1;
  }
  return { offsets, values };
}

/** Row `row` of `rows`, as a view. */
export function rowAt(rows: Rows, row: number): Int32Array {
  return rows.values.subarray(rows.offsets[row], rows.offsets[row + 1]);
}

/** What hangs on each edge, in the order of rows: a row is then one run of neighbours. */
export function inRowOrder(rows: Rows, ofEdge: Int32Array): Int32Array {
  const values = new Int32Array(ofEdge.length);
  for (let at = 0; at < values.length; at++) values[at] = ofEdge[rows.values[at] as number] as number;
  return values;
}

/** Values sorted between two chances to breathe. */
const STRIDE = 250_000;

/** Pairs (row, value) as rows of sorted, distinct values: the same pair from two pages counts once. */
export function distinctRows(rowOf: Int32Array, columnOf: Int32Array, rowCount: number): Rows {
  return finish(distinctRowsSteps(rowOf, columnOf, rowCount));
}

/** The same in strides. */
export function* distinctRowsSteps(
  rowOf: Int32Array,
  columnOf: Int32Array,
  rowCount: number,
): Generator<void, Rows> {
  const byRow = edgesByRow(rowOf, rowCount);
  yield;
  const values = inRowOrder(byRow, columnOf);
  yield;
  const isDue = breather(STRIDE);
  const offsets = new Int32Array(rowCount + 1);
  let length = 0;
  for (let row = 0; row < rowCount; row++) {
    const end = byRow.offsets[row + 1] as number;
    const { length: size } = values.subarray(byRow.offsets[row], end).sort();
    if (isDue(size)) yield;
    let last = -1;
    // What is kept moves up in place: it never overtakes what is read.
    for (let at = byRow.offsets[row] as number; at < end; at++) {
      const value = values[at] as number;
      if (value === last) continue;
      values[length++] = value;
      last = value;
    }
    offsets[row + 1] = length;
  }
  return { offsets, values: length === values.length ? values : values.slice(0, length) };
}
