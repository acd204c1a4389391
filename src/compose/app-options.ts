/** What the command line decides about an app, beside the configuration. */
import type { Io } from '../cli/io.ts';
import type { Config } from '../config/config.ts';

export interface AppOptions {
  readonly io: Io;
  /** May a missing Redis be installed through the package manager? */
  readonly install: boolean;
  /** Reads the configuration again, from where it came; absent: it cannot change. @throws ConfigError */
  readonly reload?: () => Config;
  /** Over the configuration's; commands of a person are silent unless told. */
  readonly logLevel: Config['log']['level'] | 'configured' | undefined;
}
