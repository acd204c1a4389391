/**
 * The few errors that decide fate. Each message names the thing, the value and the limit, and each
 * keeps its cause. What a guard holds is a value in the plan, never an error.
 */

/** Configuration, flags or input are wrong: the process prints every problem and exits 1; nothing was written. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  readonly problems: readonly string[];

  constructor(problems: readonly string[], options?: ErrorOptions) {
    super(problems.join('\n'), options);
    this.problems = problems;
  }
}

/**
 * A read failed, was partial or odd: this run ends and nothing is written. The message says which page of
 * what failed and what an administrator can do about it.
 */
export class SourceReadError extends Error {
  override readonly name = 'SourceReadError';
  /** HTTP status of the answer that ended it, where one did. */
  readonly status: number | null;

  constructor(message: string, options: ErrorOptions & { readonly status?: number | null } = {}) {
    super(message, options);
    this.status = options.status ?? null;
  }
}

/** `refused`: the target did nothing. `unknown`: it may have done it; read back before deciding. */
export type TargetOutcome = 'refused' | 'unknown';

export interface TargetErrorInit {
  readonly status: number | null;
  readonly outcome: TargetOutcome;
  readonly retryAfterMs?: number;
  readonly cause?: unknown;
}

/** One call to Devin failed; the worker decides by `outcome` and `retryAfterMs` what comes next. */
export class TargetError extends Error {
  override readonly name = 'TargetError';
  /** HTTP status; null when no answer arrived. */
  readonly status: number | null;
  readonly outcome: TargetOutcome;
  readonly retryAfterMs: number | undefined;

  constructor(message: string, init: TargetErrorInit) {
    super(message, { cause: init.cause });
    this.status = init.status;
    this.outcome = init.outcome;
    this.retryAfterMs = init.retryAfterMs;
  }
}

/** The message of anything thrown, causes included, on one line. */
export function errorText(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const cause = error.cause === undefined ? '' : ` (cause: ${errorText(error.cause)})`;
  return `${error.message}${cause}`;
}
