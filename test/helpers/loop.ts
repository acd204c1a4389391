/** The loop over a world of the core tests and a real store: what actions are given. */

import type { Plan } from '../../src/core/model/change.ts';
import type { DevinTarget } from '../../src/devin/target.ts';
import type { DirectorySource } from '../../src/directory/source.ts';
import type { ReadContext } from '../../src/lib/reading.ts';
import type { Store } from '../../src/state/store.ts';
import { type LoopDeps, takeTurn } from '../../src/sync/run.ts';
import type { World } from './world.ts';

export const CONTEXT: ReadContext = { signal: new AbortController().signal, onProgress: () => {} };

export function loopOf(of: World, store: Store): LoopDeps {
  const source: Partial<DirectorySource> = {
    tenant: async () => 'okta:00o1corp',
    read: async () => of.directory(),
    confirm: async (questions) => of.ask(questions),
  };
  const target: Partial<DevinTarget> = {
    identify: async () => ({ id: 'svc-sync', name: 'sync' }),
    read: async () => of.devin(),
  };
  return {
    source: source as DirectorySource,
    target: target as DevinTarget,
    store,
    settings: of.settings,
    devinUrl: 'https://api.example.com',
    configHash: of.configHash,
    sourceHash: 'source',
    note: () => {},
    maxPerSecond: 5,
    clock: () => of.now,
  };
}

/** One turn of the loop: the plan is stored, and so is what it leaves in memory. */
export async function turn(loop: LoopDeps): Promise<Plan> {
  return (await takeTurn(loop, CONTEXT)).decision.plan;
}
