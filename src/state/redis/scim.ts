/**
 * What SCIM clients have pushed, in Redis. Members are rows in both directions; the order of creation is a sorted set,
 * so that a page stays the same page while others write.
 */
import { randomUUID } from 'node:crypto';
import type { Redis } from 'ioredis';
import { z } from 'zod';
import type { Keyspace } from '../../lib/keyspace.ts';
import type { PushedDirectory, ScimLimits, ScimRoom } from '../../lib/scim/pushed.ts';
import type {
  MemberPage,
  ScimDone,
  ScimFull,
  ScimKey,
  ScimListing,
  ScimMoved,
  ScimPage,
  ScimResource,
  ScimStore,
  ScimTaken,
  ScimType,
  ScimWrite,
} from '../../lib/scim/store.ts';
import { damaged, reading } from './parse.ts';
import {
  canonical,
  folded,
  goneNames,
  indexName,
  indexNames,
  parseRow,
  type Row,
  valuesOf,
} from './scim-rows.ts';
import { findScim, listScim, removeScim, writeScim } from './scim-scripts.ts';
import { committed } from './transaction.ts';

/** A removal is remembered for so long. */
const GONE_MS = 90 * 24 * 3_600_000;
const MOST_AT_ONCE = 1000;
const MOST_MEMBERS = 10_000;
const CURSOR = /^\d{1,15}$/;
const UUID = /^[0-9a-f-]{36}$/;

interface Shelf {
  readonly client: Redis;
  /** First part of every key of this source. */
  readonly base: string;
  readonly limits: ScimLimits;
  readonly clock: () => number;
}

/** All of one source. @param source its name in the configuration */
export function redisScim(
  client: Redis,
  key: Keyspace,
  source: string,
  { clock, ...limits }: ScimLimits & { readonly clock: () => number },
): ScimRoom {
  const shelf: Shelf = { client, base: key('scim', source), limits, clock };
  return { ...readers(shelf), ...writers(shelf), ...standing(shelf) };
}

type Readers = Pick<ScimStore, 'get' | 'getMany' | 'find' | 'list' | 'members' | 'membersAmong' | 'groupsOf'>;

function readers(shelf: Shelf): Readers {
  const { client, base } = shelf;
  return {
    get: async (type, id) => (await rowsById(shelf, type, [id]))[0] ?? null,
    getMany: async (ids) => {
      const asked = [...new Set(ids)].slice(0, MOST_AT_ONCE);
      const users = await rowsById(shelf, 'User', asked);
      const known = new Set(users.map(({ id }) => id));
      const groups = await rowsById(
        shelf,
        'Group',
        asked.filter((id) => !known.has(id)),
      );
      return new Map([...users, ...groups].map((resource) => [resource.id, resource]));
    },
    find: (type, by, value) => find(shelf, type, by, value),
    list: (type, listing) => list(shelf, type, listing),
    members: (group, limit, after) => members(shelf, group, limit, after),
    membersAmong: async (group, ids) => {
      if (ids.length === 0) return new Set();
      const name = `${base}:members:${group}`;
      const scores = await reading(name, client.zmscore(name, [...ids]));
      return new Set(ids.filter((_, at) => scores[at] !== null));
    },
    groupsOf: async (id) => {
      const name = `${base}:in:${id}`;
      const ids = await reading(name, client.zrange(name, '0', String(MOST_AT_ONCE - 1)));
      return rowsById(shelf, 'Group', ids);
    },
  };
}

/** Those that exist. */
async function rowsById(
  { client, base }: Shelf,
  type: ScimType,
  ids: readonly string[],
): Promise<ScimResource[]> {
  const asked = ids.filter((id) => UUID.test(id));
  if (asked.length === 0) return [];
  const key = `${base}:${type}`;
  const texts = await reading(key, client.hmget(key, ...asked));
  return texts.flatMap((text, at) =>
    text === null ? [] : [parseRow(text, type, asked[at] as string, key).resource],
  );
}

async function find(shelf: Shelf, type: ScimType, by: ScimKey, value: string): Promise<ScimResource[]> {
  const { client, base } = shelf;
  const sought = folded(by, value);
  const answer = await reading(base, findScim(client, [base], [type, indexName(by, sought)]));
  const found = rowsIn(answer as (string | null)[], type, `${base}:${type}`);
  return found
    .sort((a, b) => a.seq - b.seq)
    .map(({ resource }) => resource)
    .filter(({ body }) => valuesOf(type, body, by).includes(sought));
}

function rowsIn(answer: readonly (string | null)[], type: ScimType, key: string): Row[] {
  const rows: Row[] = [];
  for (let at = 0; at < answer.length; at += 2)
    rows.push(parseRow(answer[at + 1], type, answer[at] as string, key));
  return rows;
}

async function list({ client, base }: Shelf, type: ScimType, listing: ScimListing): Promise<ScimPage | null> {
  const { after, offset = 0 } = listing;
  if (after !== undefined && !CURSOR.test(after)) return null;
  const limit = Math.min(listing.limit, MOST_AT_ONCE);
  const from = after === undefined ? (['offset', offset] as const) : (['after', after] as const);
  const answer = (await reading(base, listScim(client, [base], [type, limit, ...from]))) as [
    number,
    number,
    ...string[],
  ];
  const [total, more, ...texts] = answer;
  const rows = rowsIn(texts, type, `${base}:${type}`);
  const last = rows.at(-1);
  return {
    resources: rows.map(({ resource }) => resource),
    total,
    next: more === 1 && last !== undefined ? String(last.seq) : null,
  };
}

async function members(
  { client, base }: Shelf,
  group: string,
  limit: number,
  after?: string,
): Promise<MemberPage> {
  const name = `${base}:members:${group}`;
  const size = Math.min(limit, MOST_MEMBERS);
  const from = after === undefined ? '-' : `(${after}`;
  const results = await reading(
    name,
    committed(
      client
        .multi()
        .zcard(name)
        .zrangebylex(name, from, '+', 'LIMIT', 0, size + 1)
        .exec(),
    ),
  );
  const [total, found] = results as [number, string[]];
  const ids = found.slice(0, size);
  return { ids, total, next: found.length > size ? (ids.at(-1) ?? null) : null };
}

type Writers = Pick<ScimStore, 'create' | 'update' | 'remove'>;

function writers(shelf: Shelf): Writers {
  const { client, base, clock } = shelf;
  return {
    create: (type, write) =>
      put(shelf, type, { op: 'create', id: randomUUID(), expected: null }, write) as never,
    update: (type, id, expected, write) => put(shelf, type, { op: 'update', id, expected }, write) as never,
    remove: async (type, id, expected) => {
      const now = clock();
      const args = [type, id, expected ?? '', now, now - GONE_MS];
      const answer = (await reading(base, removeScim(client, [base], args))) as [string, number?];
      if (answer[0] === 'version') return { outcome: 'version', version: answer[1] as number };
      return { outcome: answer[0] as 'done' | 'missing' };
    },
  };
}

interface Target {
  readonly op: 'create' | 'update';
  readonly id: string;
  readonly expected: number | null;
}

async function put(
  { client, base, limits, clock }: Shelf,
  type: ScimType,
  { op, id, expected }: Target,
  { body, members: change, unique }: ScimWrite,
): Promise<ScimDone | ScimTaken | ScimFull | ScimMoved | { readonly outcome: 'missing' }> {
  const text = canonical(body);
  if (change !== undefined && longestOf(change) > LONGEST_ID)
    return { outcome: 'full', what: 'bytes', limit: LONGEST_ID };
  if (Buffer.byteLength(text) > limits.maxBytes)
    return { outcome: 'full', what: 'bytes', limit: limits.maxBytes };
  const document = {
    names: indexNames(type, body),
    unique: unique.flatMap((key) =>
      valuesOf(type, body, key).map((each) => ({ key, name: indexName(key, each) })),
    ),
    members: change === undefined ? null : memberDocument(change),
    maxResources: limits.maxResources,
    maxMembers: limits.maxMembers,
    gone: goneNames(id, body),
  };
  const args = [op, type, id, expected ?? '', clock(), text, JSON.stringify(document)];
  const answer = (await reading(base, writeScim(client, [base], args))) as [string, ...unknown[]];
  switch (answer[0]) {
    case 'done':
      return {
        outcome: 'done',
        resource: parseRow(answer[1] as string, type, id, `${base}:${type}`).resource,
        changed: answer[2] === 1,
      };
    case 'version':
      return { outcome: 'version', version: answer[1] as number };
    case 'taken':
      return { outcome: 'taken', key: answer[1] as ScimKey };
    case 'full':
      return answer[1] === 'members'
        ? { outcome: 'full', what: 'members', limit: limits.maxMembers }
        : { outcome: 'full', what: 'resources', limit: limits.maxResources };
    default:
      return { outcome: 'missing' };
  }
}

/** Ids of ours are 36 characters long; what names nothing is kept as it came. */
const LONGEST_ID = 256;

function longestOf(change: NonNullable<ScimWrite['members']>): number {
  const ids = change.kind === 'replace' ? change.ids : [...change.add, ...change.remove];
  return ids.reduce((longest, id) => Math.max(longest, id.length), 0);
}

function memberDocument(change: NonNullable<ScimWrite['members']>) {
  if (change.kind === 'replace') return { kind: 'replace', add: change.ids, remove: [] };
  return change;
}

const count = z.coerce.number().pipe(z.int().nonnegative());
const stateSchema = z.object({
  sequence: count.optional(),
  changes: count.default(0),
  pushedAt: count.nullable().default(null),
  seenAt: count.nullable().default(null),
  settledAt: count.nullable().default(null),
});

type Standing = Pick<PushedDirectory, 'standing' | 'settle' | 'seen' | 'removed'>;

function standing({ client, base }: Shelf): Standing {
  const state = `${base}:state`;
  return {
    standing: async () => {
      const multi = client.multi().hgetall(state).hlen(`${base}:User`).hlen(`${base}:Group`);
      const [fields, users, groups] = await reading(state, committed(multi.exec()));
      const parsed = stateSchema.safeParse(fields);
      if (!parsed.success) throw damaged(state, z.prettifyError(parsed.error).replaceAll('\n', '; '));
      const { changes, pushedAt, seenAt, settledAt } = parsed.data;
      return { users: users as number, groups: groups as number, changes, pushedAt, seenAt, settledAt };
    },
    settle: async (at) => {
      await reading(state, client.hsetnx(state, 'settledAt', String(at)));
    },
    seen: async (at) => {
      await reading(state, client.hset(state, 'seenAt', at));
    },
    removed: async (names) => {
      if (names.length === 0) return new Set();
      const key = `${base}:gone`;
      const scores = await reading(key, client.zmscore(key, [...names]));
      return new Set(names.filter((_, at) => scores[at] !== null));
    },
  };
}
