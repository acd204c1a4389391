/** Options that every connector over HTTP has. */
import * as z from 'zod';
import { unsafeUrl } from '../lib/safe-url.ts';

/** `https://…`, or `http://` on a loopback address; no user name, query or fragment. */
export const endpointUrl = z.string().superRefine((value, context) => {
  const problem = unsafeUrl(value);
  if (problem !== null) context.addIssue({ code: 'custom', message: problem });
});

const patterns = z.array(z.string().min(1).max(255));

export const groupFilterOptions = z
  .strictObject({
    include: patterns
      .default(['*'])
      .describe(
        'Names of the groups to read; * stands for any characters, ? for one; upper and lower case are the same.',
      ),
    exclude: patterns
      .default([])
      .describe('Names of groups to leave out of what include lets in, written the same way.'),
  })
  .prefault({})
  .describe('Which groups are read. The choice is made before any membership is read, so it saves calls.');

/** Timing of one connector; `maxWaitMs` differs by vendor. */
export function timingOptions(defaults: { readonly maxWaitMs: number; readonly concurrency: number }) {
  return {
    timeoutMs: z
      .int()
      .min(10)
      .max(300_000)
      .default(30_000)
      .describe('Longest time for one request with its whole answer, in milliseconds.'),
    maxRetries: z
      .int()
      .min(0)
      .max(20)
      .default(5)
      .describe(
        'How often one request is repeated after 429, 5xx or a lost connection before the read fails.',
      ),
    maxWaitMs: z
      .int()
      .min(0)
      .max(600_000)
      .default(defaults.maxWaitMs)
      .describe('Longest single wait before a request is repeated, in milliseconds.'),
    concurrency: z
      .int()
      .min(1)
      .max(20)
      .default(defaults.concurrency)
      .describe('How many requests may be under way at once.'),
  };
}
