/** The daemon: runs queue, writer, messages and HTTP on the same rooms, started in order and stopped in reverse. */
import { findPlan } from '../actions/find-plan.ts';
import type { DaemonHandle } from '../actions/workbench.ts';
import type { Logger } from '../lib/log.ts';
import { createMetrics, type Metrics } from '../lib/metrics.ts';
import type { ScimDeps } from '../lib/scim/store.ts';
import { fingerprintOf } from '../notify/notifier.ts';
import { openRunQueue, type RunQueue } from '../queue/runs.ts';
import { renderPlan } from '../report/render.ts';
import type { ServerDeps } from '../server/deps.ts';
import { buildServer } from '../server/server.ts';
import type { SessionKeeper } from '../server/sessions.ts';
import { type DaemonRunDeps, daemonRun } from '../sync/daemon-run.ts';
import { currentRun, recentRuns, watchRun } from '../sync/watch.ts';
import { countCalls } from './count-calls.ts';
import { describeOperation } from './describe.ts';
import type { Generation } from './generation.ts';
import { type Hooks, openHooks } from './hooks.ts';
import { exportRegularly } from './journal-room.ts';
import { type Messages, openMessages } from './messages.ts';
import { observeRun } from './observe.ts';
import { openPropagation } from './propagation.ts';
import { openPushTriggers } from './push-triggers.ts';
import { Pushed } from './pushed.ts';
import { type Live, openLive } from './reload.ts';
import { reviewDeps } from './review-deps.ts';
import type { Rooms } from './rooms.ts';
import { scimDeps } from './scim-deps.ts';
import { openSessions } from './sessions.ts';
import type { StateRoom } from './state-room.ts';
import { latestPlan, metricsText, type StatusParts, statusView, VERSION } from './status.ts';
import { keepSubscriptions, type Subscriptions } from './subscriptions.ts';
import { TokenShelf } from './token-shelf.ts';

/** What there is before runs begin. `current`: the configuration in use, whenever it is asked for. */
interface Base {
  readonly rooms: Rooms;
  readonly log: Logger;
  readonly state: StateRoom;
  readonly metrics: Metrics;
  readonly messages: Messages;
  readonly tokens: TokenShelf;
  readonly pushed: Pushed;
  readonly current: () => Generation;
}

interface Parts extends StatusParts, Base {
  readonly hooks: Hooks;
  readonly scim: ScimDeps;
  readonly review: ReturnType<typeof reviewDeps>;
  readonly sessions: SessionKeeper;
}

export async function startDaemon(rooms: Rooms, signal: AbortSignal): Promise<DaemonHandle> {
  const { config, releasers } = rooms;
  const log = await rooms.log();
  const state = await rooms.state();
  const first: Generation = { config, loop: await rooms.loop(), target: await rooms.target() };
  let live: Live | null = null;
  const current = () => live?.current() ?? first;
  const metrics = createMetrics({ process: true });
  releasers.add(
    'the counting of calls',
    countCalls(metrics, () => current().config),
  );
  exportRegularly(await rooms.journalRoom(), releasers, log);
  const onTrouble = (message: string) => log.error(message);
  const pushed = new Pushed({ state, config, clock: Date.now, onTrouble });
  const silences = () => pushed.silences();
  const messages = openMessages({ state, releasers, log, metrics, current, silences });
  const tokens = new TokenShelf(config.server, onTrouble);
  const base: Base = { rooms, log, state, metrics, messages, tokens, pushed, current };
  const { runs, writes, writeRoom } = await startRuns(base);
  live = await follow(base, first, runs);
  let subscriptions: Subscriptions | null = null;
  const hooks = await openHooks({
    state,
    log,
    metrics,
    config: () => current().config,
    requestRun: (trigger) => runs.request(trigger),
    onLifecycle: () => subscriptions?.look(),
    clock: Date.now,
  });
  releasers.add('the hooks', () => hooks.close());
  const triggers = await openPushTriggers({
    state,
    log,
    pushed,
    config: () => current().config,
    requestRun: (trigger) => runs.request(trigger),
    clock: Date.now,
  });
  releasers.add('the runs after pushes', () => triggers.close());
  const parts: Parts = {
    ...base,
    live,
    hooks,
    scim: scimDeps(pushed, triggers, metrics),
    runs,
    writeRoom,
    watch: { store: state.store, writes, clock: first.loop.clock },
    review: reviewDeps(current, state, writes.submit),
    sessions: await openSessions(state.connections),
    startedAt: first.loop.clock(),
  };
  const server = buildServer(serverDeps(parts));
  releasers.add('the HTTP server', () => server.close());
  const url = await server.listen({ host: config.server.host, port: config.server.port, signal });
  subscriptions = keepSubscriptions({ rooms, state, log, current });
  // Side by side, so that the end takes as long as the slowest of them and not as all together.
  releasers.add('what is in hand', () =>
    Promise.all([server.close(), runs.stop(), writeRoom.stop(), messages.outbox.stop()]),
  );
  log.info({ url, stateDir: config.stateDir, policy: config.settings.policy }, 'serving');
  return { url, ended: new Promise(() => {}), shutdownMs: config.limits.shutdownMs };
}

/** Runs that may still be under way. */
const EARLIER = 20;

async function startRuns({ rooms, log, state, metrics, messages, current }: Base) {
  const { prefix, producer } = state.connections;
  const propagation = openPropagation(producer, prefix, (since, seconds) =>
    metrics.propagation.observe({ since }, seconds),
  );
  const quietly = (work: Promise<void>) => work.catch((error) => log.warn({ err: error }, 'beside a run'));
  const writeRoom = await rooms.writeRoom();
  const writes = await writeRoom.withWriter((operation, { state: outcome }) => {
    metrics.writes.inc({ kind: operation.kind, outcome });
    if (outcome === 'done' || outcome === 'already') void quietly(propagation.done(operation, Date.now()));
  });
  const observe =
    (stop: AbortSignal): DaemonRunDeps['observe'] =>
    (record, plan, alerts) => {
      observeRun(metrics, log, record, plan, alerts);
      // A run that ends because this replica does is taken over, and is no failure.
      if (plan !== null || !stop.aborted) void messages.notifier.ranTo(record, plan, alerts);
    };
  // Before its writes start, so that none of them is too quick to be measured.
  const planned: DaemonRunDeps['planned'] = (record, plan) => quietly(propagation.planned(record, plan));
  // The writes of earlier runs have mostly ended by now: whoever lists runs without a daemon finds them done as well.
  const settleEarlier = async () => {
    await recentRuns({ store: state.store, writes, clock: Date.now }, EARLIER);
  };
  const { intervalMs, jitter } = rooms.config.schedule;
  const runs = openRunQueue({
    connections: state.connections,
    intervalMs,
    jitter,
    records: state.store.runs,
    closeMs: rooms.config.limits.shutdownMs,
    onError: (error) => log.error({ err: error }, 'runs queue'),
    handler: async (request, stop, isOurs) => {
      const deps = { loop: current().loop, writes, planned, observe: observe(stop), isOurs };
      const record = await daemonRun(deps, request, stop);
      await quietly(settleEarlier());
      return record;
    },
  });
  rooms.releasers.add('the runs queue', () => runs.close());
  await runs.start();
  return { runs, writes, writeRoom };
}

/** Another configuration from now on, whenever there is one. */
function follow(base: Base, first: Generation, runs: RunQueue): Promise<Live> {
  const { rooms, log, state, metrics, messages, current } = base;
  let planned = first.config.configHash;
  return openLive(first, {
    rooms,
    log,
    clock: Date.now,
    boundDevin: async () => (await latestPlan(state, await state.store.runs.list(50)))?.tenants.devin ?? null,
    adopt: (next) => adopt(base, next, runs),
    told: async (result, problems) => {
      metrics.reloads.inc({ result });
      if (result === 'used') await (await rooms.writeRoom()).tryAgain();
      if (result === 'refused')
        await messages.notifier.refusedConfiguration(problems, fingerprintOf(problems.join('\n')));
      const { configHash } = current().config;
      if (configHash === planned) return;
      planned = configHash;
      await runs.request({ kind: 'event', scope: {}, by: 'configuration', at: Date.now() });
    },
  });
}

/** Everything of a new configuration that is not asked for anew at each use. @throws ConfigError before anything changed. */
async function adopt(
  { rooms, tokens, pushed, log, current }: Base,
  { config }: Generation,
  runs: RunQueue,
): Promise<void> {
  const usePushed = pushed.prepare(config);
  tokens.use(config.server);
  usePushed();
  if (rooms.options.logLevel === 'configured') log.level = config.log.level;
  const before = current().config.schedule;
  const { intervalMs, jitter } = config.schedule;
  if (intervalMs !== before.intervalMs || jitter !== before.jitter)
    await runs.reschedule({ intervalMs, jitter });
}

function serverDeps(parts: Parts): ServerDeps {
  const { state, runs, watch, review, sessions, current, writeRoom } = parts;
  return {
    ...review,
    version: VERSION,
    tokens: () => parts.tokens.all(),
    sessions,
    oidc: () => current().config.server.oidc,
    secureCookies: parts.rooms.config.server.publicUrl?.startsWith('https:') === true,
    metricsOpen: true,
    log: parts.log,
    hooks: parts.hooks.receivers,
    scim: parts.scim,
    requestRun: (trigger) => runs.request(trigger),
    getRun: (id) => currentRun(watch, id),
    listRuns: (limit) => recentRuns(watch, limit),
    subscribeRun: (id, signal) => watchRun(watch, id, signal),
    getPlan: (id) => findPlan(state.store, id),
    retry: ({ planId, by, opKeys }) => writeRoom.queue.retry(planId, by, opKeys),
    discard: ({ planId, by, why, opKeys }) => writeRoom.queue.discard(planId, by, why, opKeys),
    renderPlan: (plan, format) =>
      renderPlan(plan, format, {
        colour: false,
        width: 100,
        requests: (operation) => describeOperation(current().config.devin, operation),
      }),
    status: () => statusView(parts),
    ready: async () => [
      { name: 'redis', ok: (await state.connections.producer.ping()) === 'PONG', detail: 'answers' },
    ],
    metrics: () => metricsText(parts),
  };
}
