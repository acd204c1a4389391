/**
 * How long a change in the directory takes to reach Devin. Directories do not say when most things happened, so
 * that each item counts from the moment that is known: of an event, when it arrived; else from the start of the
 * last run that had not seen it yet, which makes it an upper bound.
 */
import type { Redis } from 'ioredis';
import type { Plan } from '../core/model/change.ts';
import type { Operation } from '../core/model/operation.ts';
import type { RunRecord } from '../core/model/run.ts';
import { keyspace } from '../lib/keyspace.ts';

/** A first plan, or one after a reorganisation, is no measure of the daily way. */
const MOST_ITEMS = 5_000;

export interface Propagation {
  /** Notes which items a run has seen first. Of runs of everything also which are not wanted any more. */
  planned(record: RunRecord, plan: Plan): Promise<void>;
  /** An operation has taken effect. */
  done(operation: Operation, at: number): Promise<void>;
}

export function openPropagation(
  redis: Redis,
  prefix: string,
  observe: (since: 'event' | 'reading', seconds: number) => void,
): Propagation {
  const items = keyspace(prefix)('propagation', 'items');
  const lastRun = keyspace(prefix)('propagation', 'last-run');
  return {
    planned: async (record, plan) => {
      const startedAt = record.startedAt ?? plan.createdAt;
      const before = Number((await redis.get(lastRun)) ?? startedAt);
      if (plan.only === null) await redis.set(lastRun, startedAt);
      if (plan.changes.length > MOST_ITEMS) {
        await redis.del(items);
        return;
      }
      const isEvent = record.trigger.kind === 'event';
      const mark = isEvent ? `event ${record.trigger.at}` : `reading ${before}`;
      const known = await redis.hkeys(items);
      const wanted = new Set(plan.changes.map(({ key }) => key));
      const gone = plan.only === null ? known.filter((key) => !wanted.has(key)) : [];
      if (gone.length > 0) await redis.hdel(items, ...gone);
      const batch = redis.pipeline();
      for (const key of wanted) batch.hsetnx(items, key, mark);
      await batch.exec();
    },
    done: async (operation, at) => {
      if (operation.items.length === 0) return;
      const marks = await redis.hmget(items, ...operation.items);
      await redis.hdel(items, ...operation.items);
      for (const mark of marks) {
        const [since, from] = (mark ?? '').split(' ');
        if (since === 'event' || since === 'reading') observe(since, Math.max(0, at - Number(from)) / 1000);
      }
    },
  };
}
