/** Headings and wrapped text for a terminal. */
import { styleText } from 'node:util';
import { wrap } from '../report/width.ts';
import type { Io } from './io.ts';

const WIDEST = 100;

export function heading(text: string, io: Pick<Io, 'colour'>): string {
  return `\n${io.colour ? styleText('bold', text) : text}\n${'─'.repeat(Math.min(text.length, WIDEST))}\n`;
}

export function paragraph(text: string, width: number): string {
  return `${wrap(text, Math.min(width, WIDEST)).join('\n')}\n`;
}
