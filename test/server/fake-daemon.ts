/** A daemon without any room behind it: runs live in a map, and the test moves them. */
import { hash } from 'node:crypto';
import { EventEmitter, on } from 'node:events';
import type { Plan } from '../../src/core/model/change.ts';
import type { RunEvent, RunRecord, RunTrigger, StatusView } from '../../src/core/model/run.ts';
import type { ServerDeps } from '../../src/server/deps.ts';

export const SECRET = 'correct-horse-battery-staple';
export const TOKEN = { name: 'ci', hash: hash('sha256', SECRET) };
export const BEARER = { authorization: `Bearer ${SECRET}` };
export const PLAN_ID = 'a1b2c3d4'.repeat(8);

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

export class FakeDaemon {
  readonly runs = new Map<string, RunRecord>();
  readonly triggers: RunTrigger[] = [];
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
      getPlan: async (id) => (PLAN_ID.startsWith(id) ? ({ id: PLAN_ID } as Plan) : null),
      renderPlan: (plan, format) => [`${format} of `, plan.id],
      status: async () => STATUS,
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
