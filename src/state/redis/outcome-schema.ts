import { z } from 'zod';
import type { Outcome } from '../store.ts';

export const outcomeSchema: z.ZodType<Outcome> = z.object({
  opKey: z.string(),
  state: z.enum(['done', 'already', 'failed', 'skipped']),
  at: z.number(),
  attempts: z.number().int(),
  status: z.number().nullable(),
  reason: z.string().nullable(),
  discardedBy: z.string().exactOptional(),
});
