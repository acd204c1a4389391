import type { Redis } from 'ioredis';
import type { RunRecord } from '../../core/model/run.ts';
import { RunRecordData } from '../../core/model/run-schema.ts';
import type { Keyspace } from '../../lib/keyspace.ts';
import { script } from '../../lib/redis-script.ts';
import type { RunStore } from '../store.ts';
import { parseStored, reading } from './parse.ts';

const KEPT = 500;

/**
 * A run keeps its place from the time it was asked for; the oldest ones beyond KEPT go.
 * KEYS: records, order. ARGV: id, asked at, record, how many are kept, HSET or HSETNX
 */
const putRun = script(
  'idpPutRun',
  `if redis.call(ARGV[5], KEYS[1], ARGV[1], ARGV[3]) == 0 and ARGV[5] == 'HSETNX' then return end
  redis.call('ZADD', KEYS[2], 'NX', ARGV[2], ARGV[1])
  local extra = redis.call('ZRANGE', KEYS[2], 0, -(tonumber(ARGV[4]) + 1))
  for _, id in ipairs(extra) do
    redis.call('HDEL', KEYS[1], id)
    redis.call('ZREM', KEYS[2], id)
  end`,
);

export function redisRuns(client: Redis, key: Keyspace): RunStore {
  const records = key('runs', 'records');
  const order = key('runs', 'order');
  const parse = (text: string, id: string): RunRecord => parseStored(RunRecordData, text, `${records} ${id}`);
  const put = async (run: RunRecord, how: 'HSET' | 'HSETNX'): Promise<void> => {
    const args = [run.id, run.trigger.at, JSON.stringify(run), KEPT, how];
    await reading(records, putRun(client, [records, order], args));
  };
  return {
    put: (run) => put(run, 'HSET'),
    add: (run) => put(run, 'HSETNX'),
    get: async (id) => {
      const text = await reading(records, client.hget(records, id));
      return text === null ? null : parse(text, id);
    },
    list: async (limit) => {
      const ids = await reading(order, client.zrange(order, '0', String(limit - 1), 'REV'));
      if (ids.length === 0) return [];
      const texts = await reading(records, client.hmget(records, ...ids));
      return texts.flatMap((text, at) => (text === null ? [] : [parse(text, ids[at] as string)]));
    },
  };
}
