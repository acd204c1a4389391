import type { Worker } from 'bullmq';
import { endsWithin } from '../lib/ends-within.ts';

/** What is in hand gets so long to end, unless the configuration says otherwise; a write takes 8 s at most. */
export const CLOSE_MS = 8000;

/** Lets jobs in hand end; after `ms` the worker is closed over them, and another replica takes them up. */
export async function closeWithin(worker: Worker, ms: number): Promise<void> {
  if (await endsWithin(worker.close(), ms)) return;
  // Redis may be away, and closing asks it; what the worker holds comes free by its locks.
  await endsWithin(worker.close(true), FORCED_MS);
}

const FORCED_MS = 500;
