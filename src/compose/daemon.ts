/** The daemon: runs queue, writer and HTTP on the same rooms, started in order and stopped in reverse. */
import { hash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { findPlan } from '../actions/find-plan.ts';
import type { DaemonHandle } from '../actions/workbench.ts';
import type { Plan } from '../core/model/change.ts';
import { isSettled, type RunRecord, type StatusView } from '../core/model/run.ts';
import { createMetrics, type Metrics } from '../lib/metrics.ts';
import { openRunQueue, type RunQueue } from '../queue/runs.ts';
import { renderPlan } from '../report/render.ts';
import type { ApiToken } from '../server/auth.ts';
import type { ServerDeps } from '../server/deps.ts';
import { buildServer } from '../server/server.ts';
import type { SessionKeeper } from '../server/sessions.ts';
import { watchTokenFiles } from '../server/token-files.ts';
import { daemonRun } from '../sync/daemon-run.ts';
import { currentRun, type WatchDeps, watchRun } from '../sync/watch.ts';
import { describeOperation } from './describe.ts';
import { observeRun } from './observe.ts';
import { reviewDeps } from './review-deps.ts';
import type { Rooms } from './rooms.ts';
import { openSessions } from './sessions.ts';
import type { StateRoom } from './state-room.ts';
import type { WriteRoom } from './write-room.ts';

interface Parts {
  readonly rooms: Rooms;
  readonly state: StateRoom;
  readonly writeRoom: WriteRoom;
  readonly runs: RunQueue;
  readonly metrics: Metrics;
  readonly watch: WatchDeps;
  readonly review: ReturnType<typeof reviewDeps>;
  readonly sessions: SessionKeeper;
  readonly startedAt: number;
}

export async function startDaemon(rooms: Rooms, signal: AbortSignal): Promise<DaemonHandle> {
  const { config, releasers } = rooms;
  const log = await rooms.log();
  const state = await rooms.state();
  const loop = await rooms.loop();
  const writeRoom = await rooms.writeRoom();
  const metrics = createMetrics({ process: true });
  const writes = await writeRoom.withWriter(({ kind }, { state: outcome }) =>
    metrics.writes.inc({ kind, outcome }),
  );
  const runs = openRunQueue({
    connections: state.connections,
    intervalMs: config.schedule.intervalMs,
    jitter: config.schedule.jitter,
    records: state.store.runs,
    onError: (error) => log.error({ err: error }, 'runs queue'),
    handler: (request, stop) =>
      daemonRun(
        { loop, writes, observe: (record, plan, alerts) => observeRun(metrics, log, record, plan, alerts) },
        request,
        stop,
      ),
  });
  releasers.add('the runs queue', () => runs.close());
  await runs.start();
  const watch: WatchDeps = { store: state.store, writes, clock: loop.clock };
  const parts: Parts = {
    rooms,
    state,
    writeRoom,
    runs,
    metrics,
    watch,
    review: reviewDeps(rooms, state, loop),
    sessions: await openSessions(state.connections),
    startedAt: loop.clock(),
  };
  const server = buildServer(serverDeps(parts, log));
  releasers.add('the HTTP server', () => server.close());
  const url = await server.listen({ host: config.server.host, port: config.server.port, signal });
  log.info({ url, stateDir: config.stateDir, policy: config.settings.policy }, 'serving');
  return { url, ended: new Promise(() => {}) };
}

function serverDeps(parts: Parts, log: NonNullable<ServerDeps['log']>): ServerDeps {
  const { rooms, state, runs, metrics, watch, review, sessions, writeRoom } = parts;
  return {
    ...review,
    version: VERSION,
    tokens: tokensOf(rooms.config.server, log),
    sessions,
    oidc: () => rooms.config.server.oidc,
    secureCookies: rooms.config.server.publicUrl?.startsWith('https:') === true,
    metricsOpen: true,
    log,
    requestRun: (trigger) => runs.request(trigger),
    getRun: (id) => currentRun(watch, id),
    listRuns: (limit) => state.store.runs.list(limit),
    subscribeRun: (id, signal) => watchRun(watch, id, signal),
    getPlan: (id) => findPlan(state.store, id),
    retry: ({ planId, by, opKeys }) => writeRoom.queue.retry(planId, by, opKeys),
    discard: ({ planId, by, why, opKeys }) => writeRoom.queue.discard(planId, by, why, opKeys),
    renderPlan: (plan, format) =>
      renderPlan(plan, format, {
        colour: false,
        width: 100,
        requests: (operation) => describeOperation(rooms.config.devin, operation),
      }),
    status: () => statusView(parts),
    ready: async () => [
      { name: 'redis', ok: (await state.connections.producer.ping()) === 'PONG', detail: 'answers' },
    ],
    metrics: () => metrics.text(),
  };
}

const VERSION = (
  JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as { version: string }
).version;

function tokensOf(
  { token, tokens }: Rooms['config']['server'],
  log: NonNullable<ServerDeps['log']>,
): () => readonly ApiToken[] {
  const inFiles = watchTokenFiles(tokens, (message) => log.error(message));
  const own: readonly ApiToken[] =
    token === null ? [] : [{ name: 'server.token', role: 'approver', hash: hash('sha256', token) }];
  return () => [...own, ...inFiles()];
}

async function statusView({ rooms, state, runs, startedAt }: Parts): Promise<StatusView> {
  const recent = await state.store.runs.list(50);
  const finished = recent.filter(isSettled);
  const success = finished.find((run) => run.state === 'done');
  const pause = await state.store.pause.get();
  const latest = await latestPlan(state, recent);
  return {
    version: VERSION,
    startedAt,
    tenants: latest?.tenants ?? null,
    configHash: rooms.config.configHash,
    policy: rooms.config.settings.policy,
    paused: pause === null ? null : { by: pause.by, at: pause.at },
    current: recent.find((run) => !isSettled(run) && run.state !== 'queued') ?? null,
    last: finished[0] ?? null,
    lastSuccessAt: success?.endedAt ?? null,
    nextRunAt: await runs.nextAt(),
  };
}

async function latestPlan({ store }: StateRoom, recent: readonly RunRecord[]): Promise<Plan | null> {
  const id = recent.find(({ planId }) => planId !== null)?.planId ?? null;
  return id === null ? null : store.plans.get(id);
}
