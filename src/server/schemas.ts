/** Shapes of requests and answers that several routes share; the OpenAPI document names the registered ones. */
import { z } from 'zod';
import { CHANGE_KINDS, type ChangeKind } from '../core/model/change.ts';
import type { StatusView } from '../core/model/run.ts';
import { RunRecordData } from '../core/model/run-schema.ts';
import { CAUSES } from '../report/words.ts';
import { ProblemData } from './problem.ts';
import type { OperationOutcome, PlanHead } from './records.ts';

/** Ids of runs are the queue's: letters, digits and a few signs, so that no path or key can be built with one. */
const RunId = z
  .string()
  .regex(/^[\w:.-]{1,200}$/, 'a run id is 1 to 200 letters, digits and any of _ : . -')
  .describe('Id of a run, as POST /api/v1/resync and GET /api/v1/runs give it.');

export const RunParams = z.strictObject({ id: RunId });

export const PlanParams = z.strictObject({
  id: z
    .string()
    .regex(/^[0-9a-f]{8,64}$/, 'a plan id is 64 hexadecimal digits, or its first 8 or more')
    .describe('Id of a plan, or its first 8 or more digits'),
});

/** Text that ends in triggers, logs and the journal: nothing in it may look like another line. */
export function singleLine(what: string, limit: number): z.ZodString {
  return z
    .string()
    .min(1)
    .max(limit)
    .regex(/^\P{Cc}*$/u, 'control characters are not allowed')
    .describe(what);
}

export const Email = singleLine('E-mail of a person', 320).regex(
  /^[^\s@]+@[^\s@]+$/,
  'an e-mail address is expected',
);

export const Why = singleLine('Why, for the journal', 1000).regex(/\S/, 'a reason is expected');

/** Query parameters are text; the number is made where it is used. */
export const Limit = z
  .string()
  .regex(/^([1-9]\d?|1\d\d|200)$/, 'a number from 1 to 200 is expected')
  .default('50');

export const PageNumber = z
  .string()
  .regex(/^[1-9]\d{0,6}$/, 'a page number is expected')
  .default('1');

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
  sides: z
    .object({
      planId: z.string(),
      people: z.int(),
      users: z.int(),
      foreign: z.int(),
      writes: z.int(),
      proofs: z.int(),
      perSecond: z.number().nullable(),
      etaSeconds: z.number().nullable(),
    })
    .exactOptional()
    .describe('What the newest plan says of both sides, and what it would cost'),
  configuration: z
    .object({
      since: z.int(),
      refused: z.object({ at: z.int(), problems: z.array(z.string()).readonly() }).nullable(),
      needsRestart: z.array(z.string()).readonly(),
    })
    .exactOptional()
    .describe('What became of a newer configuration'),
  webhooks: z
    .array(
      z.object({
        name: z.string(),
        kind: z.enum(['slack', 'signed']),
        deliveredAt: z.int().nullable(),
        failing: z.string().nullable(),
        failedAt: z.int().nullable(),
      }),
    )
    .readonly()
    .exactOptional()
    .describe('How messages reach the people who are to be told'),
}) satisfies z.ZodType<StatusView>;

const State = z.enum(['ready', 'held', 'waiting', 'barred']);
const EffectName = z.enum(['revoke', 'change', 'grant']);
const CauseName = z.enum(Object.keys(CAUSES) as [keyof typeof CAUSES]);

export const ChangeFilterQuery = z.strictObject({
  state: State.exactOptional(),
  effect: EffectName.exactOptional(),
  cause: CauseName.exactOptional(),
  place: z.string().max(512).exactOptional().describe('Name of an organization; empty: the enterprise'),
  group: z
    .string()
    .min(1)
    .max(512)
    .exactOptional()
    .describe('Name of a directory group that the change comes from'),
  search: z
    .string()
    .min(1)
    .max(320)
    .exactOptional()
    .describe('Part of a subject, an organization, a role or a reason, in any letter case'),
  page: PageNumber.describe('From 1; one past the end is the last'),
});

const Ref = z.object({ id: z.string().nullable(), name: z.string() }).nullable();

/** The same keys as in the report of a plan as JSON. */
export const ChangeData = z.object({
  key: z.string(),
  kind: z.enum(Object.keys(CHANGE_KINDS) as [ChangeKind]),
  subject: z.object({
    type: z.enum(['person', 'group', 'org']),
    directoryId: z.string().nullable(),
    devinId: z.string().nullable(),
    label: z.string(),
  }),
  org: Ref.describe('null: the enterprise itself'),
  before: Ref,
  after: Ref,
  cause: CauseName,
  left: z
    .array(Ref)
    .exactOptional()
    .describe('The directory groups that the person left, or may have had it from, where that is the cause'),
  loses: z
    .array(z.object({ org: Ref, role: Ref }))
    .exactOptional()
    .describe('Roles in organizations that go with a person who is removed'),
  owner: z.literal('foreign').exactOptional().describe('A rollback gives back what was not ours'),
  reason: z.string(),
  privileged: z.boolean(),
  people: z.int(),
  verdict: z.object({
    state: State,
    by: z.array(z.string()).exactOptional(),
    until: z.string().nullable().exactOptional(),
    why: z.string().exactOptional(),
  }),
});

export const PlanHeadData = z.object({
  id: z.string(),
  createdAt: z.int(),
  changes: z.int(),
  operations: z.int(),
}) satisfies z.ZodType<PlanHead>;

export const OutcomeData = z.object({
  opKey: z.string(),
  state: z.enum(['done', 'already', 'failed', 'skipped']),
  at: z.int(),
  attempts: z.int(),
  status: z.int().nullable(),
  reason: z.string().nullable(),
  kind: z.string().nullable().describe('What the write does; null where the plan is not kept any more'),
  subject: z.string().nullable(),
  items: z.array(z.string()).describe('Keys of the changes it carries out'),
}) satisfies z.ZodType<OperationOutcome>;

// Names under which the OpenAPI document lists what several answers share.
z.globalRegistry.add(RunRecordData, { id: 'Run', description: 'One turn of the loop. Times are epoch ms.' });
z.globalRegistry.add(StatusData, { id: 'Status', description: 'Times are epoch ms.' });
z.globalRegistry.add(ProblemData, { id: 'Problem', description: 'An error, as RFC 9457 has it.' });
z.globalRegistry.add(ChangeData, { id: 'Change', description: 'One change of a plan.' });
