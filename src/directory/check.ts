/** Helpers of the connectors' `check`: one finding per probe, never an exception. */
import { errorText, SourceReadError } from '../lib/errors.ts';
import type { Answer } from '../lib/fetch.ts';
import type { Finding } from '../lib/reading.ts';
import { plain } from './read-error.ts';

/** Runs one probe: its words when it works, its error as a `fail` when it does not. */
export async function probe(what: string, work: () => Promise<string>): Promise<Finding> {
  try {
    return { level: 'ok', what, detail: await work() };
  } catch (error) {
    // The words of a failed read are plain already, and what to do stands at their end.
    const detail = error instanceof SourceReadError ? error.message : plain(errorText(error));
    return { level: 'fail', what, detail };
  }
}

/** Signed requests and waits need a clock within a minute of the directory's. */
export function clockFinding(answer: Answer | null, now: number): Finding | null {
  const theirs = Date.parse(answer?.headers.get('date') ?? '');
  if (Number.isNaN(theirs)) return null;
  const seconds = Math.round((now - theirs) / 1000);
  if (Math.abs(seconds) <= 60) return { level: 'ok', what: 'clock', detail: 'agrees with the directory' };
  const words = `this host is ${Math.abs(seconds)} s ${seconds > 0 ? 'ahead of' : 'behind'} the directory (limit 60 s)`;
  return { level: 'warn', what: 'clock', detail: `${words}; set it by NTP, sign-in may be refused` };
}
