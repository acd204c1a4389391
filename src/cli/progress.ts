/** Progress of reads and writes: a bar where a person looks on, a line now and then where a log is kept. */
import { progress as bar } from '@clack/prompts';
import type { WriteProgress } from '../core/model/run.ts';
import { etaMeter } from '../lib/eta.ts';
import type { ReadProgress } from '../lib/reading.ts';
import type { Io } from './io.ts';

export interface ReadMeter {
  readonly onProgress: (event: ReadProgress) => void;
  /** Ends the display, once: both sides were read, or the reading ended before. */
  end(whole: boolean): void;
}

/** Reads with a meter that tells the truth about how it ended. */
export async function metered<T>(
  io: Io,
  read: (onProgress: ReadMeter['onProgress']) => Promise<T>,
): Promise<T> {
  const meter = readMeter(io);
  try {
    const result = await read(meter.onProgress);
    meter.end(true);
    return result;
  } catch (error) {
    meter.end(false);
    throw error;
  }
}

/** Reads of both sides run at once: each is named with how far it is. */
export function readMeter(io: Io): ReadMeter {
  const parts = new Map<string, ReadProgress>();
  const eta = etaMeter(Date.now);
  const left = new Map<string, number | null>();
  const text = () => {
    const counts = [...parts.values()].map(
      ({ what, done, total }) => `${what} ${done}${total === null ? '' : `/${total}`}`,
    );
    const longest = Math.max(0, ...[...left.values()].map((seconds) => seconds ?? 0));
    return `${counts.join(' · ')}${longest === 0 ? '' : `, about ${longest} s left`}`;
  };
  if (!io.live) {
    return {
      onProgress: (event) => void parts.set(event.what, event),
      end: onceOnly((whole) =>
        io.note(
          whole ? `Both sides are read (${parts.size} collections).` : 'The reading ended before its end.',
        ),
      ),
    };
  }
  const shown = bar({ style: 'light', max: 1, indicator: 'timer', output: process.stderr });
  shown.start('Reading the directory and Devin');
  return {
    onProgress: (event) => {
      parts.set(event.what, event);
      left.set(event.what, eta(event));
      shown.message(text());
    },
    end: onceOnly((whole) =>
      whole ? shown.stop('Both sides are read') : shown.error('The reading ended before its end'),
    ),
  };
}

function onceOnly(end: (whole: boolean) => void): (whole: boolean) => void {
  let ended = false;
  return (whole) => {
    if (!ended) end(whole);
    ended = true;
  };
}

export interface WriteMeter {
  readonly onProgress: (progress: WriteProgress) => void;
  end(progress: WriteProgress): void;
}

const LINES = 10;

export function writeMeter(io: Io, total: number): WriteMeter {
  return io.live ? writeBar(total) : writeLines(io, total);
}

function writeBar(total: number): WriteMeter {
  const shown = bar({ max: Math.max(total, 1), style: 'block', output: process.stderr });
  shown.start(`0 of ${total} writes`);
  let at = 0;
  return {
    onProgress: (progress) => {
      const ended = endedOf(progress);
      shown.advance(ended - at, sentence(progress));
      at = ended;
    },
    end: (progress) => shown.stop(sentence(progress)),
  };
}

/** About ten lines whatever the size, and one whenever the reason of a wait changes. */
function writeLines(io: Io, total: number): WriteMeter {
  let next = 0;
  let waiting: string | null = null;
  let said = '';
  const say = (line: string) => {
    if (line !== said) io.note(line);
    said = line;
  };
  return {
    onProgress: (progress) => {
      const ended = endedOf(progress);
      if (ended < next && progress.waiting === waiting) return;
      next = ended + Math.max(1, Math.ceil(total / LINES));
      waiting = progress.waiting;
      say(sentence(progress));
    },
    end: (progress) => say(sentence(progress)),
  };
}

function endedOf({ done, failed, skipped }: WriteProgress): number {
  return done + failed + skipped;
}

/** `120 of 240 writes, 2 failed, about 30 s left (waiting 12 s: Devin asked for it)`. */
export function sentence(progress: WriteProgress): string {
  const { total, failed, skipped, etaSeconds, waiting } = progress;
  const ended = endedOf(progress);
  const parts = [`${ended} of ${total} writes`];
  if (failed > 0) parts.push(`${failed} failed`);
  if (skipped > 0) parts.push(`${skipped} skipped`);
  if (etaSeconds !== null && ended < total) parts.push(`about ${etaSeconds} s left`);
  return `${parts.join(', ')}${waiting === null ? '' : ` (${waiting})`}`;
}
