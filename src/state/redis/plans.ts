import type { Redis } from 'ioredis';
import { z } from 'zod';
import type { Plan } from '../../core/model/change.ts';
import { errorText } from '../../lib/errors.ts';
import type { Keyspace } from '../../lib/keyspace.ts';
import type { PlanHead, PlanStore } from '../store.ts';
import { damaged, parseStored, reading } from './parse.ts';
import { decodePlan, type EncodedPlan, encodePlan } from './plan-codec.ts';
import { committed } from './transaction.ts';

const KEPT_MS = 90 * 24 * 3_600_000;

const headSchema: z.ZodType<PlanHead> = z.object({
  id: z.string().min(1),
  createdAt: z.number(),
  changes: z.number().int().nonnegative(),
  operations: z.number().int().nonnegative(),
});

export function redisPlans(client: Redis, key: Keyspace): PlanStore {
  const body = (id: string): string => key('plan', id);
  const heads = key('plan-heads');
  const order = key('plan-order');
  const list = async (limit: number): Promise<readonly PlanHead[]> => {
    const ids = await reading(order, client.zrange(order, '0', String(limit - 1), 'REV'));
    if (ids.length === 0) return [];
    const texts = await reading(heads, client.hmget(heads, ...ids));
    return texts.flatMap((text, at) =>
      text === null ? [] : [parseStored(headSchema, text, `${heads} ${ids[at]}`)],
    );
  };
  const sealed = (id: string, edition: string): string => key('writes', id, 'plan', edition);
  const put = async (plan: Plan, { data, edition }: EncodedPlan, seals: boolean): Promise<string> => {
    const { id, createdAt, changes, operations } = plan;
    const head: PlanHead = { id, createdAt, changes: changes.length, operations: operations.length };
    const now = await serverTime(client);
    const old = await client.zrange(order, '-inf', `(${now - KEPT_MS}`, 'BYSCORE');
    const batch = client.multi();
    if (old.length > 0) batch.zrem(order, ...old).hdel(heads, ...old);
    batch.set(body(id), data, 'PX', KEPT_MS);
    batch.hset(heads, id, JSON.stringify(head));
    batch.zadd(order, now, id);
    if (seals && operations.length > 0) batch.set(sealed(id, edition), data, 'PX', KEPT_MS);
    await committed(batch.exec());
    return edition;
  };
  const get = async (id: string, name: string): Promise<Plan | null> => {
    const data = await reading(name, client.getBuffer(name));
    return data === null ? null : read(data, id, name);
  };
  return {
    put: async (plan) => void (await put(plan, await encodePlan(plan), false)),
    seal: async (plan) => put(plan, await encodePlan(plan), true),
    get: (id) => get(id, body(id)),
    sealed: (id, edition) => get(id, sealed(id, edition)),
    latest: async () => (await list(1))[0] ?? null,
    list,
  };
}

async function read(data: Buffer, id: string, key: string): Promise<Plan> {
  let plan: Plan;
  try {
    plan = await decodePlan(data);
  } catch (error) {
    throw damaged(key, errorText(error), error);
  }
  if (plan.id !== id) throw damaged(key, `it is the plan ${plan.id}`);
  return plan;
}

async function serverTime(client: Redis): Promise<number> {
  const [seconds, micros] = await client.time();
  return Number(seconds) * 1000 + Math.floor(Number(micros) / 1000);
}
