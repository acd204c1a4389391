/** What a sealed reading keeps so that the next one can go on from it, and when it must not. */
import { createHash } from 'node:crypto';
import * as z from 'zod';
import type { DirectorySnapshot } from '../../core/model/directory.ts';
import type { OktaOptions } from './options.ts';

/** Older than this, everything is read again whatever seems to have changed. */
export const FULL_EVERY_MS = 24 * 60 * 60 * 1000;

const resumeSchema = z.object({
  version: z.literal(1),
  /** What was read and how it was understood; another configuration starts anew. */
  shape: z.string(),
  /** Okta's clock, Unix ms, before the first page of people: what changed later was perhaps not seen. */
  since: z.number(),
  /** Group id → its `lastMembershipUpdated` as it was listed before its members were read. */
  groups: z.record(z.string(), z.string()),
  /** People whose status was just changing: asked for again, whatever their time stamp says. */
  changing: z.array(z.string()),
  /** Where the System Log goes on; null: it is not followed. */
  log: z.string().nullable(),
});

export type Resume = z.output<typeof resumeSchema>;

export function shapeOf(options: OktaOptions): string {
  const { url, app, groups, statuses, systemLog } = options;
  const sorted = Object.entries(statuses).sort(([a], [b]) => (a < b ? -1 : 1));
  const text = JSON.stringify([url, app?.id ?? null, groups, sorted, systemLog]);
  return createHash('sha256').update(text).digest('hex');
}

/**
 * null: read everything. @param now Unix ms of this host, compared with `fullAt` of the same host only; what
 * changed in Okta is told by Okta's clock.
 */
export function resumeOf(previous: DirectorySnapshot, options: OktaOptions, now: number): Resume | null {
  const { scope, fullAt, listedCount } = previous;
  if (scope.kind !== 'all' || fullAt === null || listedCount === 0) return null;
  if (now - fullAt > FULL_EVERY_MS || now < fullAt) return null;
  const resume = resumeSchema.safeParse(previous.resume);
  return resume.success && resume.data.shape === shapeOf(options) ? resume.data : null;
}
