/** One attempt to post one message. */
import { errorText } from '../lib/errors.ts';
import { fetchWhole, originOf } from '../lib/fetch.ts';
import { redact } from '../lib/redact.ts';
import type { NotifyEvent } from './event.ts';
import type { WebhookOptions } from './options.ts';
import { signatureHeaders, signedBody } from './signed.ts';
import { slackBody } from './slack.ts';

export interface SendContext {
  /** Where the pages are; null: messages carry no link. */
  readonly publicUrl: string | null;
  /** Values that must not leave with a message or an error. */
  readonly secrets: readonly string[];
  readonly clock: () => number;
  readonly signal?: AbortSignal;
}

/** The message was not taken. */
export class NotTakenError extends Error {
  override readonly name = 'NotTakenError';
  /** False where the same message would be refused again. */
  readonly passing: boolean;

  constructor(message: string, passing: boolean) {
    super(message);
    this.passing = passing;
  }
}

const TIMEOUT_MS = 10_000;
const SHOWN = 160;

/** Statuses that say "not now": everything else from 400 to 499 says "not this". */
const PASSING_REFUSALS = [408, 425, 429];

/** @throws NotTakenError in words without the address, which is a secret, or any other. */
export async function sendEvent(
  webhook: WebhookOptions,
  event: NotifyEvent,
  context: SendContext,
): Promise<void> {
  const { url, kind, secret } = webhook;
  const link = linkOf(event, context.publicUrl);
  const body = redact(kind === 'slack' ? slackBody(event, link) : signedBody(event, link), context.secrets);
  const signature = secret === undefined ? {} : signatureHeaders(event, body, secret, context.clock());
  const headers = { 'content-type': 'application/json', 'user-agent': 'devin-idp-sync', ...signature };
  const limits = {
    origin: new URL(url).origin,
    timeoutMs: TIMEOUT_MS,
    ...(context.signal === undefined ? {} : { signal: context.signal }),
  };
  let answer: { readonly status: number; readonly text: string };
  try {
    answer = await fetchWhole({ method: 'POST', url, headers, body }, limits);
  } catch (error) {
    throw new NotTakenError(`${originOf(url)}: ${redact(errorText(error), [url, ...context.secrets])}`, true);
  }
  const { status, text } = answer;
  if (status >= 200 && status < 300) return;
  const said = redact(text.slice(0, SHOWN), [url, ...context.secrets])
    .replace(/\s+/g, ' ')
    .trim();
  const passing = status >= 500 || PASSING_REFUSALS.includes(status);
  throw new NotTakenError(`${originOf(url)} answered ${status}${said === '' ? '' : `: ${said}`}`, passing);
}

function linkOf({ path }: NotifyEvent, publicUrl: string | null): string | null {
  if (path === null || publicUrl === null) return null;
  return `${publicUrl.replace(/\/+$/, '')}${path}`;
}
