/** Shapes of requests and answers that several routes share; the OpenAPI document names the registered ones. */
import { z } from 'zod';
import type { StatusView } from '../core/model/run.ts';
import { RunRecordData } from '../core/model/run-schema.ts';
import { ProblemData } from './problem.ts';

/** Ids of runs are the queue's: letters, digits and a few signs, so that no path or key can be built with one. */
const RunId = z
  .string()
  .regex(/^[\w:.-]{1,200}$/, 'a run id is 1 to 200 letters, digits and any of _ : . -')
  .describe('Id of a run, as POST /api/v1/resync and GET /api/v1/runs give it.');

export const RunParams = z.strictObject({ id: RunId });

/** A misspelt filter must not look like one that was obeyed. */
export const NoQuery = z.strictObject({});

const Level = z.enum(['observe', 'create-only', 'no-remove', 'leavers', 'full']);

export const StatusData = z.object({
  version: z.string(),
  startedAt: z.int(),
  tenants: z.object({ directory: z.string(), devin: z.string() }).nullable(),
  configHash: z.string(),
  policy: z.object({ users: Level, groups: Level, memberships: Level, organizations: Level }),
  paused: z.object({ by: z.string(), at: z.int() }).nullable(),
  current: RunRecordData.nullable(),
  last: RunRecordData.nullable(),
  lastSuccessAt: z.int().nullable(),
  nextRunAt: z.int().nullable(),
}) satisfies z.ZodType<StatusView>;

// Names under which the OpenAPI document lists what several answers share.
z.globalRegistry.add(RunRecordData, { id: 'Run', description: 'One turn of the loop. Times are epoch ms.' });
z.globalRegistry.add(StatusData, { id: 'Status', description: 'Times are epoch ms.' });
z.globalRegistry.add(ProblemData, { id: 'Problem', description: 'An error, as RFC 9457 has it.' });
