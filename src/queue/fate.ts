/** What a failed call means for its operation. Pure. */
import { errorText, TargetError } from '../lib/errors.ts';

/**
 * `busy`: not processed, wait as told · `refused`: not processed, and it would be refused again ·
 * `unreached`: not processed, may pass · `unknown`: it may have been processed.
 */
export type Fate =
  | { readonly kind: 'busy'; readonly waitMs: number | null; readonly status: number }
  | { readonly kind: 'refused'; readonly status: number | null; readonly why: string; readonly look: boolean }
  | { readonly kind: 'unreached'; readonly status: number | null; readonly why: string }
  | { readonly kind: 'unknown'; readonly status: number | null; readonly why: string };

export function fateOf(error: unknown): Fate {
  // Anything unexpected is treated as if the request had gone out.
  if (!(error instanceof TargetError)) return { kind: 'unknown', status: null, why: errorText(error) };
  const { status, outcome, retryAfterMs, message: why } = error;
  if (outcome === 'unknown') return { kind: 'unknown', status, why };
  if (status === 429) return { kind: 'busy', waitMs: retryAfterMs ?? null, status };
  if (status === null || status >= 500) return { kind: 'unreached', status, why };
  // A key that may not write will not be told more by reading.
  return { kind: 'refused', status, why, look: status !== 401 && status !== 403 };
}
