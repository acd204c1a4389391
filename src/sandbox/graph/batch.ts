/** `$batch`: up to 20 requests in one, each answered, and throttled, on its own. */
import { z } from 'zod';
import type { FaultAction, Faults } from '../faults.ts';
import { type Answer, type Exchange, exchangeOf, jsonAnswer } from '../http/exchange.ts';
import { handled, replaced, scripted } from '../http/serve.ts';
import { type LoggedRequest, loggedBody } from '../request-log.ts';
import { graphFailure, graphRefusal } from './errors.ts';

const MAX_REQUESTS = 20;

const Batch = z.strictObject({
  requests: z
    .array(
      z.strictObject({
        id: z.string().min(1),
        method: z.string(),
        /** Below the version, e.g. `/groups/1/members`. */
        url: z.string(),
        headers: z.record(z.string(), z.string()).optional(),
        body: z.unknown().optional(),
      }),
    )
    .min(1)
    .max(MAX_REQUESTS),
});
type Item = z.infer<typeof Batch>['requests'][number];

export interface BatchOptions {
  readonly faults: Faults;
  /** Items, apart from the HTTP requests that carried them. */
  readonly batched: LoggedRequest[];
  readonly now: () => number;
  /** Answers one item like a request of its own; authentication is the whole batch's. */
  readonly handle: (exchange: Exchange) => Answer;
}

/** @throws Refusal 400 when the batch as a whole cannot be read */
export function batchAnswer(exchange: Exchange, options: BatchOptions): Answer {
  const { requests } = parseBatch(exchange.text);
  const ids = new Set(requests.map(({ id }) => id.toLowerCase()));
  if (ids.size < requests.length) throw graphRefusal(400, 'BadRequest', 'Two requests have the same id.');
  const responses = requests.map((item) => ({ id: item.id, ...oneAnswer(item, exchange, options) }));
  // Graph promises no order: here it is never the order of the requests.
  return jsonAnswer(200, { responses: responses.reverse() });
}

function parseBatch(text: string): z.infer<typeof Batch> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw graphRefusal(400, 'BadRequest', 'Unable to read JSON request payload.');
  }
  const result = Batch.safeParse(value);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  throw graphRefusal(400, 'BadRequest', `Invalid batch payload: ${issue?.path.join('.')} ${issue?.message}`);
}

function oneAnswer(item: Item, outer: Exchange, options: BatchOptions): object {
  const target = `/v1.0/${item.url.replace(/^\//, '')}`;
  const text = item.body === undefined ? '' : JSON.stringify(item.body);
  const entry: LoggedRequest = {
    at: options.now(),
    method: item.method,
    path: target,
    status: 0,
    body: loggedBody(text),
    authorization: outer.headers.authorization,
    fault: null,
  };
  options.batched.push(entry);
  const answer = faulty(options.faults.meet(entry, isAnswer), () =>
    handled(exchangeOf(item.method, target, item.headers ?? {}, text), {
      handle: options.handle,
      failure: graphFailure,
    }),
  );
  entry.status = answer.status;
  return { status: answer.status, headers: answer.headers, body: bodyOf(answer) };
}

/** What can happen to one item: another answer. Connections belong to the whole batch. */
function isAnswer(action: FaultAction): boolean {
  return action.kind === 'status' || action.kind === 'replace';
}

function faulty(action: FaultAction | null, usual: () => Answer): Answer {
  if (action?.kind === 'status') return scripted(action, { failure: graphFailure });
  return action?.kind === 'replace' ? replaced(usual(), action) : usual();
}

function bodyOf(answer: Answer): unknown {
  try {
    return JSON.parse(answer.body);
  } catch {
    return answer.body;
  }
}
