import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished, vi } from 'vitest';
import type { Operation, OperationKind } from '../../src/core/model/operation.ts';
import type { ClientDeps } from '../../src/devin/client.ts';
import { type DevinOptions, devinOptions } from '../../src/devin/options.ts';
import { makeRestTarget } from '../../src/devin/rest-target.ts';
import type { DevinTarget, Resolver } from '../../src/devin/target.ts';
import { TargetError } from '../../src/lib/errors.ts';
import { unpaced } from '../../src/lib/pace.ts';
import type { ReadContext } from '../../src/lib/reading.ts';
import type { FakeDevin } from '../../src/sandbox/fake-devin.ts';

/** Ends a test that would hang. */
export const deadline = (): AbortSignal => AbortSignal.timeout(150_000);

export const asIs: Resolver = { user: (id) => id, org: (id) => id };

export function operation(kind: OperationKind, fields: Partial<Operation> = {}): Operation {
  return {
    key: `${kind}-1`,
    kind,
    lane: 4,
    phase: 0,
    subject: null,
    user: null,
    group: null,
    org: null,
    role: null,
    batch: [],
    create: null,
    before: null,
    items: [],
    ...fields,
  };
}

/** So long that a busy machine is not taken for a silent server. */
const PATIENT = { timeoutMs: 60_000, readTimeoutMs: 60_000 };

export function optionsFor(url: string, more: Partial<DevinOptions> = {}): DevinOptions {
  return { ...devinOptions.parse({ url, key: 'cog_sandbox_key' }), ...PATIENT, ...more };
}

/** Ends the time limit of the reads under way as soon as a scripted request hangs, and never before. */
export function silenceIsLate({ requests }: Pick<FakeDevin, 'requests'>): void {
  const later = AbortSignal.timeout;
  const hung = () => requests.filter(({ fault }) => fault === 'hang').length;
  const spy = vi.spyOn(AbortSignal, 'timeout').mockImplementation((ms) => {
    if (ms !== PATIENT.readTimeoutMs) return later.call(AbortSignal, ms);
    const limit = new AbortController();
    const before = hung();
    const look = setInterval(() => {
      if (hung() === before) return;
      clearInterval(look);
      limit.abort(new DOMException('late', 'TimeoutError'));
    }, 5);
    onTestFinished(() => clearInterval(look));
    return limit.signal;
  });
  onTestFinished(() => spy.mockRestore());
}

/** A target that never really waits between two tries. */
export function targetFor(
  url: string,
  more: Partial<DevinOptions> = {},
  deps: Partial<ClientDeps> = {},
): DevinTarget {
  return makeRestTarget(optionsFor(url, more), { pace: unpaced, sleep: async () => {}, ...deps });
}

export function reading(signal = deadline()): ReadContext {
  return { signal, onProgress: () => {} };
}

/** What was thrown, which must be a TargetError. */
export async function targetError(promise: Promise<unknown>): Promise<TargetError> {
  const error = await failure(promise);
  if (error instanceof TargetError) return error;
  throw error;
}

export async function failure(promise: Promise<unknown>): Promise<Error> {
  try {
    await promise;
  } catch (error) {
    if (error instanceof Error) return error;
  }
  throw new Error('expected a failure, but it went well');
}

export interface Stub {
  readonly url: string;
  readonly requests: { method: string; url: string; headers: IncomingMessage['headers'] }[];
  close(): Promise<void>;
}

/** A server that answers whatever the test says. */
export async function startStub(
  answer: (request: IncomingMessage, response: ServerResponse) => void,
): Promise<Stub> {
  const requests: Stub['requests'] = [];
  const server = createServer((request, response) => {
    requests.push({ method: request.method ?? '', url: request.url ?? '', headers: request.headers });
    request.resume().on('end', () => answer(request, response));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    requests,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

export function answerJson(response: ServerResponse, status: number, body: unknown, headers = {}): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers });
  response.end(JSON.stringify(body));
}
