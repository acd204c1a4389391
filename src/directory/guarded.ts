import { asReadError } from './read-error.ts';

/** Runs a reading so that whatever it throws reaches the caller as a SourceReadError. */
export async function guarded<T>(what: string, signal: AbortSignal, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw asReadError(error, what, signal);
  }
}
