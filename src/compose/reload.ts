/** Another configuration while the daemon runs: used from the next run on, or refused whole and said so. */
import type { Config } from '../config/config.ts';
import { ConfigError, errorText } from '../lib/errors.ts';
import type { Logger } from '../lib/log.ts';
import type { Generation } from './generation.ts';
import { keepFixed } from './keep-fixed.ts';
import type { Rooms } from './rooms.ts';
import { watchFiles } from './watch-files.ts';

/** What became of the newest configuration. */
export interface ReloadState {
  /** Epoch ms since which the configuration in use is in use. */
  readonly since: number;
  /** Why a newer one is not in use; null: there is none. */
  readonly refused: { readonly at: number; readonly problems: readonly string[] } | null;
  /** Keys that were changed and count only after a restart. */
  readonly needsRestart: readonly string[];
}

export interface Live {
  current(): Generation;
  reloadState(): ReloadState;
  /** Reads it again now. Never throws. */
  reload(why: string): Promise<void>;
}

export interface LiveDeps {
  readonly rooms: Rooms;
  readonly log: Logger;
  readonly clock: () => number;
  /** `TenantPair.devin` of the last plan; null: there is none. */
  readonly boundDevin: () => Promise<string | null>;
  /** Puts a good one to use. @throws ConfigError when a part of the daemon cannot use it. */
  readonly adopt: (generation: Generation) => Promise<void>;
  readonly told: (result: 'used' | 'refused', problems: readonly string[]) => Promise<void>;
  readonly everyMs?: number;
}

const LOOK_MS = 5_000;
const AGAIN_MS = 60_000;
const IDENTIFY_MS = 30_000;

export async function openLive(first: Generation, deps: LiveDeps): Promise<Live> {
  const { rooms, log, clock } = deps;
  let generation = first;
  let state: ReloadState = { since: clock(), refused: null, needsRestart: [] };
  const load = rooms.options.reload;
  const take = async (why: string): Promise<void> => {
    if (load === undefined) return;
    const said = JSON.stringify(state.refused?.problems ?? null);
    try {
      const { config, kept } = keepFixed(first.config, load());
      const next = await rooms.reopen(config);
      await refuseOther(generation, next, deps);
      await deps.adopt(next);
      rooms.use(next);
      generation = next;
      state = { since: clock(), refused: null, needsRestart: kept };
      log.info({ why, config: config.configHash, needsRestart: kept }, 'configuration reloaded');
    } catch (error) {
      const problems = error instanceof ConfigError ? error.problems : [errorText(error)];
      state = { ...state, refused: { at: clock(), problems } };
      // Tried again every minute; said once.
      if (JSON.stringify(problems) === said) return;
      log.error({ why, problems }, 'the changed configuration cannot be used; the one before stays in use');
    }
    await deps.told(state.refused === null ? 'used' : 'refused', state.refused?.problems ?? []);
  };
  let turn: Promise<void> = Promise.resolve();
  const reload = (why: string): Promise<void> => {
    turn = turn.then(() => take(why)).catch((error) => log.error({ err: error }, 'reload'));
    return turn;
  };
  if (load !== undefined) await startLooking(deps, { reload, current: () => generation, state: () => state });
  return { current: () => generation, reloadState: () => state, reload };
}

interface Looking {
  readonly reload: (why: string) => Promise<void>;
  readonly current: () => Generation;
  readonly state: () => ReloadState;
}

async function startLooking({ rooms, everyMs = LOOK_MS }: LiveDeps, live: Looking): Promise<void> {
  const onSignal = () => void live.reload('SIGHUP');
  process.on('SIGHUP', onSignal);
  rooms.releasers.add('the SIGHUP handler', () => process.off('SIGHUP', onSignal));
  const watch = await watchFiles({
    files: () => filesOf(live.current().config),
    onChange: () => live.reload('its files changed'),
    everyMs,
  });
  rooms.releasers.add('the watch over the configuration', () => watch.close());
  // What failed may depend on more than the files that are watched: on Devin, or on a file that only the new one names.
  const again = setInterval(() => {
    if (live.state().refused !== null) void live.reload('trying again');
  }, AGAIN_MS).unref();
  rooms.releasers.add('the reload timer', () => clearInterval(again));
}

function filesOf({ file, secretFiles }: Config): string[] {
  return [file, ...secretFiles.map((secret) => secret.file)];
}

/** A new key must be the old service user's: state, plans and approvals are bound to it. A dead one is refused. */
async function refuseOther(before: Generation, next: Generation, deps: LiveDeps): Promise<void> {
  if (before.config.devin.key === next.config.devin.key) return;
  const { id } = await next.target.identify(AbortSignal.timeout(IDENTIFY_MS));
  const bound = await deps.boundDevin();
  const now = `${next.config.devin.url} as ${id}`;
  if (bound === null || bound === now) return;
  throw new ConfigError([
    `devin.key is a key of ${now}, and the state belongs to ${bound}: use a new key of the same service user, or another state`,
  ]);
}
