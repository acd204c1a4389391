/** Asks a running daemon for a run over HTTP and follows it to its end. */
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { isSettled, type RunRecord, type RunScope } from '../core/model/run.ts';
import { RunRecordData } from '../core/model/run-schema.ts';
import { errorText } from '../lib/errors.ts';
import { answerAs, callDaemon, type DaemonAddress, DaemonError } from './daemon-http.ts';
import { readEvents } from './event-source.ts';

export interface ResyncRequest extends DaemonAddress {
  readonly scope: RunScope;
  /** Ends the waiting, not the run. */
  readonly signal: AbortSignal;
  /** Told of each state the run is seen in, the last one included. */
  readonly onProgress: (run: RunRecord) => void;
  readonly timing?: Partial<Timing>;
}

export interface Timing {
  /** Limit of one request and its answer, in ms. */
  readonly answerMs: number;
  /** An event stream that is silent for so long is dead; the daemon says that it is alive every 15 s. */
  readonly silenceMs: number;
  /** Pause between two questions while there is no stream. */
  readonly pollMs: number;
  /** Questions in a row that may fail, e.g. while the daemon restarts. */
  readonly patience: number;
}

const TIMING: Timing = { answerMs: 10_000, silenceMs: 40_000, pollMs: 1_000, patience: 60 };

/** The report of a very large plan may take a while; a daemon that hangs must not hang its caller. */
const REPORT_MS = 120_000;

/**
 * Asks for a run now and waits until it and its writes are settled. Follows the daemon's event stream and, where
 * there is none or it breaks, asks for the run again and again.
 *
 * @throws ConfigError or DaemonError with what to do about it; the signal's reason when it is aborted.
 */
export async function requestResync(request: ResyncRequest): Promise<RunRecord> {
  const timing = { ...TIMING, ...request.timing };
  const response = await callDaemon(request, {
    method: 'POST',
    path: 'api/v1/resync',
    accept: 'application/json',
    body: request.scope,
    signal: AbortSignal.any([request.signal, AbortSignal.timeout(timing.answerMs)]),
  }).catch((error: unknown) => rethrow(error, request.signal));
  const { id } = await answerAs(request.url, response, z.object({ id: z.string().min(1) }));
  return follow(request, id, timing);
}

/**
 * The report of a plan, as text.
 *
 * @throws ConfigError or DaemonError; the signal's reason when it is aborted.
 */
export async function fetchReport(
  address: DaemonAddress,
  planId: string,
  format: 'json' | 'markdown' | 'html' | 'terminal',
  signal: AbortSignal,
): Promise<string> {
  const path = `api/v1/plans/${encodeURIComponent(planId)}?format=${format}`;
  try {
    const response = await callDaemon(address, {
      method: 'GET',
      path,
      accept: '*/*',
      signal: AbortSignal.any([signal, AbortSignal.timeout(REPORT_MS)]),
    });
    return await response.text();
  } catch (error) {
    return rethrow(error, signal);
  }
}

async function follow(request: ResyncRequest, id: string, timing: Timing): Promise<RunRecord> {
  for (let failures = 0; ; ) {
    try {
      const run = (await streamed(request, id, timing)) ?? (await polled(request, id, timing));
      if (isSettled(run)) return run;
      failures = 0;
    } catch (error) {
      if (!(error instanceof DaemonError && error.passing)) rethrow(error, request.signal);
      if (++failures > timing.patience) throw lost(request.url, id, error);
    }
    await sleep(timing.pollMs, undefined, { signal: request.signal }).catch((error: unknown) =>
      rethrow(error, request.signal),
    );
  }
}

/** The settled run, or null when the stream is not to be had or ended before. */
async function streamed(request: ResyncRequest, id: string, timing: Timing): Promise<RunRecord | null> {
  const silence = new AbortController();
  const alarm = setTimeout(() => silence.abort(), timing.silenceMs);
  try {
    const response = await callDaemon(request, {
      method: 'GET',
      path: `api/v1/runs/${encodeURIComponent(id)}/events`,
      accept: 'text/event-stream',
      signal: AbortSignal.any([request.signal, silence.signal]),
    });
    if (response.body === null) return null;
    for await (const event of readEvents(response.body, () => alarm.refresh())) {
      const run = RunRecordData.parse(JSON.parse(event.data));
      request.onProgress(run);
      if (isSettled(run)) return run;
    }
    return null;
  } catch (error) {
    // Whatever is wrong with the stream, the question that follows says it better or goes on without it.
    if (request.signal.aborted) throw error;
    return null;
  } finally {
    clearTimeout(alarm);
    silence.abort();
  }
}

async function polled(request: ResyncRequest, id: string, timing: Timing): Promise<RunRecord> {
  const response = await callDaemon(request, {
    method: 'GET',
    path: `api/v1/runs/${encodeURIComponent(id)}`,
    accept: 'application/json',
    signal: AbortSignal.any([request.signal, AbortSignal.timeout(timing.answerMs)]),
  });
  const run = await answerAs(request.url, response, RunRecordData);
  request.onProgress(run);
  return run;
}

function lost(url: string, id: string, cause: unknown): DaemonError {
  const message = `lost the daemon at ${url} while run ${id} was under way (${errorText(cause)}); the run does not depend on this command: see \`devin-idp-sync runs\` once the daemon is back`;
  return new DaemonError(message, null, { cause });
}

/** What the caller stopped ends with the caller's own reason, not as a failure of the daemon. */
function rethrow(error: unknown, signal: AbortSignal): never {
  throw signal.aborted ? signal.reason : error;
}
