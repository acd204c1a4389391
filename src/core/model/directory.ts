/**
 * The directory as one sealed, complete reading. A reader interns people and groups as pages arrive and seals
 * once every collection it opened is closed; there is no way to get a snapshot from a partial reading.
 */
import { finish } from '../steps.ts';
import { distinctRowsSteps, IntColumn, type Rows, rowAt } from './columns.ts';

/**
 * `active` may have access · `staged` waits, nothing is decided · `suspended` and `deactivated` are statements
 * of the IdP · `unknown`: a group names the id but no person record was read; grants wait, nothing is removed ·
 * `unread`: their source could not be read in this run; what is known of them is older, and nothing is decided.
 */
export const PERSON_STATUSES = ['active', 'staged', 'suspended', 'deactivated', 'unknown', 'unread'] as const;

export type PersonStatus = (typeof PERSON_STATUSES)[number];

/**
 * One person as an IdP states it. `id` is the IdP's immutable id; `email` null when the IdP has none. `abstains`: the
 * source says nothing of the account, so where readings are merged another source that knows the person decides; it
 * counts only there and is not stored.
 */
export interface PersonRecord {
  readonly id: string;
  readonly email: string | null;
  readonly name: string;
  readonly status: PersonStatus;
  readonly abstains?: boolean;
}

/**
 * One group. `hidden`: its members may not be readable, so its emptiness proves nothing. `unread`: its source
 * could not be read in this run, so it stands as it was.
 */
export interface GroupRecord {
  readonly id: string;
  readonly name: string;
  readonly hidden?: boolean;
  readonly unread?: boolean;
}

/**
 * What a reading covers: everything, or a few people with every group that they are in. Nothing outside is judged,
 * and who is missing from a group of a part may well be in it.
 */
export type Scope =
  | { readonly kind: 'all' }
  /** IdP ids of those who were sought, found or not. */
  | { readonly kind: 'part'; readonly people: readonly string[] };

/** One collection that was read to its end: how many pages, items and HTTP calls it took. */
export interface ReadReport {
  readonly what: string;
  readonly pages: number;
  readonly items: number;
  readonly calls: number;
}

/** Something about a merged reading that a reviewer should know. */
export interface DirectoryNotice {
  readonly kind: 'sources-differ' | 'source-unread';
  readonly subject: string;
  readonly message: string;
}

/** The reading of one source that a merged reading is made of. */
export interface SnapshotPart {
  /** Name of the source in the configuration. */
  readonly name: string;
  readonly snapshot: DirectorySnapshot;
  /** Why the source could not be read in this run, so that this is an older reading; null: it was read. */
  readonly unread: string | null;
}

export interface SealOptions {
  /** `okta:<org id>`, `entra:<tenant id>` or `file:<name>`: half of the tenant pair that state is bound to. */
  readonly tenant: string;
  readonly scope: Scope;
  readonly reads: readonly ReadReport[];
  /** `update`: built from an earlier reading and what changed since; proves no absence by itself. Default `full`. */
  readonly basis?: 'full' | 'update';
  /** Epoch ms of the full reading it stands on; null when the reader does not say. */
  readonly fullAt?: number | null;
  /** JSON value with which the same reader can go on from here (cursors, validators); opaque to everybody else. */
  readonly resume?: unknown;
  /** What it was merged from; absent for the reading of one source. */
  readonly parts?: readonly SnapshotPart[];
  readonly notices?: readonly DirectoryNotice[];
}

/** A reading as columns: the index in `people` and `groups` is what the rows hold. */
export interface DirectoryColumns {
  readonly people: readonly PersonRecord[];
  readonly peopleIndex: ReadonlyMap<string, number>;
  readonly groups: readonly GroupRecord[];
  readonly groupIndex: ReadonlyMap<string, number>;
  readonly members: Rows;
  readonly children: Rows;
}

/** A sealed reading. People and groups are addressed by index; `personIndex`/`groupIndex` find one by IdP id. */
export class DirectorySnapshot {
  readonly tenant: string;
  readonly scope: Scope;
  readonly reads: readonly ReadReport[];
  readonly basis: 'full' | 'update';
  readonly fullAt: number | null;
  readonly resume: unknown;
  readonly parts: readonly SnapshotPart[];
  readonly notices: readonly DirectoryNotice[];
  /** People that the directory listed; a person known only as somebody's member is not among them. */
  readonly listedCount: number;
  readonly #columns: DirectoryColumns;

  constructor(columns: DirectoryColumns, options: SealOptions) {
    this.#columns = columns;
    this.listedCount = columns.people.reduce((sum, { status }) => (status === 'unknown' ? sum : sum + 1), 0);
    this.tenant = options.tenant;
    this.scope = options.scope;
    this.reads = options.reads;
    this.basis = options.basis ?? 'full';
    this.fullAt = options.fullAt ?? null;
    this.resume = options.resume ?? null;
    this.parts = options.parts ?? [];
    this.notices = options.notices ?? [];
  }

  /** The same reading as one of unknown age, from which no reader goes on: the next one reads everything. */
  doubted(): DirectorySnapshot {
    const { tenant, scope, reads, basis, notices } = this;
    const parts = this.parts.map((part) => ({ ...part, snapshot: part.snapshot.doubted() }));
    return new DirectorySnapshot(this.#columns, { tenant, scope, reads, basis, notices, parts });
  }

  get personCount(): number {
    return this.#columns.people.length;
  }

  get groupCount(): number {
    return this.#columns.groups.length;
  }

  /** Direct person memberships over all groups. */
  get edgeCount(): number {
    return this.#columns.members.values.length;
  }

  person(index: number): PersonRecord {
    return this.#columns.people[index] as PersonRecord;
  }

  group(index: number): GroupRecord {
    return this.#columns.groups[index] as GroupRecord;
  }

  /** -1 when this reading has no such person. */
  personIndex(id: string): number {
    return this.#columns.peopleIndex.get(id) ?? -1;
  }

  /** -1 when this reading has no such group. */
  groupIndex(id: string): number {
    return this.#columns.groupIndex.get(id) ?? -1;
  }

  /** Direct members of a group, as sorted person indexes. */
  members(group: number): Int32Array {
    return rowAt(this.#columns.members, group);
  }

  /** Direct child groups of a group, as sorted group indexes. */
  children(group: number): Int32Array {
    return rowAt(this.#columns.children, group);
  }
}

/** Collects pages in any order and gives a snapshot only when everything that was opened is closed. */
export class DirectoryBuilder {
  readonly #people: PersonRecord[] = [];
  readonly #peopleIndex = new Map<string, number>();
  readonly #groups: GroupRecord[] = [];
  readonly #groupIndex = new Map<string, number>();
  readonly #openGroups = new Set<string>();
  readonly #memberGroup = new IntColumn(1024);
  readonly #memberPerson = new IntColumn(1024);
  readonly #childOf = new IntColumn();
  readonly #child = new IntColumn();
  #listsOpen = new Set(['people', 'groups']);

  /** Adds or replaces a person; paging may deliver one twice, the later record wins. Gives their index. */
  person(record: PersonRecord): number {
    const index = this.named(record.id);
    this.#people[index] = record;
    return index;
  }

  /** The index of whoever has this id, read already, later, or never (status `unknown`). */
  named(id: string): number {
    const known = this.#peopleIndex.get(id);
    if (known !== undefined) return known;
    const index = this.#people.push({ id, email: null, name: '', status: 'unknown' }) - 1;
    this.#peopleIndex.set(id, index);
    return index;
  }

  /** -1 where nobody has named this id. */
  indexOf(id: string): number {
    return this.#peopleIndex.get(id) ?? -1;
  }

  /** Everybody who has an index, with it. */
  *ids(): Generator<[number, string]> {
    for (const [index, { id }] of this.#people.entries()) yield [index, id];
  }

  /** Adds a group whose membership is still to be read; `closeGroup` ends that. Gives its index. */
  group(record: GroupRecord): number {
    const known = this.#groupIndex.get(record.id);
    if (known !== undefined) {
      this.#groups[known] = record;
      return known;
    }
    const index = this.#groups.push(record) - 1;
    this.#groupIndex.set(record.id, index);
    this.#openGroups.add(record.id);
    return index;
  }

  /** A direct membership; the person may be read later, or never. */
  member(groupId: string, personId: string): void {
    this.memberAt(this.#knownGroup(groupId), this.named(personId));
  }

  /** The same by the indexes that `group`, `person` and `named` gave. */
  memberAt(group: number, person: number): void {
    this.#memberGroup.push(group);
    this.#memberPerson.push(person);
  }

  /** A group directly inside another; both must have been added by `group`. */
  child(parentId: string, childId: string): void {
    this.#childOf.push(this.#knownGroup(parentId));
    this.#child.push(this.#knownGroup(childId));
  }

  /** The whole direct membership of this group was read. */
  closeGroup(groupId: string): void {
    this.#knownGroup(groupId);
    this.#openGroups.delete(groupId);
  }

  /** The last page of the people or of the groups list was read. */
  closeList(list: 'people' | 'groups'): void {
    this.#listsOpen.delete(list);
  }

  /** @throws Error naming what was not read to its end; the caller turns it into a SourceReadError. */
  seal(options: SealOptions): DirectorySnapshot {
    return finish(this.sealSteps(options));
  }

  /** The same in strides: sorting five million memberships takes a quarter of a second. Nothing may be added meanwhile. */
  *sealSteps(options: SealOptions): Generator<void, DirectorySnapshot> {
    if (this.#listsOpen.size > 0)
      throw new Error(`incomplete reading: ${[...this.#listsOpen].join(' and ')} not read to the end`);
    if (this.#openGroups.size > 0) {
      const some = [...this.#openGroups].slice(0, 3).join(', ');
      throw new Error(
        `incomplete reading: members of ${this.#openGroups.size} groups not read to the end (${some}, …)`,
      );
    }
    const columns: DirectoryColumns = {
      people: this.#people,
      peopleIndex: this.#peopleIndex,
      groups: this.#groups,
      groupIndex: this.#groupIndex,
      members: yield* distinctRowsSteps(
        this.#memberGroup.view(),
        this.#memberPerson.view(),
        this.#groups.length,
      ),
      children: yield* distinctRowsSteps(this.#childOf.view(), this.#child.view(), this.#groups.length),
    };
    return new DirectorySnapshot(columns, options);
  }

  #knownGroup(id: string): number {
    const index = this.#groupIndex.get(id);
    if (index === undefined) throw new Error(`membership of a group that was never listed: ${id}`);
    return index;
  }
}
