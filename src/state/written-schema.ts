/** Parts of a change as they are read back, in a stored plan and in the journal. */
import { z } from 'zod';
import { CHANGE_KINDS, type ChangeKind } from '../core/model/change.ts';
import type { WrittenChange } from '../core/model/written.ts';

export const named = z.object({ id: z.string().nullable(), name: z.string() });

export const kind = z.enum(Object.keys(CHANGE_KINDS) as [ChangeKind, ...ChangeKind[]]);

export const subject = z.object({
  type: z.enum(['person', 'group', 'org']),
  directoryId: z.string().nullable(),
  devinId: z.string().nullable(),
  label: z.string(),
});

export const cause = z.enum([
  'rule',
  'deactivated',
  'suspended',
  'left-group',
  'out-of-scope',
  'vanished',
  'rule-changed',
  'group-deleted',
  'grant-expired',
  'foreign',
  'rollback',
]);

export const loses = z.array(z.object({ org: named, role: named }));

export const scimIds = z.object({
  url: z.string(),
  user: z.string().nullable(),
  group: z.string().nullable(),
});

export const writtenSchema: z.ZodType<WrittenChange> = z.object({
  item: z.string(),
  kind,
  cause,
  subject,
  org: named.nullable(),
  before: named.nullable(),
  after: named.nullable(),
  loses: loses.exactOptional(),
  scim: scimIds.exactOptional(),
});
