/** What the SCIM endpoint gets: rooms whose changes ask for runs, tokens, pace and counting. */
import { emailOf } from '../directory/scim/schema.ts';
import type { Metrics } from '../lib/metrics.ts';
import type { ScimDeps, ScimObject, ScimStore, ScimType } from '../lib/scim/store.ts';
import type { PushedSubject, PushTriggers } from './push-triggers.ts';
import type { Pushed } from './pushed.ts';

export function scimDeps(pushed: Pushed, triggers: Pick<PushTriggers, 'note'>, metrics: Metrics): ScimDeps {
  return {
    allows: (source, bearer) => pushed.allows(source, bearer),
    of: (source) => {
      const shelf = pushed.get(source);
      return shelf === null ? null : noted(shelf.room, (subject) => triggers.note(source, subject));
    },
    busy: (source) => pushed.busy(source),
    answered: (source, type, method, status) => {
      // Names come from strangers as well, and each would be a time series of its own.
      const known = pushed.get(source) === null ? 'unknown' : source;
      metrics.scimRequests.inc({ source: known, type, method, status: String(status) });
    },
  };
}

/** The same store; each change is noted once it is stored. */
function noted(store: ScimStore, note: (subject: PushedSubject) => Promise<void>): ScimStore {
  return {
    ...store,
    create: async (type, write) => {
      const answer = await store.create(type, write);
      if (answer.outcome === 'done') await note(subjectOf(type, answer.resource.body));
      return answer;
    },
    update: async (type, id, expected, write) => {
      const answer = await store.update(type, id, expected, write);
      if (answer.outcome === 'done' && answer.changed) await note(subjectOf(type, answer.resource.body));
      return answer;
    },
    remove: async (type, id, expected) => {
      const before = await store.get(type, id);
      const answer = await store.remove(type, id, expected);
      if (answer.outcome === 'done') await note(subjectOf(type, before?.body ?? {}));
      return answer;
    },
  };
}

function subjectOf(type: ScimType, body: ScimObject): PushedSubject {
  if (type === 'Group') {
    const { displayName } = body;
    return typeof displayName === 'string' && displayName !== ''
      ? { kind: 'group', name: displayName }
      : { kind: 'everything' };
  }
  const email = emailOf(body as Parameters<typeof emailOf>[0]);
  return email === null ? { kind: 'everything' } : { kind: 'user', email };
}
