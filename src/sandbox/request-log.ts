/** What a scripted fault does to a request. */
export type FaultKind = 'status' | 'reset' | 'lose-answer' | 'cut' | 'hang' | 'delay' | 'wait' | 'replace';

/** One request as it arrived, in order of arrival. */
export interface LoggedRequest {
  /** Unix time in ms. */
  at: number;
  method: string;
  /** Path and query exactly as sent. */
  path: string;
  /** What the server made of it, even when a fault then kept the answer back; 0: it was never processed. */
  status: number;
  /** Parsed JSON; the text itself when it is not JSON; null without a body. */
  body: unknown;
  authorization: string | undefined;
  /** The fault that met it. */
  fault: FaultKind | null;
}

/** The body of a request for the log: JSON where it is JSON. */
export function loggedBody(text: string): unknown {
  if (text === '') return null;
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
