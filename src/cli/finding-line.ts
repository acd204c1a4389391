/** One finding as a line of the terminal. */
import { styleText } from 'node:util';
import type { Finding } from '../lib/reading.ts';
import type { Io } from './io.ts';

const MARKS = { ok: '✓', warn: '!', fail: '✗', advice: '·' } as const satisfies Record<
  Finding['level'],
  string
>;
const COLOURS = { ok: 'green', warn: 'yellow', fail: 'red', advice: 'dim' } as const satisfies Record<
  Finding['level'],
  string
>;

export function printFinding(io: Io, { level, what, detail }: Finding): void {
  const mark = io.colour ? styleText(COLOURS[level], MARKS[level]) : MARKS[level];
  io.out(`  ${mark} ${what}: ${detail}\n`);
}
