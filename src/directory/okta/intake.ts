/** What one reading collects: people, groups and members in a builder, and what the next reading will need. */
import pLimit from 'p-limit';
import { Marks } from '../../core/model/columns.ts';
import {
  DirectoryBuilder,
  type DirectorySnapshot,
  type PersonRecord,
  type Scope,
} from '../../core/model/directory.ts';
import { calmly } from '../../lib/calmly.ts';
import type { ReadContext } from '../../lib/reading.ts';
import { together } from '../../lib/together.ts';
import { newTally, type Tally } from '../pages.ts';
import type { OktaClient } from './client.ts';
import type { OktaOptions } from './options.ts';
import { readMembers } from './queries.ts';
import { type Resume, shapeOf } from './resume.ts';
import { isTransitioning, type OktaGroup, type OktaUser, personRecord } from './schema.ts';

/** Names the org; costs a call the first time. */
export type Tenant = (signal: AbortSignal, tally: Tally) => Promise<string>;

/** What every reading works with. */
export interface Desk {
  readonly client: OktaClient;
  readonly options: OktaOptions;
  readonly tenant: Tenant;
  /** Unix ms of this host. */
  readonly now: () => number;
}

export interface Sealing {
  readonly scope: Scope;
  readonly basis: 'full' | 'update';
  /** Unix ms of this host when the full reading began; null for a reading of a part. */
  readonly fullAt: number | null;
  /** Okta's clock before the first page of people; null: it did not say, so the next reading is a full one. */
  readonly since: number | null;
  readonly log: string | null;
}

export class Intake {
  readonly desk: Desk;
  readonly context: ReadContext;
  readonly builder = new DirectoryBuilder();
  /** People of whom a record was read, by their index in the builder. */
  readonly #listed = new Marks();
  /** People whom a group names, likewise. */
  readonly #members = new Marks();
  readonly changing = new Set<string>();
  /** Group id → `lastMembershipUpdated`, where Okta gives one. */
  readonly stamps = new Map<string, string>();
  /** At most so many calls at once, whatever they are for. */
  readonly limit: <T>(work: () => Promise<T>) => Promise<T>;
  /** `okta:<org id>`, once the org was asked. */
  name = '';
  readonly #tallies = new Map<string, Tally>();
  readonly #signInsBefore: number;

  constructor(desk: Desk, context: ReadContext) {
    this.desk = desk;
    this.context = context;
    this.limit = pLimit(desk.options.concurrency);
    this.#signInsBefore = desk.client.signIns.calls;
  }

  tally(what: string): Tally {
    const known = this.#tallies.get(what) ?? newTally(what);
    this.#tallies.set(what, known);
    return known;
  }

  /** Calls of any kind so far, sign-ins too. */
  get calls(): number {
    return this.reads().reduce((sum, { calls }) => sum + calls, 0);
  }

  reads(): Tally[] {
    const signIns = newTally('Okta sign-in');
    signIns.calls = this.desk.client.signIns.calls - this.#signInsBefore;
    return [...this.#tallies.values(), signIns].filter(({ calls }) => calls > 0).map((each) => ({ ...each }));
  }

  async readTenant(signal: AbortSignal): Promise<void> {
    this.name = await this.desk.tenant(signal, this.tally('Okta org'));
  }

  person(user: OktaUser): void {
    this.keep(personRecord(user, this.desk.options));
    if (isTransitioning(user)) this.changing.add(user.id);
  }

  /** Somebody of the last reading of whom nothing new is known. */
  keep(record: PersonRecord): void {
    this.#listed.add(this.builder.person(record));
  }

  /** How many people a record was read of. */
  get listedCount(): number {
    return this.#listed.count;
  }

  /** Gives the group's index in the builder. */
  openGroup(group: OktaGroup): number {
    if (group.lastMembershipUpdated != null) this.stamps.set(group.id, group.lastMembershipUpdated);
    return this.builder.group({ id: group.id, name: group.profile.name });
  }

  /** Both by their index in the builder. */
  member(group: number, person: number): void {
    this.builder.memberAt(group, person);
    this.#members.add(person);
  }

  /** Whether a group names them. */
  isMember(id: string): boolean {
    return this.#members.has(this.builder.indexOf(id));
  }

  /** People whom a group names and nobody described. */
  unresolved(): string[] {
    const ids: string[] = [];
    for (const [index, id] of this.builder.ids())
      if (this.#members.has(index) && !this.#listed.has(index)) ids.push(id);
    return ids.sort();
  }

  async readMembersOf(groups: readonly OktaGroup[], signal: AbortSignal): Promise<void> {
    let done = 0;
    const what = 'Okta group members';
    const tally = this.tally(what);
    const read = async (group: OktaGroup, inner: AbortSignal): Promise<void> => {
      let index = -1;
      const found = await readMembers(this.desk.client, {
        ...{ group, tally, signal: inner },
        onGroup: () => {
          index = this.openGroup(group);
        },
        onMembers: (ids) => {
          for (const id of ids) this.member(index, this.builder.named(id));
        },
      });
      if (found) this.builder.closeGroup(group.id);
      this.context.onProgress({ what, done: ++done, total: groups.length });
    };
    await this.each(groups, signal, read);
  }

  /** Runs the work for each item, side by side within the limit; the first failure ends all. */
  async each<T>(
    items: readonly T[],
    signal: AbortSignal,
    work: (item: T, signal: AbortSignal) => Promise<void>,
  ): Promise<void> {
    await together(
      signal,
      items.map((item) => (inner: AbortSignal) => this.limit(() => work(item, inner))),
    );
  }

  seal({ since, log, ...sealing }: Sealing): Promise<DirectorySnapshot> {
    this.builder.closeList('people');
    this.builder.closeList('groups');
    const resume: Resume | null =
      since === null || sealing.scope.kind !== 'all'
        ? null
        : {
            version: 1,
            shape: shapeOf(this.desk.options),
            since,
            groups: Object.fromEntries(this.stamps),
            changing: [...this.changing].sort(),
            log,
          };
    return calmly(this.builder.sealSteps({ ...sealing, tenant: this.name, reads: this.reads(), resume }));
  }
}
