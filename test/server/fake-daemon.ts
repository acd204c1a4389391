/** A daemon without any room behind it: runs live in a map, and the test moves them. */
import { hash } from 'node:crypto';
import { EventEmitter, on } from 'node:events';
import type { DecisionRequest, DecisionResult } from '../../src/actions/decisions.ts';
import type { GroupPeople, GroupPerson } from '../../src/actions/group-people.ts';
import type { PlacesView } from '../../src/actions/places.ts';
import type { RemoteRollback } from '../../src/actions/rollback.ts';
import type { WhatIfAnswer, WhatIfRequest } from '../../src/actions/what-if.ts';
import { proposalOf } from '../../src/config/proposed.ts';
import type { Plan } from '../../src/core/model/change.ts';
import type { RunEvent, RunRecord, RunTrigger, StatusView } from '../../src/core/model/run.ts';
import { ConfigError } from '../../src/lib/errors.ts';
import type { DeadLetterRequest, ServerDeps } from '../../src/server/deps.ts';
import type { HookAnswer } from '../../src/server/hooks.ts';
import type { JournalRow, OperationOutcome } from '../../src/server/records.ts';
import type { Role } from '../../src/server/roles.ts';
import { parse, yaml } from '../config/helper.ts';
import { ana, change, describeRequest, mixed, plan as samplePlan } from '../report/sample-plans.ts';

export const SECRET = 'correct-horse-battery-staple';
export const TOKEN = { name: 'ci', role: 'approver' as Role, hash: hash('sha256', SECRET) };
export const BEARER = { authorization: `Bearer ${SECRET}` };
export const PLAN_ID = 'a1b2c3d4'.repeat(8);

const CONFIG = parse(yaml());

const TRIGGER: RunTrigger = { kind: 'schedule', scope: {}, by: 'schedule', at: 1_790_000_000_000 };

export function runRecord(id: string, changes: Partial<RunRecord> = {}): RunRecord {
  return {
    id,
    trigger: TRIGGER,
    state: 'queued',
    startedAt: null,
    endedAt: null,
    planId: null,
    summary: null,
    step: null,
    writes: null,
    error: null,
    ...changes,
  };
}

export const DONE: Partial<RunRecord> = {
  state: 'done',
  startedAt: 1_790_000_000_100,
  endedAt: 1_790_000_009_000,
  planId: PLAN_ID,
  summary: { ready: 3, held: 1, waiting: 0, barred: 0, residual: 2 },
  writes: { total: 3, done: 3, failed: 0, skipped: 0, inFlight: 0, waiting: null, etaSeconds: 0 },
};

export const FAILED: OperationOutcome = {
  opKey: 'op-1',
  state: 'failed',
  at: 1_790_000_005_000,
  attempts: 3,
  status: 403,
  reason: 'Devin answered 403: the key lacks the permission ManageMembers',
};

export function journalRow(id: number, rest: Partial<JournalRow>): JournalRow {
  return {
    id: String(id),
    at: 1_790_000_000_000 + id,
    kind: 'write',
    planId: PLAN_ID,
    opKey: null,
    item: null,
    subject: null,
    actor: null,
    before: null,
    after: null,
    request: null,
    outcome: null,
    reason: null,
    ...rest,
  };
}

function hookAnswer(status: HookAnswer['status'], body = ''): HookAnswer {
  const text = body.startsWith('{') ? 'application/json' : 'text/plain; charset=utf-8';
  return { status, type: body === '' ? null : text, body };
}

export class FakeDaemon {
  readonly runs = new Map<string, RunRecord>();
  readonly triggers: RunTrigger[] = [];
  readonly sessions = new Map<string, string>();
  readonly plans = new Map<string, Plan>();
  readonly outcomes = new Map<string, OperationOutcome>();
  readonly journal: JournalRow[] = [];
  readonly approved: DecisionRequest[] = [];
  readonly rollbacks: RemoteRollback[] = [];
  readonly rejected: DecisionRequest[] = [];
  readonly whatIfs: WhatIfRequest[] = [];
  readonly letters: ({ what: 'retry' | 'discard' } & DeadLetterRequest)[] = [];
  /** Of the group 00gpay. */
  people: readonly GroupPerson[] = Array.from({ length: 250 }, (_, at) => ({
    id: `00u${at}`,
    email: `person-${String(at).padStart(3, '0')}@corp.example`,
    name: `<b>Person</b> ${at}`,
    status: at % 50 === 1 ? 'deactivated' : 'active',
    through: at % 2 === 0 ? null : 'devin-squad',
  }));
  places: PlacesView = { at: null, planId: null, orgs: [], groups: [] };
  paused: StatusView['paused'] = null;
  /** Open subscriptions, to see that they end. */
  listening = 0;
  readonly #moves = new EventEmitter();

  /** Stores the record and tells whoever listens. */
  move(id: string, changes: Partial<RunRecord>, kind: RunEvent['kind'] = 'state'): void {
    const run = { ...(this.runs.get(id) ?? runRecord(id)), ...changes };
    this.runs.set(id, run);
    this.#moves.emit(id, { kind, run } satisfies RunEvent);
  }

  settle(id: string): void {
    this.move(id, DONE, 'settled');
  }

  async *subscribe(id: string, signal: AbortSignal): AsyncGenerator<RunEvent> {
    this.listening++;
    try {
      const moves = on(this.#moves, id, { signal });
      const run = this.runs.get(id) as RunRecord;
      const kind = run.endedAt === null ? 'state' : 'settled';
      yield { kind, run };
      if (kind === 'settled') return;
      for await (const [event] of moves) yield event as RunEvent;
    } catch (error) {
      if (!signal.aborted) throw error;
    } finally {
      this.listening--;
    }
  }

  #decide(kind: 'approve' | 'reject', seen: DecisionRequest[], request: DecisionRequest): DecisionResult {
    seen.push(request);
    const plan = this.plans.get(request.planId);
    const held = (plan?.changes ?? []).filter(({ verdict }) => verdict.state === 'held');
    const items = request.items === 'held' ? held.map(({ key }) => key) : request.items;
    const done = items.map((item) => {
      const change = held.find(({ key }) => key === item);
      if (change === undefined) throw new ConfigError([`the plan has no item "${item}"`]);
      return { item, subject: change.subject.label };
    });
    for (const { item, subject } of done) {
      const entry = { kind, item, subject, actor: request.by, reason: request.why, planId: request.planId };
      this.journal.push(journalRow(this.journal.length + 1, entry));
    }
    return { planId: request.planId, done, half: [], left: [] };
  }

  #people(id: string, search: string): GroupPeople | null {
    if (id !== '00gpay') return null;
    const people = this.people.filter(({ email }) => email?.includes(search) === true);
    return { at: 1_790_000_000_000, hidden: false, people };
  }

  /** The configuration is judged as it really is; whatever is one asks for one change less and one more. */
  #judge(request: WhatIfRequest): WhatIfAnswer {
    this.whatIfs.push(request);
    const answer = proposalOf(request, CONFIG);
    if ('problems' in answer) return { state: 'refused', problems: answer.problems };
    const { keys, configHash } = answer.proposal;
    const current = mixed();
    const [, ...rest] = current.changes;
    const changes = [...rest, change('invite', 'newcomer@corp.example')];
    return { state: 'judged', keys, current, proposed: { ...current, configHash, changes } };
  }

  #letters(what: 'retry' | 'discard', request: DeadLetterRequest): number {
    const chosen = request.opKeys ?? [...this.outcomes.keys()];
    for (const key of chosen)
      if (!this.outcomes.delete(key)) throw new ConfigError([`operation ${key} did not fail`]);
    this.letters.push({ what, ...request });
    return chosen.length;
  }

  deps(changes: Partial<ServerDeps> = {}): ServerDeps {
    return {
      version: '1.2.3',
      tokens: () => [TOKEN],
      metricsOpen: false,
      requestRun: async (trigger) => {
        this.triggers.push(trigger);
        const id = `run-${this.triggers.length}`;
        this.move(id, { trigger });
        return id;
      },
      getRun: async (id) => this.runs.get(id) ?? null,
      listRuns: async (limit) => [...this.runs.values()].reverse().slice(0, limit),
      subscribeRun: (id, signal) => this.subscribe(id, signal),
      asLetGo: async (plan) => plan,
      getPlan: async (id) =>
        [...this.plans.values()].find((one) => one.id.startsWith(id)) ??
        (PLAN_ID.startsWith(id) ? samplePlan({ id: PLAN_ID }) : null),
      renderPlan: (plan, format) => [`${format} of `, plan.id],
      listPlans: async (limit) =>
        [...this.plans.values()].slice(0, limit).map(({ id, createdAt, changes, operations }) => ({
          id,
          createdAt,
          changes: changes.length,
          operations: operations.length,
        })),
      describe: describeRequest,
      outcomes: async (_planId, opKeys) => opKeys.map((key) => this.outcomes.get(key) ?? null),
      failures: async () => [...this.outcomes.values()].filter(({ state }) => state === 'failed'),
      retry: async (request) => this.#letters('retry', request),
      discard: async (request) => this.#letters('discard', request),
      journal: async ({ after, limit }) =>
        this.journal.filter(({ id }) => after === undefined || Number(id) > Number(after)).slice(0, limit),
      explain: async () => ana(),
      history: async () => ana().writes,
      whatIf: async (request) => this.#judge(request),
      rollback: async (request) => {
        this.rollbacks.push(request);
        if (!this.runs.has(request.of)) throw new ConfigError([`${request.of} has written nothing`]);
        const plan = samplePlan({ id: PLAN_ID, only: { rollback: request.of } });
        if (request.plan === null) return { state: 'declined', plan };
        if (!plan.id.startsWith(request.plan)) throw new ConfigError(['it has changed since']);
        const run = `rollback-of-${request.of}`;
        this.move(run, { planId: PLAN_ID });
        return { state: 'given', plan, run, held: 1 };
      },
      approve: async (decision) => this.#decide('approve', this.approved, decision),
      reject: async (decision) => this.#decide('reject', this.rejected, decision),
      pause: async ({ by }) => {
        this.paused = { by, at: 1_790_000_000_000 };
      },
      resume: async () => {
        this.paused = null;
      },
      sessions: {
        secret: 'a secret of at least thirty-two characters',
        get: async (id) => this.sessions.get(id) ?? null,
        set: async (id, text) => void this.sessions.set(id, text),
        delete: async (id) => void this.sessions.delete(id),
      },
      hooks: {
        oktaCheck: (challenge) =>
          hookAnswer(challenge === undefined ? 400 : 200, JSON.stringify({ verification: challenge })),
        okta: async ({ authorization }) => hookAnswer(authorization === SECRET ? 204 : 401),
        graph: async (_delivery, token) => (token === undefined ? hookAnswer(202) : hookAnswer(200, token)),
      },
      places: async () => this.places,
      orgPeople: async (id, search) => ({
        at: 1_790_000_000_000,
        people: this.people
          .filter(({ email }) => id === 'org-payments' && email?.includes(search) === true)
          .map(({ status: _status, ...person }) => ({ ...person, role: 'Member' })),
      }),
      groupPeople: async (id, search) => this.#people(id, search),
      configuration: () => 'devin:\n  key: (secret)\n',
      status: async () => ({ ...STATUS, paused: this.paused }),
      ready: async () => [{ name: 'redis', ok: true, detail: 'answers' }],
      metrics: async () => 'devin_idp_sync_runs_total 1\n',
      ...changes,
    };
  }
}

export const STATUS: StatusView = {
  version: '1.2.3',
  startedAt: 1_790_000_000_000,
  tenants: { directory: 'okta:corp.example', devin: 'https://api.devin.example/u-1' },
  configHash: 'c0ffee',
  policy: { users: 'leavers', groups: 'observe', memberships: 'full', organizations: 'observe' },
  paused: null,
  current: null,
  last: runRecord('run-0', DONE),
  lastSuccessAt: 1_790_000_009_000,
  nextRunAt: 1_790_000_900_000,
};
