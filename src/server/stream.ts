import { PassThrough, Readable } from 'node:stream';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { RunEvent } from '../core/model/run.ts';

const CHUNK = 16 * 1024;

/** Text as a stream of pieces of 16 KiB that lets the event loop turn between two, however large the report. */
export function textStream(pieces: Iterable<string> | AsyncIterable<string>): Readable {
  return Readable.from(breathe(pieces), { objectMode: false });
}

async function* breathe(pieces: Iterable<string> | AsyncIterable<string>): AsyncGenerator<string> {
  let chunk = '';
  for await (const piece of pieces) {
    chunk += piece;
    if (chunk.length < CHUNK) continue;
    yield chunk;
    chunk = '';
    await nextTurn();
  }
  if (chunk !== '') yield chunk;
}

export interface EventStreamOptions {
  readonly signal: AbortSignal;
  readonly heartbeatMs: number;
  /** A stream that failed is cut; its client asks again. */
  readonly onError: (error: unknown) => void;
}

/** A client that took nothing for so many heartbeats is let go. */
const STALLED_BEATS = 4;

/**
 * Server-sent events, one a movement of the run, until `settled` or the signal. A client too slow for them misses
 * progress, never a change of state; so what is buffered for it stays small.
 */
export function eventStream(events: AsyncIterable<RunEvent>, options: EventStreamOptions): Readable {
  const stream = new PassThrough();
  const end = (): void => void stream.end();
  if (options.signal.aborted) end();
  options.signal.addEventListener('abort', end, { once: true });
  const heartbeat = beat(stream, options.heartbeatMs);
  stream.once('close', () => {
    clearInterval(heartbeat);
    options.signal.removeEventListener('abort', end);
  });
  void pump(stream, events, options);
  return stream;
}

function beat(stream: PassThrough, heartbeatMs: number): NodeJS.Timeout {
  let stalled = 0;
  return setInterval(() => {
    stalled = stream.writableNeedDrain ? stalled + 1 : 0;
    if (stalled > STALLED_BEATS) stream.destroy();
    else if (stalled === 0 && stream.writable) stream.write(': alive\n\n');
  }, heartbeatMs);
}

/** ms after which a browser opens a stream again that was cut; it would wait for three seconds. */
const RETRY = 'retry: 500\n';

async function pump(
  stream: PassThrough,
  events: AsyncIterable<RunEvent>,
  { signal, onError }: EventStreamOptions,
): Promise<void> {
  let retry = RETRY;
  try {
    for await (const event of events) {
      if (!stream.writable) return;
      if (event.kind === 'progress' && stream.writableNeedDrain) continue;
      stream.write(`event: ${event.kind}\n${retry}data: ${JSON.stringify(event.run)}\n\n`);
      retry = '';
      if (event.kind === 'settled') break;
    }
    stream.end();
  } catch (error) {
    if (signal.aborted) return;
    onError(error);
    stream.destroy();
  }
}

/** Fastify passes streams by the serializer, so a route that sends one documents the text that comes out of it. */
export function asDocumented(stream: Readable): string & Readable {
  return stream as string & Readable;
}
