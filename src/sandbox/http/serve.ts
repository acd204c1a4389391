/** A loopback HTTP server that logs every request and lets scripted faults meet it first. */
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Faults } from '../faults.ts';
import { type LoggedRequest, loggedBody } from '../request-log.ts';
import { type Answer, type Exchange, Refusal, readExchange } from './exchange.ts';

export interface ServeOptions {
  /** 0 or absent: any free port. */
  readonly port?: number | undefined;
  readonly faults: Faults;
  readonly requests: LoggedRequest[];
  readonly now: () => number;
  readonly handle: (exchange: Exchange) => Answer;
  /** A failure in the words of this API, for scripted statuses without a body of their own. */
  readonly failure: (status: number, detail: string) => Answer;
}

export interface Served {
  /** Origin without a trailing slash. */
  readonly url: string;
  /** Destroys every connection, hanging ones too. May be called twice. */
  close(): Promise<void>;
}

// Longer than any run against the sandbox pauses: a server that closes an idle connection just as a client
// reuses it would look like a fault that nobody scripted.
const KEEP_ALIVE_MS = 120_000;

export async function serve(options: ServeOptions): Promise<Served> {
  const closing = new AbortController();
  const server = createServer({ keepAliveTimeout: KEEP_ALIVE_MS }, (message, response) => {
    readExchange(message)
      .then((exchange) => respond(exchange, response, options, closing.signal))
      .catch(() => response.socket?.destroy());
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port ?? 0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}`, close: () => close(server, closing) };
}

async function close(server: Server, closing: AbortController): Promise<void> {
  closing.abort();
  server.closeAllConnections();
  if (!server.listening) return;
  await new Promise<void>((resolve) => server.close(() => resolve()));
}

async function respond(
  exchange: Exchange,
  response: ServerResponse,
  options: ServeOptions,
  closing: AbortSignal,
): Promise<void> {
  const entry: LoggedRequest = {
    at: options.now(),
    method: exchange.method,
    path: exchange.target,
    status: 0,
    body: loggedBody(exchange.text),
    authorization: exchange.headers.authorization,
    fault: null,
  };
  options.requests.push(entry);
  const action = options.faults.meet(entry);
  if (action?.kind === 'hang') return;
  if (action?.kind === 'reset') {
    response.socket?.resetAndDestroy();
    return;
  }
  if (action?.kind === 'status') {
    entry.status = action.status;
    send(response, scripted(action, options));
    return;
  }
  if (action?.kind === 'delay') await sleep(action.ms, undefined, { signal: closing });
  if (action?.kind === 'wait') await action.until;
  const answer = handled(exchange, options);
  entry.status = answer.status;
  if (action?.kind === 'lose-answer') response.socket?.destroy();
  else if (action?.kind === 'cut') cut(response, answer);
  else if (action?.kind === 'replace') send(response, replaced(answer, action));
  else send(response, answer);
}

/** A bug of the sandbox is an answer too, so that a test sees it instead of a time-out. */
export function handled(exchange: Exchange, options: Pick<ServeOptions, 'handle' | 'failure'>): Answer {
  try {
    return options.handle(exchange);
  } catch (error) {
    if (error instanceof Refusal) return error.answer;
    return options.failure(500, error instanceof Error ? `sandbox: ${error.message}` : String(error));
  }
}

export interface ScriptedStatus {
  readonly status: number;
  readonly headers?: Record<string, string>;
  readonly body?: string;
  readonly contentType?: string;
}

export function scripted(action: ScriptedStatus, options: Pick<ServeOptions, 'failure'>): Answer {
  const usual = options.failure(action.status, 'scripted by the sandbox');
  const headers: Record<string, string | readonly string[]> = { ...usual.headers, ...action.headers };
  if (action.contentType !== undefined) headers['content-type'] = action.contentType;
  return { status: action.status, headers, body: action.body ?? usual.body };
}

export function replaced(
  answer: Answer,
  action: { body: string; contentType?: string; status?: number },
): Answer {
  const headers =
    action.contentType === undefined
      ? answer.headers
      : { ...answer.headers, 'content-type': action.contentType };
  return { status: action.status ?? answer.status, headers, body: action.body };
}

function writeHead(response: ServerResponse, answer: Answer): Buffer {
  const body = Buffer.from(answer.body);
  for (const [name, value] of Object.entries(answer.headers)) response.setHeader(name, value);
  response.writeHead(answer.status, { 'content-length': body.length });
  return body;
}

function send(response: ServerResponse, answer: Answer): void {
  response.end(writeHead(response, answer));
}

function cut(response: ServerResponse, answer: Answer): void {
  const body = writeHead(response, answer);
  response.write(body.subarray(0, Math.floor(body.length / 2)), () => response.socket?.destroy());
}
