/** What a sealed reading keeps so that the next one can go on from it, and when it must not. */
import { createHash } from 'node:crypto';
import * as z from 'zod';
import type { DirectorySnapshot } from '../../core/model/directory.ts';
import type { ScimOptions } from './options.ts';
import { tenantOf } from './tenant.ts';

/** Older than this, everything is read again whatever seems to have changed. */
const FULL_EVERY_MS = 24 * 60 * 60 * 1000;

const mark = z.object({ newest: z.string(), at: z.number() }).nullable();

/** Ids are values, never names of a record: a provider may call somebody `__proto__`. */
const resumeSchema = z.object({
  version: z.literal(1),
  /** What was read and how it was understood; another configuration starts anew. */
  shape: z.string(),
  /** Why nobody can go on from here. */
  doubt: z.string().nullable(),
  /** The provider's clock when the reading began, Unix ms. */
  clock: z.number(),
  /** The newest change of each list; null: the list was empty. */
  users: mark,
  groups: mark,
  /** Groups that were listed and not chosen. */
  others: z.array(z.string()),
  /** Direct members, people and groups, where the sealed reading does not say them: around a group that was not chosen. */
  rows: z.array(z.tuple([z.string(), z.array(z.string()), z.array(z.string())])),
  /** Strong version and stamp (Unix ms) of groups that will be named again by the overlap. */
  versions: z.array(z.tuple([z.string(), z.string(), z.number()])),
});

export type Resume = z.output<typeof resumeSchema>;

function shapeOf({ url, users, groups, inactive }: ScimOptions): string {
  const text = JSON.stringify([url, users, groups, inactive]);
  return createHash('sha256').update(text).digest('hex');
}

export function resumeFrom(options: ScimOptions, parts: Omit<Resume, 'version' | 'shape' | 'doubt'>): Resume {
  return { version: 1, shape: shapeOf(options), doubt: null, ...parts };
}

/** A reading from which nobody goes on, and why. */
export function doubtful(options: ScimOptions, doubt: string): Resume {
  const nothing = { clock: 0, users: null, groups: null, others: [], rows: [], versions: [] };
  return { ...resumeFrom(options, nothing), doubt };
}

/**
 * A text: why everything must be read. @param now Unix ms of this host, compared with `fullAt` of the same host only;
 * what changed at the provider is told by the provider's clock.
 */
export function resumeOf(previous: DirectorySnapshot, options: ScimOptions, now: number): Resume | string {
  const { scope, fullAt, tenant } = previous;
  if (tenant !== tenantOf(options)) return `the last reading is of ${tenant}`;
  if (scope.kind !== 'all' || fullAt === null) return 'the age of the last reading is not known';
  if (now < fullAt) return "the last full reading is from the future of this host's clock";
  if (now - fullAt > FULL_EVERY_MS) return 'the last full reading is older than a day';
  const resume = resumeSchema.safeParse(previous.resume);
  if (!resume.success) return 'the last reading kept nothing to go on from';
  if (resume.data.shape !== shapeOf(options)) return 'the last reading was made with another configuration';
  return resume.data.doubt ?? resume.data;
}
