/**
 * Counts the calls to Devin and the directory where all of them pass: in Node's HTTP client, which publishes each on
 * a diagnostics channel. So no connector can forget to count, and retries, sign-ins and batches count as what they are.
 */
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { Config } from '../config/config.ts';
import type { ScimOptions } from '../directory/scim/options.ts';
import type { Metrics } from '../lib/metrics.ts';

interface Call {
  readonly request: { readonly origin?: string | URL | null; readonly method: string };
  readonly response?: { readonly statusCode: number; readonly headers: readonly Buffer[] };
}

const ANSWERED = 'undici:request:headers';
const FAILED = 'undici:request:error';

type Side = 'devin' | 'okta' | 'entra' | 'scim';

/** @returns what ends the counting. */
export function countCalls(metrics: Metrics, config: () => Config): () => void {
  const count = (message: unknown) => {
    const { request, response } = message as Call;
    const by = sideOf(String(request.origin), config());
    if (by === null) return;
    const status = String(response?.statusCode ?? 0);
    if (by === 'devin') metrics.devinCalls.inc({ method: request.method, status });
    else metrics.directoryCalls.inc({ source: by, status });
    if (status === '429') metrics.throttled.inc({ by });
    const left = response === undefined ? null : headerOf(response.headers, 'x-rate-limit-remaining');
    if (by === 'okta' && left !== null) metrics.budgetLeft.set({ by }, Number(left));
  };
  subscribe(ANSWERED, count);
  subscribe(FAILED, count);
  return () => {
    unsubscribe(ANSWERED, count);
    unsubscribe(FAILED, count);
  };
}

function sideOf(origin: string, { devin, directory }: Config): Side | null {
  if (origin === originOf(devin.url) || origin === originOf(devin.scim?.url ?? devin.url)) return 'devin';
  const sources = directory.kind === 'several' ? directory.sources : [directory];
  for (const source of sources) {
    if (source.kind === 'okta' && origin === originOf(source.options.url)) return 'okta';
    if (source.kind === 'scim' && scimOrigins(source.options).includes(origin)) return 'scim';
    if (source.kind !== 'entra') continue;
    const { graphUrl, authorityUrl } = source.options;
    if (origin === originOf(graphUrl) || origin === originOf(authorityUrl)) return 'entra';
  }
  return null;
}

function scimOrigins({ url, oauth }: ScimOptions): string[] {
  return [url, oauth?.tokenUrl ?? url].map(originOf);
}

function originOf(url: string): string {
  return new URL(url).origin;
}

/** Names and values stand one after the other. */
function headerOf(headers: readonly Buffer[], name: string): string | null {
  for (let at = 0; at + 1 < headers.length; at += 2) {
    if (String(headers[at]).toLowerCase() === name) return String(headers[at + 1]);
  }
  return null;
}
