/** Everything that is made of one configuration and can be made again while the daemon runs. */
import type { Config } from '../config/config.ts';
import type { DevinTarget } from '../devin/target.ts';
import type { LoopDeps } from '../sync/run.ts';

export interface Generation {
  readonly config: Config;
  readonly loop: LoopDeps;
  readonly target: DevinTarget;
}

/** A target that stands for whichever is in use, for a writer that outlives configurations. */
export function following(current: () => DevinTarget): DevinTarget {
  return {
    identify: (signal) => current().identify(signal),
    probe: (signal) => current().probe(signal),
    read: (context) => current().read(context),
    describe: (operation, resolver) => current().describe(operation, resolver),
    apply: (operation, resolver, signal) => current().apply(operation, resolver, signal),
    readBack: (operation, resolver, signal) => current().readBack(operation, resolver, signal),
    keyEnd: async (signal) => (await current().keyEnd?.(signal)) ?? null,
    check: (signal) => current().check(signal),
  };
}
