/** What the loop needs of a store, kept in variables: a thousand runs of a property want no Redis. */
import type { DirectorySnapshot } from '../../src/core/model/directory.ts';
import { EMPTY_MEMORY, type Memory } from '../../src/core/model/memory.ts';
import type { Store } from '../../src/state/store.ts';

export interface MemoryOnly {
  readonly store: Store;
  memory: Memory;
  /** The reading that a cheap turn goes on from. */
  snapshot: DirectorySnapshot | null;
}

export function memoryOnly(memory: Memory = EMPTY_MEMORY): MemoryOnly {
  const kept: { memory: Memory; snapshot: DirectorySnapshot | null } = { memory, snapshot: null };
  const store = {
    memory: {
      load: async () => kept.memory,
      save: async (_before: Memory, after: Memory) => {
        kept.memory = after;
      },
    },
    // What was planned before only spares a question about what removals mean.
    plans: { put: async () => {}, latest: async () => null, get: async () => null },
    standing: { put: async () => {}, get: async () => null },
    snapshots: {
      latest: async () => kept.snapshot,
      put: async (snapshot: DirectorySnapshot) => {
        kept.snapshot = snapshot;
      },
    },
  };
  return Object.assign(kept, { store: store as unknown as Store });
}
