/** What a stored plan must look like to be carried out. The types say when a field of the model is missing here. */
import { z } from 'zod';
import type { Change, Plan } from '../../core/model/change.ts';
import { OPERATION_KINDS, type Operation } from '../../core/model/operation.ts';
import { RunScopeData } from '../../core/model/run-schema.ts';
import { cause, kind, loses, named, scimIds, subject } from '../written-schema.ts';

const counts = z.number().int().nonnegative();
const level = z.enum(['observe', 'create-only', 'no-remove', 'leavers', 'full']);
const reads = z.array(z.object({ what: z.string(), pages: counts, items: counts, calls: counts }));

const verdict = z.discriminatedUnion('state', [
  z.object({ state: z.literal('ready') }),
  z.object({ state: z.literal('held'), by: z.array(z.string()) }),
  z.object({ state: z.literal('waiting'), until: z.number().nullable(), why: z.string() }),
  z.object({ state: z.literal('barred'), why: z.string() }),
]);

export const changeSchema: z.ZodType<Change> = z.object({
  key: z.string(),
  kind,
  subject,
  org: named.nullable(),
  before: named.nullable(),
  after: named.nullable(),
  cause,
  reason: z.string(),
  privileged: z.boolean(),
  people: counts,
  // One group in a plan of an older version.
  left: z.union([z.array(named), named.transform((group) => [group])]).exactOptional(),
  loses: loses.exactOptional(),
  owner: z.literal('foreign').exactOptional(),
  scim: scimIds.exactOptional(),
  verdict,
});

export const operationSchema: z.ZodType<Operation> = z.object({
  key: z.string().min(1),
  kind: z.enum(OPERATION_KINDS),
  lane: z.union([z.literal(1), z.literal(2), z.literal(3), z.literal(4), z.literal(5)]),
  phase: counts,
  subject: z.string().nullable(),
  user: z.string().nullable(),
  group: z.string().nullable(),
  org: z.string().nullable(),
  role: z.string().nullable(),
  batch: z.array(z.string()),
  create: z
    .object({
      name: z.string(),
      maxSessionAcuLimit: z.number().nullable(),
      maxCycleAcuLimit: z.number().nullable(),
    })
    .nullable(),
  before: z.string().nullable(),
  items: z.array(z.string()),
});

const violation = z.object({
  guard: z.string(),
  message: z.string(),
  place: z.string().nullable(),
  count: z.number(),
  base: z.number(),
  limit: z.string(),
  items: z.array(z.string()),
});

const residual = z.object({
  email: z.string(),
  devinId: z.string(),
  group: z.string(),
  org: z.string().nullable(),
  role: z.string(),
  lever: z.string(),
});

const notice = z.object({
  kind: z.enum([
    'collision',
    'no-email',
    'staged',
    'foreign',
    'unused-rule',
    'unresolved-member',
    'email-changed',
    'group-renamed',
    'tombstone',
    'suppressed',
    'devin-no-email',
    'not-possible',
    'sources-differ',
    'source-unread',
    'changed-by-hand',
    'other-writer',
    'blind',
    'break-glass',
    'grant-ending',
    'grant-unmatched',
    'denied',
    'calendar',
    'irreversible',
    'not-undone',
    'not-told',
    'unassigned',
    'protected-missing',
  ]),
  subject: z.string(),
  message: z.string(),
  edge: z.object({ holder: z.string(), org: z.string().nullable() }).exactOptional(),
  by: z.string().nullable().exactOptional(),
});

const impact = z.object({
  people: z.array(
    z.object({
      devinId: z.string(),
      email: z.string(),
      lastActiveAt: z.number().nullable(),
      sessions: z.number().nullable(),
      acus: z.number().nullable(),
    }),
  ),
  since: z.number().nullable(),
  lacks: z.array(z.string()),
  leftOut: counts,
});

const limit = z.number().nullable();

const declaredOrg = z.object({
  name: z.string(),
  create: z.boolean(),
  maxSessionAcuLimit: limit,
  maxCycleAcuLimit: limit,
});

/** A plan without its two long lists. */
export type PlanFrame = Omit<Plan, 'changes' | 'operations'>;

export const frameSchema: z.ZodType<PlanFrame> = z.object({
  id: z.string().min(1),
  createdAt: z.number(),
  tenants: z.object({ directory: z.string(), devin: z.string() }),
  configHash: z.string(),
  policy: z.object({ users: level, groups: level, memberships: level, organizations: level }),
  only: RunScopeData.nullable(),
  declaredOrgs: z.array(declaredOrg),
  reads: z.object({ directory: reads, devin: reads }),
  violations: z.array(violation),
  residual: z.array(residual),
  notices: z.array(notice),
  buckets: z.object({
    people: z.object({
      'in-sync': counts,
      'to-change': counts,
      'to-invite': counts,
      waiting: counts,
      'no-access-wanted': counts,
      'not-matchable': counts,
    }),
    users: z.object({
      'in-sync': counts,
      'to-change': counts,
      'to-remove': counts,
      waiting: counts,
      foreign: counts,
      'group-only': counts,
      'not-matchable': counts,
    }),
  }),
  impact: impact.exactOptional(),
  size: z.object({ people: counts, groups: counts, edges: counts }).exactOptional(),
  budget: z.object({
    writes: counts,
    proofs: counts,
    perSecond: z.number().nullable(),
    etaSeconds: z.number().nullable(),
  }),
});
