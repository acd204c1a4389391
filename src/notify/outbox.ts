/**
 * Messages on their way, in Redis: a message is put in once, however many replicas noticed the same, survives
 * restarts, and is tried again with growing pauses for about half a day. Nothing waits for it.
 */
import { createHash } from 'node:crypto';
import { type Job, Queue, UnrecoverableError, Worker } from 'bullmq';
import type { Redis } from 'ioredis';
import { z } from 'zod';
import { endsWithin } from '../lib/ends-within.ts';
import { hashTag, keyspace } from '../lib/keyspace.ts';
import { script } from '../lib/redis-script.ts';
import type { NotifyEvent } from './event.ts';
import { EVENT_KINDS, type WebhookOptions } from './options.ts';
import { NotTakenError } from './send.ts';

export interface OutboxOptions {
  readonly prefix: string;
  readonly producer: Redis;
  /** One that waits while Redis is away. */
  readonly worker: Redis;
  /** The webhooks as they are configured now. */
  readonly webhooks: () => readonly WebhookOptions[];
  /** @throws NotTakenError */
  readonly send: (webhook: WebhookOptions, event: NotifyEvent) => Promise<void>;
  readonly clock: () => number;
  /** First pause before another try, in ms; it doubles. */
  readonly backoffMs?: number;
  /** Told after each try; `gone` says that there will be no other. */
  readonly observe?: (webhook: string, outcome: 'delivered' | 'failed' | 'gone') => void;
  readonly onError?: (error: Error) => void;
  /** A message on its way when the outbox is closed is cut off after this time, and tried again; default 8 s. */
  readonly closeMs?: number;
}

/** How a webhook does. */
export interface WebhookState {
  readonly name: string;
  readonly kind: WebhookOptions['kind'];
  /** Epoch ms of the last message that it took. */
  readonly deliveredAt: number | null;
  /** Why it does not take messages just now, in words; null while it does, or was never tried. */
  readonly failing: string | null;
  /** Epoch ms of the last failed try. */
  readonly failedAt: number | null;
}

export interface Outbox {
  /** Gives the message to every webhook that wants its kind. Returns how many that were. */
  put(event: NotifyEvent): Promise<number>;
  states(): Promise<readonly WebhookState[]>;
  /** Messages that wait for another try, or for their first. */
  waiting(): Promise<number>;
  /** Sends no more; messages can still be put in. */
  stop(): Promise<void>;
  close(): Promise<void>;
}

const CLOSE_MS = 8000;
const LAST_MS = 500;
const ATTEMPTS = 12;
const BACKOFF_MS = 15_000;

/** What was told is remembered so long, so that it is not told again. */
const KEPT = { age: 30 * 24 * 3600, count: 10_000 };

const eventSchema = z.object({
  id: z.string(),
  kind: z.enum([...EVENT_KINDS, 'test']),
  severity: z.enum(['alarm', 'notice', 'good']),
  at: z.number(),
  title: z.string(),
  counts: z.record(z.string(), z.number()),
  details: z.array(z.string()),
  path: z.string().nullable(),
}) satisfies z.ZodType<NotifyEvent>;

const jobSchema = z.object({ webhook: z.string(), event: eventSchema });

const stateSchema = z.object({
  deliveredAt: z.number().nullable(),
  failing: z.string().nullable(),
  failedAt: z.number().nullable(),
});

const UNTRIED: z.output<typeof stateSchema> = { deliveredAt: null, failing: null, failedAt: null };

export function openOutbox(options: OutboxOptions): Outbox {
  const { producer, webhooks } = options;
  const prefix = hashTag(options.prefix);
  const queue = new Queue('notify', { connection: producer, prefix, skipWaitingForReady: true });
  const worker = startWorker(options, prefix);
  const onError = options.onError ?? (() => {});
  queue.on('error', onError);
  worker.on('error', onError);
  let stopping: Promise<void> | null = null;
  const stop = (): Promise<void> => {
    stopping ??= (async () => {
      if (await endsWithin(worker.close(), options.closeMs ?? CLOSE_MS)) return;
      await endsWithin(worker.close(true), LAST_MS);
    })();
    return stopping;
  };
  return {
    put: async (event) => {
      const wanting = webhooks().filter(({ events }) => (events as readonly string[]).includes(event.kind));
      await Promise.all(
        wanting.map(({ name }) =>
          queue.add('message', { webhook: name, event }, jobOptions(name, event, options)),
        ),
      );
      return wanting.length;
    },
    states: () => webhookStates(producer, options.prefix, webhooks()),
    waiting: async () => {
      const counts = await queue.getJobCounts('waiting', 'delayed', 'active', 'prioritized');
      return Object.values(counts).reduce((sum, count) => sum + count, 0);
    },
    stop,
    close: async () => {
      await stop();
      await endsWithin(queue.close(), LAST_MS);
    },
  };
}

/** How these webhooks did, whichever process tried them. */
export async function webhookStates(
  redis: Redis,
  prefix: string,
  webhooks: readonly WebhookOptions[],
): Promise<readonly WebhookState[]> {
  const known = await redis.hgetall(stateKey(prefix));
  return webhooks.map(({ name, kind }) => ({ name, kind, ...stateOf(known[name]) }));
}

function jobOptions(name: string, { id }: NotifyEvent, { backoffMs = BACKOFF_MS }: OutboxOptions) {
  return {
    // Adding a job whose id is known does nothing: that is what tells everything once.
    jobId: createHash('sha256').update(`${name}\n${id}`).digest('hex').slice(0, 40),
    attempts: ATTEMPTS,
    backoff: { type: 'exponential', delay: backoffMs },
    removeOnComplete: KEPT,
    removeOnFail: KEPT,
  };
}

function startWorker(options: OutboxOptions, prefix: string): Worker {
  return new Worker('notify', (job) => deliver(options, job), {
    connection: options.worker,
    prefix,
    // One that hangs does not hold up the others.
    concurrency: 5,
    lockDuration: 30_000,
    stalledInterval: 15_000,
    maxStalledCount: 10,
  });
}

async function deliver(options: OutboxOptions, job: Job): Promise<void> {
  const { webhook: name, event } = jobSchema.parse(job.data);
  const webhook = options.webhooks().find((one) => one.name === name);
  // It was taken out of the configuration since: there is nobody to tell any more.
  if (webhook === undefined) return;
  try {
    await options.send(webhook, event);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    await remember(options, name, { failing: why, failedAt: options.clock() });
    const last = job.attemptsMade + 1 >= ATTEMPTS || (error instanceof NotTakenError && !error.passing);
    options.observe?.(name, last ? 'gone' : 'failed');
    throw last ? new UnrecoverableError(why) : error;
  }
  await remember(options, name, { deliveredAt: options.clock(), failing: null });
  options.observe?.(name, 'delivered');
}

/** In one step: messages to one webhook end side by side, and in several processes. */
const noteState = script(
  'notifyNoteState',
  `
  local state = cjson.decode(ARGV[2])
  local intact, before = pcall(cjson.decode, redis.call('HGET', KEYS[1], ARGV[1]) or '{}')
  if intact and type(before) == 'table' then
    for key, value in pairs(before) do state[key] = value end
  end
  for key, value in pairs(cjson.decode(ARGV[3])) do state[key] = value end
  redis.call('HSET', KEYS[1], ARGV[1], cjson.encode(state))
  `,
);

async function remember(options: OutboxOptions, name: string, news: Partial<typeof UNTRIED>): Promise<void> {
  const args = [name, JSON.stringify(UNTRIED), JSON.stringify(news)];
  await noteState(options.worker, [stateKey(options.prefix)], args);
}

/** It only says how a webhook did: what cannot be read counts as never tried. */
function stateOf(text: string | undefined): typeof UNTRIED {
  if (text === undefined) return UNTRIED;
  try {
    return stateSchema.parse(JSON.parse(text));
  } catch {
    return UNTRIED;
  }
}

function stateKey(prefix: string): string {
  return keyspace(prefix)('notify', 'webhooks');
}
