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
import { findOne, readList, readTotal } from './lists.ts';
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
  /** Whether it says that its resources have versions. */
  readonly versions: boolean;
  /** Why it cannot be asked for what changed; null: nothing speaks against it. */
  readonly doubt: string | null;
  /** The provider's clock when it was asked first, Unix ms; null when it does not say. */
  readonly clock: number | null;
}

/** What to ask of one list. */
interface Asked {
  readonly what: string;
  /** Beside the filter of the configuration. */
  readonly filter?: string;
}

const USER_FIELDS = 'id,userName,displayName,active,emails,groups,meta';
const GROUP_FIELDS = 'id,displayName,members';
/** `meta` is only asked for where it is used. */
const STAMPED_GROUP_FIELDS = 'id,displayName,members,meta';
const BARE_GROUP_FIELDS = 'id,displayName,meta';

const ALL_USERS: Asked = { what: 'SCIM users' };
const ALL_GROUPS: Asked = { what: 'SCIM groups' };

export class Intake {
  readonly desk: Desk;
  readonly context: ReadContext;
  readonly isChosen: (group: ScimGroup) => boolean;
  readonly #limit: ReturnType<typeof pLimit>;
  readonly #tallies = new Map<string, Tally>();
  readonly #signInsBefore: number;
  readonly #groupFields: string;

  constructor(desk: Desk, context: ReadContext) {
    this.desk = desk;
    this.context = context;
    const selected = groupSelector(desk.options.groups);
    this.isChosen = ({ displayName }) => selected(displayName);
    this.#groupFields = desk.options.incremental === 'never' ? GROUP_FIELDS : STAMPED_GROUP_FIELDS;
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
    const date = Date.parse(answer.headers.get('date') ?? '');
    const clock = Number.isNaN(date) ? null : date;
    // The document is not everywhere: what the core of SCIM demands is there without it.
    if (answer.status !== 200) {
      const doubt = 'the provider has no ServiceProviderConfig that says that it supports filters';
      return { cursor: false, count: options.pageSize, versions: false, doubt, clock };
    }
    const { filter, pagination, etag } = parseOne(parseJson(answer, place), scimProvider, place);
    const filters = options.users.filter ?? options.groups.filter;
    if (filters !== undefined && filter?.supported === false)
      throw readError(
        place,
        'the provider says that it supports no filters',
        'Take users.filter and groups.filter out; groups.include and exclude choose by name here.',
      );
    return {
      clock,
      versions: etag?.supported === true,
      doubt: filter?.supported === true ? null : 'the provider does not say that it supports filters',
      cursor: pagination?.cursor === true,
      count: Math.max(2, Math.min(options.pageSize, pagination?.maxPageSize ?? options.pageSize)),
    };
  }

  readUsers(terms: Terms, signal: AbortSignal, asked: Asked = ALL_USERS): Promise<Map<string, ScimUser>> {
    const { client, options } = this.desk;
    const { what } = asked;
    const filter = both(options.users.filter, asked.filter);
    return readList(client, {
      ...{ what, path: '/Users', schema: scimUser, tally: this.tally(what), signal, ...terms },
      query: queryOf({ attributes: USER_FIELDS, filter, sortBy: options.sortBy }),
      onCount: (done) => this.context.onProgress({ what, done, total: null }),
    });
  }

  /** @param bare without their members. */
  readGroups(
    terms: Terms,
    signal: AbortSignal,
    asked: Asked = ALL_GROUPS,
    bare = false,
  ): Promise<Map<string, ScimGroup>> {
    const { client, options } = this.desk;
    const { what } = asked;
    const sortBy = options.sortBy === 'userName' ? 'displayName' : options.sortBy;
    const filter = both(options.groups.filter, asked.filter);
    const attributes = bare ? BARE_GROUP_FIELDS : this.#groupFields;
    return readList(client, {
      ...{ what, path: '/Groups', schema: scimGroup, tally: this.tally(what), signal, ...terms },
      query: queryOf({ attributes, filter, sortBy }),
      onCount: (done) => this.context.onProgress({ what, done, total: null }),
    });
  }

  /** How many users or groups there are now, of those that the configuration's filter lets in. */
  countAll(path: '/Users' | '/Groups', signal: AbortSignal): Promise<number | null> {
    const { client, options } = this.desk;
    const what = path === '/Users' ? 'SCIM count of users' : 'SCIM count of groups';
    const { filter } = path === '/Users' ? options.users : options.groups;
    const query = queryOf({ attributes: 'id', filter });
    return readTotal(client, { what, path, query, tally: this.tally(what), signal });
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
    const by = { what, path: '/Groups', id, attributes: this.#groupFields, schema: scimGroup };
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

function both(one: string | undefined, other: string | undefined): string | undefined {
  return one === undefined || other === undefined ? (one ?? other) : `(${one}) and ${other}`;
}

function queryOf(query: Readonly<Record<string, string | undefined>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(query).flatMap(([key, value]) => (value === undefined ? [] : [[key, value]])),
  );
}
