/** The Devin enterprise over its REST API, version 3. */
import type { Operation } from '../core/model/operation.ts';
import { SourceReadError, TargetError } from '../lib/errors.ts';
import { NOTHING_NEW, resultOf } from './answers.ts';
import { readActs } from './audit.ts';
import { readAuthors } from './authors.ts';
import { checkKey } from './check.ts';
import { type ClientDeps, DevinClient } from './client.ts';
import { saysGone } from './failure.ts';
import { readImpact } from './impact.ts';
import { readKeyEnd } from './key-end.ts';
import { listPath } from './lists.ts';
import { lookAtUsers } from './look.ts';
import type { DevinOptions, TargetOptions } from './options.ts';
import { readEnterprise } from './read.ts';
import { readSubject } from './read-back.ts';
import { requestOf } from './requests.ts';
import { type KeyOwner, readKeyOwner } from './self.ts';
import type { ApiRequest, DevinTarget, OperationResult, ReadBack } from './target.ts';

/**
 * Reads wait at `deps.pace` by themselves. `apply` does not: its caller acquires a slot first and owns all
 * waiting and repeating, so that a write in the queue holds exactly one reservation.
 */
export function makeRestTarget(options: TargetOptions, deps: ClientDeps): DevinTarget {
  const client = new DevinClient(options, deps);
  const impatient = new DevinClient(impatiently(options), deps);
  const { prefix } = options;
  // A turn asks who the key is and then reads; the answer serves that one reading, so that it is asked for once.
  let answered: KeyOwner | null = null;
  let lastOwner: KeyOwner | null = null;
  return {
    identify: async (signal) => {
      answered = await readKeyOwner(client, prefix, signal);
      lastOwner = answered;
      return answered.principal;
    },
    probe: async (signal) => {
      await readKeyOwner(impatient, prefix, signal);
      await impatient.get(listPath(prefix, 'users', null, { first: '1' }), signal);
    },
    read: async (context) => {
      const owner = answered;
      answered = null;
      return readEnterprise(client, options, context, owner);
    },
    look: async (emails, known, context) => {
      const owner = answered;
      answered = null;
      return lookAtUsers(client, options, { emails, known, owner }, context);
    },
    describe: (operation, resolver) => requestOf(prefix, operation, resolver),
    apply: async (operation, resolver, signal) =>
      applyOnce(client, requestOf(prefix, operation, resolver), operation, signal),
    readBack: async (operation, resolver, signal) =>
      lookAgain(signal, () => readSubject({ client, prefix, operation, resolver, signal })),
    keyEnd: async (signal) => {
      const { principal } = await readKeyOwner(impatient, prefix, signal);
      return readKeyEnd(impatient, prefix, principal.id, signal);
    },
    acts: async (context) => {
      const { principal } = await readKeyOwner(client, prefix, context.signal);
      return readActs(client, prefix, principal.id, context);
    },
    impact: async (losers, now, context) => readImpact({ client, prefix, context }, losers, now),
    authors: async (edges, context) => {
      const { principal } = lastOwner ?? (await readKeyOwner(client, prefix, context.signal));
      return readAuthors({ client, prefix, context, principal: principal.id }, edges);
    },
    check: async (signal) => checkKey(impatient, options, signal, deps.now ?? Date.now),
  };
}

/** Somebody waits at the terminal for what `check` finds. */
export function impatiently<T extends Pick<DevinOptions, 'readRetries' | 'readTimeoutMs'>>(options: T): T {
  const { readRetries, readTimeoutMs } = options;
  return {
    ...options,
    readRetries: Math.min(1, readRetries),
    readTimeoutMs: Math.min(10_000, readTimeoutMs),
  };
}

export async function applyOnce(
  client: DevinClient,
  request: ApiRequest,
  operation: Operation,
  signal: AbortSignal,
): Promise<OperationResult> {
  try {
    return resultOf(operation, request, await client.send(request, signal));
  } catch (error) {
    if (request.method === 'DELETE' && saysGone(error)) return NOTHING_NEW;
    throw error;
  }
}

/** A read that failed decides nothing: whatever went wrong in it, the write stays unknown. */
export async function lookAgain(signal: AbortSignal, look: () => Promise<ReadBack>): Promise<ReadBack> {
  try {
    return await look();
  } catch (error) {
    if (signal.aborted) throw signal.reason;
    const known = error instanceof TargetError ? error : null;
    if (known === null && !(error instanceof SourceReadError)) throw error;
    throw new TargetError(`Whether the write took effect could not be read. ${(error as Error).message}`, {
      status: known?.status ?? null,
      outcome: 'unknown',
      ...(known?.retryAfterMs === undefined ? {} : { retryAfterMs: known.retryAfterMs }),
      cause: error,
    });
  }
}
