/**
 * Deliveries of directories become runs. What is to be looked at waits in Redis for a moment, so that a burst is
 * one run, whichever replicas took it, and nothing is lost with a replica that ends in between.
 */

import type { Config } from '../config/config.ts';
import type { RunScope, RunTrigger } from '../core/model/run.ts';
import { answerHandshake, parseDelivery as parseGraph } from '../directory/entra/change-notification.ts';
import { answerChallenge, isFromOkta, parseDelivery as parseOkta } from '../directory/okta/event-hook.ts';
import { keyspace } from '../lib/keyspace.ts';
import type { Logger } from '../lib/log.ts';
import type { Metrics } from '../lib/metrics.ts';
import type { HookAnswer, HookReceivers } from '../server/hooks.ts';
import { EVERYTHING, openNoted, watchLeft } from './noted.ts';
import type { StateRoom } from './state-room.ts';

export interface HooksDeps {
  readonly state: Pick<StateRoom, 'connections' | 'store'>;
  readonly log: Logger;
  readonly metrics: Metrics;
  readonly config: () => Config;
  readonly requestRun: (trigger: RunTrigger) => Promise<unknown>;
  /** Graph says that a subscription has to be made or renewed. */
  readonly onLifecycle: () => void;
  readonly clock: () => number;
}

export interface Hooks {
  readonly receivers: HookReceivers;
  close(): Promise<void>;
}

/** More people than this are one run about everybody: its reading is cheap as well. */
const FEW = 3;
/** After a failure of Redis or of the queue. */
const AGAIN_MS = 1_000;

const TAKEN: HookAnswer = { status: 204, type: null, body: '' };
const ACCEPTED: HookAnswer = { status: 202, type: null, body: '' };
const NONSENSE: HookAnswer = { status: 400, type: null, body: '' };
const STRANGER: HookAnswer = { status: 401, type: null, body: '' };

export async function openHooks(deps: HooksDeps): Promise<Hooks> {
  const { metrics, config } = deps;
  const dirty = await dirtySet(deps);
  const count = (receiver: string, outcome: string) => metrics.hooks.inc({ receiver, outcome });
  const receivers: HookReceivers = {
    oktaCheck: (challenge) => {
      if (config().server.hooks.okta === undefined) return null;
      const known = answerChallenge(challenge);
      return known === null
        ? NONSENSE
        : { status: 200, type: 'application/json', body: JSON.stringify(known) };
    },
    okta: async ({ authorization, body }) => {
      const hook = config().server.hooks.okta;
      if (hook === undefined) return null;
      const trusted = isFromOkta(authorization, hook.secret);
      const delivery = trusted ? parseOkta(body) : null;
      count('okta', delivery === null ? 'refused' : 'taken');
      if (!trusted) return STRANGER;
      if (delivery === null) return NONSENSE;
      const { eventIds, people, groups } = delivery;
      const nameless = eventIds.length > 0 && people.length === 0 && groups.length === 0;
      await dirty.add('Okta event hook', people, groups, nameless);
      return TAKEN;
    },
    graph: async ({ body }, validationToken) => {
      const hook = config().server.hooks.entra;
      if (hook === undefined) return null;
      const handshake = answerHandshake(validationToken ?? null);
      if (handshake !== null) return { status: 200, type: handshake.contentType, body: handshake.body };
      const deliveries = tenantsOf(config()).map((tenantId) =>
        parseGraph(body, { clientState: hook.clientState, tenantId }),
      );
      const known = deliveries.filter((delivery) => delivery !== null);
      if (known.length === 0) {
        count('graph', 'refused');
        return NONSENSE;
      }
      count(
        'graph',
        known.some(({ users, groups, lifecycle }) => users.length + groups.length + lifecycle.length > 0)
          ? 'taken'
          : 'refused',
      );
      if (known.some(({ lifecycle }) => lifecycle.length > 0)) deps.onLifecycle();
      const people = known.flatMap(({ users }) => users);
      await dirty.add(
        'Graph notification',
        people,
        known.flatMap(({ groups }) => groups),
        false,
      );
      return ACCEPTED;
    },
  };
  return { receivers, close: dirty.close };
}

function tenantsOf({ directory }: Config): string[] {
  const sources = directory.kind === 'several' ? directory.sources : [directory];
  return sources.flatMap((source) => (source.kind === 'entra' ? [source.options.tenantId] : []));
}

async function dirtySet(deps: HooksDeps) {
  const { state, config, log, clock } = deps;
  const { producer, prefix } = state.connections;
  const noted = openNoted(producer, keyspace(prefix)('hooks', 'noted'));
  let timer: NodeJS.Timeout | null = null;
  let since = 0;
  let by = 'directory';
  let turn: Promise<void> = Promise.resolve();
  let closed = false;
  const flush = async (at: number) => {
    const seen = await noted.all();
    const scopes = await scopesOf(deps, Object.keys(seen));
    for (const scope of scopes) await deps.requestRun({ kind: 'event', scope, by, at });
    if (scopes.length > 0) await noted.done(seen);
  };
  const look = () => {
    timer = null;
    const at = since;
    turn = turn
      .then(() => flush(at))
      .catch((error) => {
        log.error({ err: error }, 'hooks');
        arm(AGAIN_MS);
        since = at;
      });
  };
  const arm = (ms = config().server.hooks.windowSeconds * 1000) => {
    if (timer !== null || closed) return;
    since = clock();
    timer = setTimeout(look, ms);
  };
  // What a replica that ended has left.
  if (Object.keys(await noted.all()).length > 0) arm();
  const unwatch = watchLeft(
    noted,
    () => arm(),
    (error) => log.error({ err: error }, 'hooks'),
  );
  return {
    add: async (from: string, people: readonly string[], groups: readonly string[], nameless: boolean) => {
      const members = [...people.map((id) => `person ${id}`), ...groups.map((id) => `group ${id}`)];
      if (nameless) members.splice(0, members.length, EVERYTHING);
      if (members.length === 0) return;
      by = from;
      await noted.add(members);
      arm();
    },
    close: async () => {
      closed = true;
      unwatch();
      if (timer !== null) {
        clearTimeout(timer);
        look();
      }
      await turn;
    },
  };
}

/** Few people, or one group: a run about each. Else, and for whoever the ledger does not know yet: about everything. */
async function scopesOf({ state }: HooksDeps, members: readonly string[]): Promise<RunScope[]> {
  if (members.length === 0) return [];
  const ids = (kind: string) =>
    members.filter((one) => one.startsWith(`${kind} `)).map((one) => one.slice(kind.length + 1));
  const people = ids('person');
  const groups = ids('group');
  if (members.includes(EVERYTHING) || people.length + groups.length > FEW || groups.length > 1) return [{}];
  const { people: known } = await state.store.memory.rows({ people, groups: [], approvals: [] });
  if (known.length < people.length) return [{}];
  return [...known.map(({ email }) => ({ user: email })), ...groups.map((group) => ({ group }))];
}
