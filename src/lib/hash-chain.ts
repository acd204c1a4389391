/**
 * Lines of JSON that follow one another by hash: each carries its number, the hash of the line before and its own, so
 * that a line that was edited, left out, put in or moved breaks the chain. What is cut off at the end shows only
 * against a head that is kept elsewhere.
 */
import { hash } from 'node:crypto';

export interface ChainHead {
  /** Number of the last line, from 1; 0: there is none. */
  readonly seq: number;
  /** SHA-256, hex. */
  readonly hash: string;
}

export const GENESIS: ChainHead = { seq: 0, hash: '0'.repeat(64) };

/** The line after `head`, without its end of line, and the head that it makes. */
export function chainLine(head: ChainHead, row: object): { readonly line: string; readonly head: ChainHead } {
  const body = JSON.stringify({ ...row, seq: head.seq + 1, prev: head.hash });
  const own = hash('sha256', body);
  return { line: `${body.slice(0, -1)},"hash":"${own}"}`, head: { seq: head.seq + 1, hash: own } };
}

export interface ChainedLine extends ChainHead {
  readonly prev: string;
  /** The whole object of the line. */
  readonly value: Readonly<Record<string, unknown>>;
}

const END = /,"hash":"([0-9a-f]{64})"\}$/;

/** null: it is no line of a chain, or not as it was written. */
export function readChained(line: string): ChainedLine | null {
  const match = END.exec(line);
  if (match === null) return null;
  const own = match[1] as string;
  if (hash('sha256', `${line.slice(0, match.index)}}`) !== own) return null;
  const value = JSON.parse(line) as Record<string, unknown>;
  const { seq, prev } = value;
  if (typeof seq !== 'number' || typeof prev !== 'string') return null;
  return { seq, hash: own, prev, value };
}

/** Follows a chain over lines and files, the first line of which may have any number. */
export class ChainReader {
  #first: number | null = null;
  #head: ChainHead = GENESIS;
  readonly #known = new Map<number, string>();
  #repeats = true;

  /** Number of the first line; null: there was none. */
  get first(): number | null {
    return this.#first;
  }

  get head(): ChainHead {
    return this.#head;
  }

  /** Two writers that took turns may have written the same lines at the beginning of a file. */
  nextFile(): void {
    this.#repeats = true;
  }

  knows({ seq, hash: own }: ChainHead): boolean {
    return seq === 0 || this.#known.get(seq) === own;
  }

  /** @returns why the chain breaks here; null: it does not. */
  take(text: string): string | null {
    const line = readChained(text);
    if (line === null) return 'it is not as it was written, or no line of an exported journal';
    if (this.#repeats && line.seq <= this.#head.seq && this.knows(line)) return null;
    const why = this.#first === null ? startProblem(line) : this.#problem(line);
    if (why !== null) return why;
    this.#repeats = false;
    this.#first ??= line.seq;
    this.#head = { seq: line.seq, hash: line.hash };
    this.#known.set(line.seq, line.hash);
    return null;
  }

  #problem({ seq, prev }: ChainedLine): string | null {
    const wanted = this.#head.seq + 1;
    if (seq > wanted) return `it is number ${seq}, and ${wanted} to ${seq - 1} are missing before it`;
    if (seq < wanted) return `it is number ${seq}, which was there before`;
    return prev === this.#head.hash ? null : 'it does not follow the line before it';
  }
}

function startProblem({ seq, prev }: ChainedLine): string | null {
  if (seq < 1) return 'numbers begin at 1';
  return seq === 1 && prev !== GENESIS.hash ? 'it is the first line, but names one before it' : null;
}
