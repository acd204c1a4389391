/** What one reading collects and how it asks: tallies, the provider's terms, a bound on parallel requests. */
import pLimit from 'p-limit';
import type { ReadReport } from '../../core/model/directory.ts';
import type { ReadContext } from '../../lib/reading.ts';
import { together } from '../../lib/together.ts';
import { groupSelector } from '../group-filter.ts';
import { newTally, type Tally } from '../pages.ts';
import { parseOne } from '../parse.ts';
import { type Place, parseJson, readError } from '../read-error.ts';
import type { ScimClient } from './client.ts';
import { findOne, readList } from './lists.ts';
import type { ScimOptions } from './options.ts';
import { type ScimGroup, type ScimUser, scimGroup, scimProvider, scimUser } from './schema.ts';

export interface Desk {
  readonly client: ScimClient;
  readonly options: ScimOptions;
  /** Unix ms of this host. */
  readonly now: () => number;
}

/** How this provider gives its lists. */
export interface Terms {
  readonly cursor: boolean;
  readonly count: number;
}

const USER_FIELDS = 'id,userName,displayName,active,emails,groups,meta';
const GROUP_FIELDS = 'id,displayName,members';

export class Intake {
  readonly desk: Desk;
  readonly context: ReadContext;
  readonly isChosen: (group: ScimGroup) => boolean;
  readonly #limit: ReturnType<typeof pLimit>;
  readonly #tallies = new Map<string, Tally>();
  readonly #signInsBefore: number;

  constructor(desk: Desk, context: ReadContext) {
    this.desk = desk;
    this.context = context;
    const selected = groupSelector(desk.options.groups);
    this.isChosen = ({ displayName }) => selected(displayName);
    this.#limit = pLimit(desk.options.concurrency);
    this.#signInsBefore = desk.client.token.calls.calls;
  }

  tally(what: string): Tally {
    const known = this.#tallies.get(what) ?? newTally(what);
    this.#tallies.set(what, known);
    return known;
  }

  reads(): ReadReport[] {
    const { calls } = this.desk.client.token.calls;
    const signIns = calls - this.#signInsBefore;
    const own = [...this.#tallies.values()].map((tally) => ({ ...tally }));
    return signIns === 0 ? own : [...own, { what: 'SCIM sign-in', pages: 0, items: 0, calls: signIns }];
  }

  /** @throws SourceReadError where a configured filter would be passed over in silence. */
  async readTerms(signal: AbortSignal): Promise<Terms> {
    const { client, options } = this.desk;
    const what = 'SCIM service provider';
    const place: Place = { what, page: null, url: client.url('/ServiceProviderConfig') };
    const answer = await client.offer({ place, tally: this.tally(what), signal });
    // The document is not everywhere: what the core of SCIM demands is there without it.
    if (answer === null) return { cursor: false, count: options.pageSize };
    const { filter, pagination } = parseOne(parseJson(answer, place), scimProvider, place);
    const filters = options.users.filter ?? options.groups.filter;
    if (filters !== undefined && filter?.supported === false)
      throw readError(
        place,
        'the provider says that it supports no filters',
        'Take users.filter and groups.filter out; groups.include and exclude choose by name here.',
      );
    return {
      cursor: pagination?.cursor === true,
      count: Math.max(2, Math.min(options.pageSize, pagination?.maxPageSize ?? options.pageSize)),
    };
  }

  readUsers(terms: Terms, signal: AbortSignal): Promise<Map<string, ScimUser>> {
    const { client, options } = this.desk;
    const what = 'SCIM users';
    return readList(client, {
      ...{ what, path: '/Users', schema: scimUser, tally: this.tally(what), signal, ...terms },
      query: queryOf({ attributes: USER_FIELDS, filter: options.users.filter, sortBy: options.sortBy }),
      onCount: (done) => this.context.onProgress({ what, done, total: null }),
    });
  }

  readGroups(terms: Terms, signal: AbortSignal): Promise<Map<string, ScimGroup>> {
    const { client, options } = this.desk;
    const what = 'SCIM groups';
    const sortBy = options.sortBy === 'userName' ? 'displayName' : options.sortBy;
    return readList(client, {
      ...{ what, path: '/Groups', schema: scimGroup, tally: this.tally(what), signal, ...terms },
      query: queryOf({ attributes: GROUP_FIELDS, filter: options.groups.filter, sortBy }),
      onCount: (done) => this.context.onProgress({ what, done, total: null }),
    });
  }

  /** null: the provider says that there is no such user. */
  findUser(id: string, signal: AbortSignal): Promise<ScimUser | null> {
    const what = 'SCIM users by id';
    const by = { what, path: '/Users', id, attributes: USER_FIELDS, schema: scimUser };
    return findOne(this.desk.client, { ...by, tally: this.tally(what), signal });
  }

  /** null: the provider says that there is no such group. */
  findGroup(id: string, signal: AbortSignal): Promise<ScimGroup | null> {
    const what = 'SCIM groups by id';
    const by = { what, path: '/Groups', id, attributes: GROUP_FIELDS, schema: scimGroup };
    return findOne(this.desk.client, { ...by, tally: this.tally(what), signal });
  }

  /** Runs the work for each item, side by side within the limit; the first failure ends all. */
  async each<T>(
    items: Iterable<T>,
    signal: AbortSignal,
    work: (item: T, signal: AbortSignal) => Promise<void>,
  ): Promise<void> {
    await together(
      signal,
      [...items].map((item) => (inner: AbortSignal) => this.#limit(() => work(item, inner))),
    );
  }
}

function queryOf(query: Readonly<Record<string, string | undefined>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(query).flatMap(([key, value]) => (value === undefined ? [] : [[key, value]])),
  );
}
