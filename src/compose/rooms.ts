/** What compose functions get: the rooms of one configuration, opened on first use by `app.ts`. */
import type { Config } from '../config/config.ts';
import type { DevinTarget } from '../devin/target.ts';
import type { EntraOptions } from '../directory/entra/options.ts';
import type { KeepSubscriptions } from '../directory/entra/subscriptions.ts';
import type { DirectorySource } from '../directory/source.ts';
import type { Logger } from '../lib/log.ts';
import type { Releasers } from '../lib/releasers.ts';
import type { LoopDeps } from '../sync/run.ts';
import type { AppOptions } from './app-options.ts';
import type { Generation } from './generation.ts';
import type { JournalRoom } from './journal-room.ts';
import type { StateRoom } from './state-room.ts';
import type { WriteRoom } from './write-room.ts';

/** Rooms of one configuration, as compose functions see them. */
export interface Rooms {
  readonly config: Config;
  readonly options: AppOptions;
  readonly releasers: Releasers;
  readonly log: () => Promise<Logger>;
  readonly state: () => Promise<StateRoom>;
  readonly source: () => Promise<DirectorySource>;
  readonly target: () => Promise<DevinTarget>;
  /** Loads the SDK of Entra. */
  readonly subscriptions: (options: EntraOptions) => Promise<KeepSubscriptions>;
  readonly loop: () => Promise<LoopDeps>;
  readonly journalRoom: () => Promise<JournalRoom>;
  readonly writeRoom: () => Promise<WriteRoom>;
  /** What is made of another configuration, on the same state. @throws ConfigError when it cannot be used. */
  readonly reopen: (config: Config) => Promise<Generation>;
  /** From now on writers send with this one's key. */
  readonly use: (generation: Generation) => void;
}
