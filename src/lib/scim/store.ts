/**
 * What SCIM clients have pushed, as the protocol, Redis and the directory source see it: types only. It stands in
 * `lib` because these three rooms may not import each other.
 */

export type ScimType = 'User' | 'Group';

export type ScimValue = string | number | boolean | null | readonly ScimValue[] | ScimObject;

export interface ScimObject {
  readonly [attribute: string]: ScimValue;
}

/** One stored resource. */
export interface ScimResource {
  /** Ours: a UUID, unique over both types of one source, never given twice. */
  readonly id: string;
  readonly type: ScimType;
  /** From 1, plus 1 with each change; `W/"<version>"` is the ETag. A write that changes nothing leaves it. */
  readonly version: number;
  /** Epoch ms. */
  readonly created: number;
  /** Epoch ms of the newest change, of members as well. */
  readonly lastModified: number;
  /** Canonical attributes without `id`, `meta`, `schemas`, a group's `members` and a user's `groups`; no password. */
  readonly body: ScimObject;
}

/**
 * What resources are found by: a user by all but displayName, a group by externalId and displayName. externalId is
 * compared exactly, the others without regard to case. `email` means any `emails[].value`.
 */
export type ScimKey = 'userName' | 'externalId' | 'displayName' | 'email';

/** Members are rows of their own: one more in a group of 20,000 rewrites nothing. Ids that name nothing are kept. */
export type MemberChange =
  | { readonly kind: 'replace'; readonly ids: readonly string[] }
  /** Removals first. Adding a member or removing a stranger changes nothing. */
  | { readonly kind: 'change'; readonly add: readonly string[]; readonly remove: readonly string[] };

export interface ScimWrite {
  readonly body: ScimObject;
  /** Groups only; absent: as they are (none for a new group). */
  readonly members?: MemberChange;
  /** No other resource of this type may have the same value under these keys. Attributes that are absent never clash. */
  readonly unique: readonly ScimKey[];
}

/** A source takes no more: answer 507 or 413 with these words. `limit` counts resources, members or bytes. */
export interface ScimFull {
  readonly outcome: 'full';
  readonly what: 'resources' | 'members' | 'bytes';
  readonly limit: number;
}

export interface ScimDone {
  readonly outcome: 'done';
  /** As it is now. */
  readonly resource: ScimResource;
  /** false: everything was so already, and version and lastModified stayed. */
  readonly changed: boolean;
}

export interface ScimTaken {
  readonly outcome: 'taken';
  readonly key: ScimKey;
}

export interface ScimMissing {
  readonly outcome: 'missing';
}

/** It has changed since: with `If-Match` answer 412, else read it again and apply the request to what is there now. */
export interface ScimMoved {
  readonly outcome: 'version';
  readonly version: number;
}

export interface ScimPage {
  /** In the order of creation, which never changes. */
  readonly resources: readonly ScimResource[];
  /** All resources of this type. */
  readonly total: number;
  /** Where the next page begins; null: this was the last one. */
  readonly next: string | null;
}

export interface ScimListing {
  /** At most 1000. */
  readonly limit: number;
  /** How many to skip from the beginning; not together with `after`. */
  readonly offset?: number;
  /** `next` of an earlier page. It stays good while resources come and go. Anything else is answered with null. */
  readonly after?: string;
}

export interface MemberPage {
  /** Sorted, each once. */
  readonly ids: readonly string[];
  readonly total: number;
  /** To be given as `after`; null: this was the last page. */
  readonly next: string | null;
}

/**
 * The resources of one source. Each call is atomic, and a write that was answered is on the disk of Redis as far as
 * its settings go. What clients may do wrong is a value; only Redis itself fails by throwing (answer 503).
 */
export interface ScimStore {
  get(type: ScimType, id: string): Promise<ScimResource | null>;
  /** Users and groups by id, without those that do not exist: for the type and display of members. At most 1000 ids. */
  getMany(ids: readonly string[]): Promise<ReadonlyMap<string, ScimResource>>;
  /** In the order of creation; at most 1000. */
  find(type: ScimType, key: ScimKey, value: string): Promise<readonly ScimResource[]>;
  /** null: `after` is no cursor of this store. */
  list(type: ScimType, listing: ScimListing): Promise<ScimPage | null>;
  /** Members of a group; empty where there is none. @param limit at most 10,000 */
  members(group: string, limit: number, after?: string): Promise<MemberPage>;
  /** Which of these ids are direct members. */
  membersAmong(group: string, ids: readonly string[]): Promise<ReadonlySet<string>>;
  /** Groups of which a user or group is a direct member; sorted by id, at most 1000. */
  groupsOf(id: string): Promise<readonly ScimResource[]>;
  create(type: ScimType, write: ScimWrite): Promise<ScimDone | ScimTaken | ScimFull>;
  /** @param expected version that must still be the current one; null: whichever it is. */
  update(
    type: ScimType,
    id: string,
    expected: number | null,
    write: ScimWrite,
  ): Promise<ScimDone | ScimMissing | ScimMoved | ScimTaken | ScimFull>;
  /** With it go its memberships on both sides. */
  remove(
    type: ScimType,
    id: string,
    expected: number | null,
  ): Promise<{ readonly outcome: 'done' } | ScimMissing | ScimMoved>;
}

/**
 * Whether the bearer token (without the word `Bearer`) may push to this source. A source that is not configured has
 * no token, so an unknown one and a wrong one are answered alike.
 */
export type ScimAuth = (source: string, bearer: string) => Promise<boolean>;

/** What the HTTP room needs to speak SCIM; absent from it where the configuration has no such source. */
export interface ScimDeps {
  readonly allows: ScimAuth;
  /** null: no such source; asked only after `allows`. */
  of(source: string): ScimStore | null;
  /** Seconds after which to come again (429 with Retry-After); null: go on. Counted for each request of a source. */
  busy(source: string): number | null;
  /** Told once a request is answered, for metrics. `outcome` is the HTTP status. */
  answered(source: string, type: ScimType | 'other', method: string, status: number): void;
}
