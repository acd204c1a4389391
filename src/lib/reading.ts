/** What every reader gets from its caller, and what every `check` gives back. */

export interface ReadProgress {
  /** What is being read, e.g. `Okta groups`. */
  readonly what: string;
  readonly done: number;
  /** null while the end is not known. */
  readonly total: number | null;
}

export interface ReadContext {
  readonly signal: AbortSignal;
  readonly onProgress: (progress: ReadProgress) => void;
}

/** One line of `doctor`. A `fail` names what is wrong and what to do; `advice` is least-privilege advice. */
export interface Finding {
  readonly level: 'ok' | 'warn' | 'fail' | 'advice';
  readonly what: string;
  readonly detail: string;
}
