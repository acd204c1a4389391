/** One request and one answer as values, so that routers are plain functions. */
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';

export interface Exchange {
  readonly method: string;
  /** Path and query exactly as sent. */
  readonly target: string;
  /** Still percent-encoded: an encoded slash belongs to its segment. */
  readonly pathname: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

export interface Answer {
  readonly status: number;
  /** A list is sent as that many header lines. */
  readonly headers: Readonly<Record<string, string | readonly string[]>>;
  readonly body: string;
}

/** Larger bodies than any API here takes; more ends the connection. */
const MAX_BODY_BYTES = 4 * 1024 * 1024;

export function jsonAnswer(
  status: number,
  value: unknown,
  headers: Answer['headers'] = {},
  contentType = 'application/json',
): Answer {
  return { status, headers: { 'content-type': contentType, ...headers }, body: JSON.stringify(value) };
}

/** Carries an answer out of any depth of a handler. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
  readonly answer: Answer;

  constructor(answer: Answer) {
    super(`refused with ${answer.status}`);
    this.answer = answer;
  }
}

export function exchangeOf(
  method: string,
  target: string,
  headers: IncomingHttpHeaders,
  text: string,
): Exchange {
  const mark = target.indexOf('?');
  return {
    method,
    target,
    pathname: mark < 0 ? target : target.slice(0, mark),
    query: new URLSearchParams(mark < 0 ? '' : target.slice(mark + 1)),
    headers,
    text,
  };
}

/** @throws Error when the client goes away or sends too much. */
export async function readExchange(message: IncomingMessage): Promise<Exchange> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of message as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > MAX_BODY_BYTES) throw new Error(`a body of more than ${MAX_BODY_BYTES} bytes`);
    chunks.push(chunk);
  }
  const text = Buffer.concat(chunks).toString('utf8');
  return exchangeOf(message.method ?? 'GET', message.url ?? '/', message.headers, text);
}
