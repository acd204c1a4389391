/**
 * The composition root: the only file that opens rooms, each on first use, and gives them back in reverse order.
 * It alone uses `import()`: a command pays only for the rooms it needs, and for the SDK of one IdP.
 */
import { isIPv6 } from 'node:net';
import type { Writes } from './actions/apply.ts';
import type { Playground } from './actions/playground.ts';
import type { Checkup, DaemonHandle, RequestLine, Workbench } from './actions/workbench.ts';
import type { Io } from './cli/io.ts';
import type { AppOptions } from './compose/app-options.ts';
import type { Generation } from './compose/generation.ts';
import type { Rooms } from './compose/rooms.ts';
import type { StateRoom } from './compose/state-room.ts';
import type { Config, SourceConfig } from './config/config.ts';
import type { Operation } from './core/model/operation.ts';
import type { DevinTarget } from './devin/target.ts';
import type { EntraOptions } from './directory/entra/options.ts';
import type { DirectorySource } from './directory/source.ts';
import type { Logger } from './lib/log.ts';
import { once } from './lib/once.ts';
import { useProxies } from './lib/proxy.ts';
import { Releasers } from './lib/releasers.ts';
import type { LoopDeps } from './sync/run.ts';

export async function openApp(config: Config, options: AppOptions): Promise<Workbench> {
  const rooms = openRooms(config, options);
  const { describeOperation } = await import('./compose/describe.ts');
  const { host, port, token } = config.server;
  return {
    configFile: config.file,
    stateDir: config.stateDir,
    deciding: {
      settings: config.settings,
      configHash: config.configHash,
      sourceHash: config.sourceHash,
    },
    policy: config.settings.policy,
    server: { url: `http://${isIPv6(host) ? `[${host}]` : host}:${port}`, token },
    loop: rooms.loop,
    writes: async (): Promise<Writes> => (await rooms.writeRoom()).withWriter(),
    deadLetters: async () => (await rooms.writeRoom()).queue,
    journalFile: async () => {
      const room = await rooms.journalRoom();
      return { ...room, anchor: (await rooms.state()).store.anchor.get };
    },
    describe: (operation: Operation): RequestLine => describeOperation(config.devin, operation),
    dumpText: async (parts) => {
      const { dumpText } = await import('./config/dump-text.ts');
      return dumpText(config.file, parts);
    },
    gameday: async (asked, signal) => {
      const { gameday } = await import('./compose/gameday/gameday.ts');
      const { store, sourceHash } = await rooms.loop();
      return gameday(config.settings, await store.snapshots.latest(sourceHash), asked, signal);
    },
    checkup: async function* (signal): AsyncGenerator<Checkup> {
      const { checkup } = await import('./compose/checkup.ts');
      yield* checkup(rooms, signal);
    },
    testMessages: async function* (name, signal) {
      const { sendTest } = await import('./compose/messages.ts');
      yield* sendTest(config, name, signal);
    },
    serve: async (signal): Promise<DaemonHandle> => {
      const { startDaemon } = await import('./compose/daemon.ts');
      return startDaemon(rooms, signal);
    },
    close: () => rooms.releasers.release(),
  };
}

export async function openPlayground(options: {
  people: number;
  install: boolean;
  io: Io;
}): Promise<Playground> {
  const { startPlayground } = await import('./compose/playground.ts');
  return startPlayground(options, openApp);
}

function openRooms(config: Config, options: AppOptions): Rooms {
  const restoreProxies = useProxies(config.proxy);
  const releasers = new Releasers();
  releasers.add('the proxies', async () => restoreProxies());
  // Those of earlier configurations stay: what was logged with one may come late.
  const secrets = new Set(config.secrets);
  const log = once(async () => {
    const { createLogger } = await import('./lib/log.ts');
    const asked = options.logLevel ?? 'warn';
    const level = asked === 'configured' ? config.log.level : asked;
    return createLogger({ level, secrets: () => [...secrets] });
  });
  const state = once(async () => {
    const { openState } = await import('./compose/state-room.ts');
    return openState(config, options, releasers, await log());
  });
  const source = once(() => openSource(config, state));
  const target = once(async () => openTarget(config, await state()));
  const loop = once(async () => loopOf(config, await source(), await target(), await state(), await log()));
  const journalRoom = once(async () => {
    const { openJournalRoom } = await import('./compose/journal-room.ts');
    return openJournalRoom(config, await state(), await log());
  });
  let inUse: DevinTarget | null = null;
  const writeRoom = once(async () => {
    const { openWriteRoom } = await import('./compose/write-room.ts');
    const { following } = await import('./compose/generation.ts');
    const { exportOnce } = await import('./compose/journal-room.ts');
    // Before the writer is taken, so that it is given back after it: the file gets the last write as well.
    releasers.add('the file of the journal', exportOnce(await journalRoom(), await log()));
    const first = await target();
    return openWriteRoom(
      await state(),
      following(() => inUse ?? first),
      releasers,
      await log(),
      config,
    );
  });
  const reopen = async (next: Config): Promise<Generation> => {
    for (const secret of next.secrets) secrets.add(secret);
    const nextTarget = await openTarget(next, await state());
    const nextSource = await openSource(next, state);
    const nextLoop = await loopOf(next, nextSource, nextTarget, await state(), await log());
    return { config: next, loop: nextLoop, target: nextTarget };
  };
  const use = (generation: Generation) => {
    inUse = generation.target;
  };
  const subscriptions = async (entra: EntraOptions) => {
    const { subscriptionKeeper } = await import('./directory/entra/subscriptions.ts');
    return subscriptionKeeper(entra);
  };
  return {
    config,
    subscriptions,
    options,
    releasers,
    log,
    state,
    source,
    target,
    loop,
    journalRoom,
    writeRoom,
    reopen,
    use,
  };
}

async function grantsOf(
  { grantsFile }: Config,
  note: (message: string) => void,
): Promise<Pick<LoopDeps, 'personal'>> {
  if (grantsFile === null) return {};
  const { keptGrantFile } = await import('./config/grant-file.ts');
  return { personal: keptGrantFile(grantsFile, note) };
}

async function openTarget(config: Config, { pace, scimPace }: StateRoom): Promise<DevinTarget> {
  const { makeTarget } = await import('./devin/make-target.ts');
  const declaring = config.settings.organizations.filter(({ repositories }) => repositories !== undefined);
  const repositoriesOf = declaring.map(({ id, name }) => id ?? name);
  return makeTarget({ ...config.devin, repositoriesOf }, { pace }, scimPace ?? pace);
}

async function loopOf(
  config: Config,
  source: DirectorySource,
  target: DevinTarget,
  { store }: StateRoom,
  log: Logger,
): Promise<LoopDeps> {
  const note = (message: string) => log.warn(message);
  return {
    source,
    target,
    store,
    settings: config.settings,
    ...(await grantsOf(config, note)),
    origin: { file: config.file, ruleLines: config.ruleLines },
    devinUrl: config.devin.url,
    configHash: config.configHash,
    sourceHash: config.sourceHash,
    maxPerSecond: config.limits.devin.maxPerSecond,
    clock: Date.now,
    note,
  };
}

async function openSource(
  { directory, fullEveryMs, settings }: Config,
  state: () => Promise<StateRoom>,
): Promise<DirectorySource> {
  const { fullEvery } = await import('./directory/full-every.ts');
  const open = async (source: SourceConfig) =>
    fullEvery(await openOne(source, state), { maxAgeMs: fullEveryMs, clock: Date.now });
  if (directory.kind !== 'several') return open(directory);
  const { mergeSources } = await import('./directory/merge.ts');
  const { normaliseEmail } = await import('./core/identity.ts');
  const sources = directory.sources.map(async (one) => ({
    name: one.name,
    domains: one.domains,
    source: await open(one),
  }));
  return mergeSources({
    sources: await Promise.all(sources),
    authority: directory.authority,
    addressOf: (email) => normaliseEmail(email, settings.domainAliases),
    oneSpelling: Object.keys(settings.domainAliases).length === 0,
  });
}

/** Loads the SDK of this IdP only. */
async function openOne(source: SourceConfig, state: () => Promise<StateRoom>): Promise<DirectorySource> {
  if (source.kind === 'okta') {
    const { createOktaSource } = await import('./directory/okta/source.ts');
    return createOktaSource(source.options);
  }
  if (source.kind === 'entra') {
    const { createEntraSource } = await import('./directory/entra/source.ts');
    return createEntraSource(source.options);
  }
  if (source.kind === 'scim') {
    const { createScimSource } = await import('./directory/scim/source.ts');
    return createScimSource(source.options);
  }
  if (source.kind === 'scim-push') {
    const { createScimPushSource } = await import('./directory/scim-push/source.ts');
    const { pushedTo } = await import('./compose/pushed.ts');
    return createScimPushSource(source.options, pushedTo(await state(), source.options));
  }
  const { createFileSource } = await import('./directory/file/source.ts');
  return createFileSource(source.options);
}
