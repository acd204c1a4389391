/** `Memory` in Redis: one hash entry per linked person and group, the small parts as JSON. */
import type { Redis } from 'ioredis';
import type { z } from 'zod';
import type { TenantPair } from '../../core/model/change.ts';
import { EMPTY_MEMORY, type Memory } from '../../core/model/memory.ts';
import { markKey } from '../../core/scim-ledger.ts';
import { ConfigError } from '../../lib/errors.ts';
import type { Keyspace } from '../../lib/keyspace.ts';
import { script } from '../../lib/redis-script.ts';
import type { LedgerPart, MemoryStore, Said } from '../store.ts';
import { linkedTo, linkRows } from './ledger-links.ts';
import {
  adoptionsSchema,
  approvalRow,
  approvalSchema,
  approvedConfigSchema,
  baselineSchema,
  bindingsSchema,
  budgetsSchema,
  flipsSchema,
  groupRow,
  groupSchema,
  holdRow,
  holdSchema,
  markRow,
  markSchema,
  personRow,
  personSchema,
  rejectionSchema,
  rollRow,
  rollSchema,
  tenantsSchema,
  tombstonesSchema,
} from './memory-schema.ts';
import { damaged, parseStored, reading } from './parse.ts';
import { addRecent, recentWrites } from './recent.ts';

const ROWS_PER_CALL = 500;

/** Replaces only rows that still are what the caller loaded: ARGV is field, expected, new ('' is none). */
const replaceRows = script(
  'idpReplaceRows',
  `for i = 1, #ARGV, 3 do
    if (redis.call('HGET', KEYS[1], ARGV[i]) or '') == ARGV[i + 1] then
      if ARGV[i + 2] == '' then redis.call('HDEL', KEYS[1], ARGV[i])
      else redis.call('HSET', KEYS[1], ARGV[i], ARGV[i + 2]) end
    end
  end`,
);

/** What people said about items: one row an item each. */
const SAID = [
  ['approvals', 'approvals'],
  ['half-approvals', 'halfApprovals'],
  ['rejections', 'rejections'],
] as const;

/** Says that every row of the ledger has its link; stores from before there were links lack it. */
const LINKED = 'linked';

export function redisMemory(client: Redis, key: Keyspace): MemoryStore {
  const small = key('memory');
  const people = key('ledger', 'people');
  const load = async (tenants: TenantPair | null): Promise<Memory> => {
    const parts = await readSmall(client, small, tenants);
    const ledger = await rows(client, people, personSchema, (person) => person.directoryId);
    if (parts[LINKED] === undefined) {
      await linkRows(client, key, ledger);
      await client.hset(small, LINKED, 'yes');
    }
    const holds = await rows(client, key('holds'), holdSchema, (hold) => hold.item);
    return { ...(await besidePeople(client, key, parts)), people: ledger, holds };
  };
  const part = async (tenants: TenantPair, of: LedgerPart): Promise<Memory | null> => {
    const parts = await readSmall(client, small, tenants);
    if (parts[LINKED] === undefined) return null;
    const ids = new Set([...of.people, ...(await linkedTo(client, key, of.users))]);
    return {
      ...(await besidePeople(client, key, parts)),
      people: await rowsById(client, people, personSchema, [...ids]),
      holds: [],
    };
  };
  const save = async (before: Memory, after: Memory): Promise<void> => {
    if (after.tenants !== null) await bind(client, small, after.tenants);
    const groups = key('ledger', 'groups');
    if (after.people !== before.people) {
      const known = new Set(before.people);
      await linkRows(
        client,
        key,
        after.people.filter((row) => !known.has(row)),
      );
    }
    await replace(client, people, before.people, after.people, (row) => row.directoryId, personRow);
    await replace(client, groups, before.groups, after.groups, (row) => row.directoryId, groupRow);
    await replace(client, key('ledger', 'scim'), before.scim, after.scim, markKey, markRow);
    for (const [name, part] of SAID) {
      await replace(client, key(name), before[part], after[part], (row) => row.item, approvalRow);
    }
    await replace(client, key('holds'), before.holds, after.holds, (row) => row.item, holdRow);
    await replace(client, key('rolls'), before.rolls, after.rolls, (row) => row.directoryId, rollRow);
    await addRecent(client, key('recent'), before.recent, after.recent);
    const parts = smallParts(before, after);
    if (Object.keys(parts).length > 0) await client.hset(small, parts);
  };
  return {
    load,
    part,
    save,
    loadBound: () => load(null),
    rebind: async (before, after) => {
      const [from, to] = [before.tenants, after.tenants].map(tenantsText) as [string, string];
      await save(before, { ...after, tenants: null });
      const moved = await reading(small, moveTenants(client, [small], [from, to]));
      if (moved !== 1)
        throw new ConfigError([`the state under ${small} was bound to other tenants meanwhile`]);
    },
    rows: async ({ people: ids, groups, approvals }) => ({
      people: await rowsById(client, people, personSchema, ids),
      groups: await rowsById(client, key('ledger', 'groups'), groupSchema, groups),
      approvals: await rowsById(client, key('approvals'), approvalSchema, approvals),
    }),
    said: (items) => saidOf(client, key, items),
  };
}

const SMALL = [
  'bindings',
  'tombstones',
  'baseline',
  'flips',
  'adoptions',
  'budgets',
  'approvedConfig',
] as const;

/** @param tenants null: whatever the store is bound to. */
async function readSmall(
  client: Redis,
  key: string,
  tenants: TenantPair | null,
): Promise<Record<string, string>> {
  const parts = await reading(key, client.hgetall(key));
  const bound = parsedPart(key, parts, 'tenants', tenantsSchema.nullable(), null);
  if (bound !== null && tenants !== null) refuseOther(bound, tenants, key);
  return parts;
}

async function besidePeople(
  client: Redis,
  key: Keyspace,
  parts: Readonly<Record<string, string>>,
): Promise<Omit<Memory, 'people' | 'holds'>> {
  const part = <T>(name: string, schema: z.ZodType<T>, absent: T): T =>
    parsedPart(key('memory'), parts, name, schema, absent);
  return {
    tenants: part('tenants', tenantsSchema.nullable(), null),
    groups: await rows(client, key('ledger', 'groups'), groupSchema, (group) => group.directoryId),
    scim: await rows(client, key('ledger', 'scim'), markSchema, markKey),
    bindings: part('bindings', bindingsSchema, EMPTY_MEMORY.bindings),
    tombstones: part('tombstones', tombstonesSchema, EMPTY_MEMORY.tombstones),
    baseline: part('baseline', baselineSchema, EMPTY_MEMORY.baseline),
    recent: await recentWrites(client, key('recent')),
    rolls: await rows(client, key('rolls'), rollSchema, (roll) => roll.directoryId),
    approvals: await rows(client, key('approvals'), approvalSchema, (approval) => approval.item),
    halfApprovals: await rows(client, key('half-approvals'), approvalSchema, (half) => half.item),
    rejections: await rows(client, key('rejections'), rejectionSchema, (rejection) => rejection.item),
    flips: part('flips', flipsSchema, EMPTY_MEMORY.flips),
    adoptions: part('adoptions', adoptionsSchema, EMPTY_MEMORY.adoptions),
    budgets: part('budgets', budgetsSchema, EMPTY_MEMORY.budgets),
    approvedConfig: part('approvedConfig', approvedConfigSchema, EMPTY_MEMORY.approvedConfig),
  };
}

function parsedPart<T>(
  key: string,
  parts: Readonly<Record<string, string>>,
  name: string,
  schema: z.ZodType<T>,
  absent: T,
): T {
  return parts[name] === undefined ? absent : parseStored(schema, parts[name], `${key} ${name}`);
}

function smallParts(before: Memory, after: Memory): Record<string, string> {
  const parts: Record<string, string> = {};
  for (const name of SMALL) {
    const now = JSON.stringify(after[name]);
    if (now !== JSON.stringify(before[name])) parts[name] = now;
  }
  return parts;
}

function refuseOther(bound: TenantPair, given: TenantPair, key: string): void {
  if (bound.directory === given.directory && bound.devin === given.devin) return;
  throw new ConfigError([
    `the state under ${key} belongs to ${bound.directory} with ${bound.devin}; this configuration is for ` +
      `${given.directory} with ${given.devin}. Use another redis.prefix, stateDir or Redis for it; "devin-idp-sync relink" takes the state along when the same people moved to another directory`,
  ]);
}

/** ARGV: the pair it must be bound to, the pair it is bound to from now on. */
const moveTenants = script(
  'idpMoveTenants',
  `if (redis.call('HGET', KEYS[1], 'tenants') or '') ~= ARGV[1] then return 0 end
  redis.call('HSET', KEYS[1], 'tenants', ARGV[2])
  return 1`,
);

function tenantsText(tenants: TenantPair | null): string {
  return tenants === null ? '' : JSON.stringify({ directory: tenants.directory, devin: tenants.devin });
}

async function bind(client: Redis, key: string, tenants: TenantPair): Promise<void> {
  const text = tenantsText(tenants);
  if ((await reading(key, client.hsetnx(key, 'tenants', text))) === 1) return;
  const bound = await client.hget(key, 'tenants');
  refuseOther(parseStored(tenantsSchema, bound ?? '', `${key} tenants`), tenants, key);
}

async function saidOf(client: Redis, key: Keyspace, items: readonly string[]): Promise<readonly Said[]> {
  const [rejections, approvals] = await Promise.all([
    rowsById(client, key('rejections'), rejectionSchema, items),
    rowsById(client, key('approvals'), approvalSchema, items),
  ]);
  const rejected = new Map(rejections.map((row) => [row.item, row]));
  const approved = new Map(approvals.map((row) => [row.item, row]));
  return items.map((item) => ({
    rejection: rejected.get(item) ?? null,
    approval: approved.get(item) ?? null,
  }));
}

async function rowsById<T>(
  client: Redis,
  name: string,
  schema: z.ZodType<T>,
  ids: readonly string[],
): Promise<readonly T[]> {
  if (ids.length === 0) return [];
  const texts = await reading(name, client.hmget(name, ...ids));
  return texts.flatMap((text, at) =>
    text === null ? [] : [parseStored(schema, text, `${name} ${ids[at]}`)],
  );
}

/** HSCAN keeps Redis responsive at a million rows; it may deliver a field twice. */
async function rows<T>(
  client: Redis,
  key: string,
  schema: z.ZodType<T>,
  idOf: (row: T) => string,
): Promise<readonly T[]> {
  const found = new Map<string, T>();
  let cursor = '0';
  do {
    const [next, entries] = await reading(key, client.hscan(key, cursor, 'COUNT', 1000));
    for (let at = 0; at < entries.length; at += 2) {
      const field = entries[at] as string;
      const row = parseStored(schema, entries[at + 1] as string, `${key} ${field}`);
      if (idOf(row) !== field) throw damaged(`${key} ${field}`, `it is the row of ${idOf(row)}`);
      found.set(field, row);
    }
    cursor = next;
  } while (cursor !== '0');
  return [...found.keys()].sort().map((field) => found.get(field) as T);
}

async function replace<T>(
  client: Redis,
  key: string,
  before: readonly T[],
  after: readonly T[],
  idOf: (row: T) => string,
  encode: (row: T) => string,
): Promise<void> {
  const old = new Map(before.map((row) => [idOf(row), row]));
  let batch: string[] = [];
  const flush = async (): Promise<void> => {
    if (batch.length > 0) await reading(key, replaceRows(client, [key], batch));
    batch = [];
  };
  const put = async (id: string, expected: T | undefined, wanted: T | undefined): Promise<void> => {
    if (expected === wanted) return;
    const [was, is] = [expected, wanted].map((row) => (row === undefined ? '' : encode(row))) as [
      string,
      string,
    ];
    if (was !== is) batch.push(id, was, is);
    if (batch.length >= ROWS_PER_CALL * 3) await flush();
  };
  for (const row of after) {
    await put(idOf(row), old.get(idOf(row)), row);
    old.delete(idOf(row));
  }
  for (const [id, row] of old) await put(id, row, undefined);
  await flush();
}
