/** What was pushed to one source, as the directory reads it: types only, beside what the protocol needs. */
import type { ScimStore } from './store.ts';

/** How a source stands. Times are epoch ms; null: never. */
export interface ScimStanding {
  readonly users: number;
  readonly groups: number;
  /** Changes since the beginning: the same number means the same content. */
  readonly changes: number;
  /** The newest write that was taken, whether it changed anything or not. */
  readonly pushedAt: number | null;
  /** The newest request with a good token: a sign of life. */
  readonly seenAt: number | null;
  /** When the first push was taken for complete. */
  readonly settledAt: number | null;
}

export interface PushedDirectory
  extends Pick<ScimStore, 'getMany' | 'find' | 'list' | 'members' | 'membersAmong' | 'groupsOf'> {
  standing(): Promise<ScimStanding>;
  /** The first push is complete. The first to say so counts. */
  settle(at: number): Promise<void>;
  /** A client with a good token was here. */
  seen(at: number): Promise<void>;
  /** Which of these (`id:…` or `externalId:…`) were removed by a DELETE within 90 days and not pushed again since. */
  removed(names: readonly string[]): Promise<ReadonlySet<string>>;
}

/** All that is kept of one source. */
export type ScimRoom = ScimStore & PushedDirectory;

/** Limits of one source; past them a write is answered `full`. */
export interface ScimLimits {
  /** Users and groups together. */
  readonly maxResources: number;
  readonly maxMembers: number;
  /** Of one body as JSON in UTF-8. */
  readonly maxBytes: number;
}
