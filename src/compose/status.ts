/** The daemon at a glance, and the gauges that are looked up when somebody asks for metrics. */
import { readFileSync } from 'node:fs';
import type { Plan } from '../core/model/change.ts';
import { isSettled, isWhole, type RunRecord, type StatusView } from '../core/model/run.ts';
import type { Metrics } from '../lib/metrics.ts';
import type { RunQueue } from '../queue/runs.ts';
import { recentRuns, type WatchDeps } from '../sync/watch.ts';
import type { Messages } from './messages.ts';
import type { Pushed } from './pushed.ts';
import type { Live } from './reload.ts';
import type { StateRoom } from './state-room.ts';
import type { WriteRoom } from './write-room.ts';

export const VERSION = (
  JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as { version: string }
).version;

export interface StatusParts {
  readonly live: Live;
  readonly messages: Messages;
  readonly state: StateRoom;
  readonly writeRoom: WriteRoom;
  readonly runs: RunQueue;
  readonly watch: WatchDeps;
  readonly metrics: Metrics;
  readonly pushed: Pushed;
  readonly startedAt: number;
}

export async function statusView({
  live,
  messages,
  state,
  runs,
  watch,
  startedAt,
}: StatusParts): Promise<StatusView> {
  const recent = await recentRuns(watch, 50);
  const finished = recent.filter(isSettled);
  const success = finished.find((run) => run.state === 'done');
  const pause = await state.store.pause.get();
  const latest = (await latestPlan(state, recent.filter(isWhole))) ?? (await latestPlan(state, recent));
  const { config } = live.current();
  return {
    version: VERSION,
    startedAt,
    tenants: latest?.tenants ?? null,
    configHash: config.configHash,
    policy: config.settings.policy,
    paused: pause === null ? null : { by: pause.by, at: pause.at },
    current: recent.find((run) => !isSettled(run) && run.state !== 'queued') ?? null,
    last: finished[0] ?? null,
    lastSuccessAt: success?.endedAt ?? null,
    nextRunAt: await runs.nextAt(),
    ...(latest === null ? {} : { sides: sidesOf(latest) }),
    configuration: live.reloadState(),
    webhooks: await messages.outbox.states(),
  };
}

function sidesOf({ id, buckets, budget }: Plan): NonNullable<StatusView['sides']> {
  const sum = (counts: Readonly<Record<string, number>>) =>
    Object.values(counts).reduce((total, count) => total + count, 0);
  return {
    planId: id,
    people: sum(buckets.people),
    users: sum(buckets.users),
    foreign: buckets.users.foreign,
    ...budget,
  };
}

export async function latestPlan({ store }: StateRoom, recent: readonly RunRecord[]): Promise<Plan | null> {
  const id = recent.find(({ planId }) => planId !== null)?.planId ?? null;
  return id === null ? null : store.plans.get(id);
}

/** Prometheus text. What Redis knows is asked now, so that every replica says the same of it. */
export async function metricsText(parts: StatusParts): Promise<string> {
  const { metrics, state, writeRoom, runs, messages } = parts;
  const open = await state.store.writes.open();
  const progress = await Promise.all(open.map(({ planId }) => writeRoom.queue.progress(planId)));
  const left = progress.reduce(
    (sum, { total, done, failed, skipped }) => sum + total - done - failed - skipped,
    0,
  );
  metrics.writesWaiting.set(left);
  metrics.deadLetters.set(progress.reduce((sum, { failed }) => sum + failed, 0));
  metrics.paused.set((await state.store.pause.get()) === null ? 0 : 1);
  metrics.queueDepth.set({ queue: 'writes' }, left);
  metrics.queueDepth.set({ queue: 'runs' }, await runs.waiting());
  metrics.queueDepth.set({ queue: 'notify' }, await messages.outbox.waiting());
  metrics.budgetLeft.set({ by: 'devin' }, await state.pace.perSecond());
  await parts.pushed.measure(metrics);
  metrics.reloadRefused.set(parts.live.reloadState().refused === null ? 0 : 1);
  return metrics.text();
}
