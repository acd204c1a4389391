/** Whom events are about. An event is a hint that something is worth asking for again, never the answer. */
import type { OktaEvent } from './schema.ts';

/** IdP ids; each once. */
export interface Dirty {
  readonly users: Set<string>;
  readonly groups: Set<string>;
}

export function nobodyDirty(): Dirty {
  return { users: new Set(), groups: new Set() };
}

/** Adds whom the events are about. A membership is asked of its group, so its user is not asked for. */
export function noteDirty(dirty: Dirty, events: readonly OktaEvent[]): void {
  for (const { eventType, target } of events) {
    const ofGroup = eventType.startsWith('group.');
    for (const { id, type } of target ?? []) {
      if (id == null || id === '') continue;
      if (type === 'UserGroup') dirty.groups.add(id);
      if (type === 'User' && !ofGroup) dirty.users.add(id);
    }
  }
}
