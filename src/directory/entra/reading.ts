/** What one reading of Entra shares: its world, its tallies, its limit on parallel calls. */
import pLimit from 'p-limit';
import type { DirectorySnapshot, ReadReport, Scope } from '../../core/model/directory.ts';
import type { ReadContext } from '../../lib/reading.ts';
import { groupSelector } from '../group-filter.ts';
import { newTally } from '../pages.ts';
import { readError } from '../read-error.ts';
import { Breath } from './breath.ts';
import type { EntraClient } from './client.ts';
import { type Fill, fillMembers, findGroups } from './fill.ts';
import { findByIds } from './lists.ts';
import type { EntraOptions } from './options.ts';
import { type Projection, sealWorld, strangersOf } from './project.ts';
import { type Links, resumeOf } from './resume.ts';
import { type GraphGroup, type GraphUser, graphUser, USER_FIELDS } from './schema.ts';
import type { EntraToken } from './token.ts';
import { type Chooser, emptyWorld, tidy, type World } from './world.ts';

export interface Parts {
  readonly client: EntraClient;
  readonly token: EntraToken;
  readonly options: EntraOptions;
  readonly context: ReadContext;
  readonly tenant: string;
  /** Epoch ms. */
  readonly now: () => number;
}

export interface Going {
  readonly links: Links;
  readonly removed: Iterable<string>;
}

export interface SealParts {
  readonly scope: Scope;
  readonly basis: 'full' | 'update';
  readonly fullAt: number | null;
  /** Null: no update can go on from here. */
  readonly going: Going | null;
}

/** Users that a list of users lacked although groups name them: a few were made while it was read. */
const FEW = 20;

const NOBODY = new Int32Array(0);

export class Reading {
  readonly parts: Parts;
  world: World = emptyWorld();
  readonly users = newTally('Entra users');
  readonly groups = newTally('Entra groups');
  readonly members = newTally('Entra group members');
  readonly assignments = newTally('Entra assignments');
  readonly changes = newTally('Entra changes');
  readonly limit: ReturnType<typeof pLimit>;
  /** Principals of the enterprise application; null where groups are chosen by name. */
  assigned: { readonly users: Set<string>; readonly groups: Set<string> } | null = null;
  readonly #selected: (name: string) => boolean;
  readonly #signInsBefore: number;

  constructor(parts: Parts) {
    this.parts = parts;
    this.limit = pLimit(parts.options.concurrency);
    this.#selected = groupSelector(parts.options.groups);
    this.#signInsBefore = parts.token.calls.calls;
  }

  readonly chooses: Chooser = (group: GraphGroup) =>
    this.#selected(group.displayName) &&
    (!this.parts.options.securityGroupsOnly || group.securityEnabled === true) &&
    (this.assigned === null || this.assigned.groups.has(group.id));

  /** Whether a group of which only a change is known may be one to choose; assigned ones are listed elsewhere. */
  mayChoose({ displayName, securityEnabled }: Partial<GraphGroup>): boolean {
    if (this.assigned !== null) return false;
    return displayName === undefined ? securityEnabled === true : this.#selected(displayName);
  }

  /** Whether Graph shows us the members of groups that hide them. @throws SourceReadError */
  async seesHidden(): Promise<boolean> {
    await this.parts.token.get();
    return this.parts.token.permissions().includes('Member.Read.Hidden');
  }

  fill(signal: AbortSignal, rest: Pick<Fill, 'nested' | 'only'>): Promise<Set<string>> {
    const { client, context } = this.parts;
    const { world, limit, groups, members, chooses } = this;
    return fillMembers({
      client,
      world,
      limit,
      groups,
      members,
      chooses,
      signal,
      ...rest,
      onProgress: (done, total) => context.onProgress({ what: 'Entra group members', done, total }),
    });
  }

  findGroups(ids: readonly string[], signal: AbortSignal): Promise<void> {
    const { world, limit, groups } = this;
    return findGroups({ client: this.parts.client, world, limit, groups, signal }, ids);
  }

  /** Null for those that do not exist. */
  findUsers(ids: readonly string[], signal: AbortSignal): Promise<Map<string, GraphUser | null>> {
    const by = { what: 'Entra user', path: '/users', fields: USER_FIELDS, schema: graphUser };
    return findByIds(this.parts.client, ids, { ...by, tally: this.users, limit: this.limit, signal });
  }

  /** Puts users into the world that exist; `ids` that do not exist stay unknown. */
  async addUsers(ids: readonly string[], signal: AbortSignal): Promise<void> {
    for (const user of (await this.findUsers(ids, signal)).values())
      if (user !== null) this.world.users.set(user);
  }

  /**
   * Asks by id for members whom the list of users did not have.
   * @throws SourceReadError when so many exist that the list must have ended too early.
   */
  async resolve(groups: Iterable<string>, signal: AbortSignal): Promise<void> {
    const { users, members } = this.world;
    const missing = new Set<string>();
    const breath = new Breath();
    for (const id of groups) {
      const people = members.get(id)?.people ?? NOBODY;
      for (const person of people) if (users.at(person) === undefined) missing.add(users.id(person));
      if (breath.isDue(people.length)) await breath.pause();
    }
    const most = Math.max(FEW, users.size / 100);
    const asked = missing.size > most ? [...missing].slice(0, FEW) : [...missing];
    const before = users.size;
    await this.addUsers(asked, signal);
    if (missing.size <= most || users.size === before) return;
    throw readError(
      { what: 'Entra users', page: this.users.pages, url: this.parts.client.url('/users') },
      `the list ended after ${before} users, but groups name ${missing.size} others, and at least ${users.size - before} of them exist`,
      'The list was cut off; the next run reads it again.',
    );
  }

  async seal({ scope, basis, fullAt, going }: SealParts, seesHidden: boolean): Promise<DirectorySnapshot> {
    tidy(this.world, this.chooses);
    const { world, chooses } = this;
    const { options, tenant } = this.parts;
    const projection: Projection = {
      world,
      options,
      chooses,
      seesHidden,
      strangers: strangersOf(world, options),
      assigned: scope.kind === 'all' ? (this.assigned?.users ?? null) : null,
    };
    const resume = going === null ? null : await resumeOf(projection, going.links, going.removed);
    return sealWorld(projection, { tenant, scope, reads: this.reports(), basis, fullAt, resume });
  }

  reports(): ReadReport[] {
    const signIns = newTally('Entra sign-in');
    signIns.calls = this.parts.token.calls.calls - this.#signInsBefore;
    const all = [this.changes, this.assignments, this.users, this.groups, this.members, signIns];
    return all.filter(({ calls }) => calls > 0).map((tally) => ({ ...tally }));
  }
}
