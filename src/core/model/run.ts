/** One turn of the loop as everybody outside it sees it: who asked, how far it is, and how it ended. */
import type { TenantPair } from './change.ts';
import type { RunScope } from './run-scope.ts';
import type { PolicyLevel, ResourceKind } from './settings.ts';

export type { RunScope } from './run-scope.ts';

/** Why there is a run. Triggers of one kind and scope that wait at the same time are one run. */
export interface RunTrigger {
  readonly kind: 'schedule' | 'manual' | 'event';
  readonly scope: RunScope;
  /** Who asked: `token:` and its name, the OS user, `schedule`, or the source of an event. */
  readonly by: string;
  /** Epoch ms. */
  readonly at: number;
}

/**
 * `queued` waits for its turn · `reading` reads and decides · `planned` its plan is stored · `applying` its writes
 * are under way · `done` nothing is left of it: every write that was allowed is settled, also where some failed
 * (see `writes`) · `failed` it ended with `error` before it had a plan.
 */
export type RunState = 'queued' | 'reading' | 'planned' | 'applying' | 'done' | 'failed';

/** Changes of the plan by verdict, and access that stays through groups. */
export interface RunSummary {
  readonly ready: number;
  readonly held: number;
  readonly waiting: number;
  readonly barred: number;
  readonly residual: number;
}

/** What a run does at the moment, e.g. `Okta groups`, 12 of 40. */
export interface RunStep {
  readonly what: string;
  readonly done: number;
  /** null while the end is not known. */
  readonly total: number | null;
  /** Until this collection is read; null or absent while nobody can say. */
  readonly etaSeconds?: number | null;
}

/** How far the writes of one plan are, in operations. */
export interface WriteProgress {
  readonly total: number;
  readonly done: number;
  readonly failed: number;
  /** Not carried out: superseded by a newer plan, or their grant failed. */
  readonly skipped: number;
  readonly inFlight: number;
  /** In words: why nothing moves just now (a pause, a Retry-After, an open breaker); null while it moves. */
  readonly waiting: string | null;
  readonly etaSeconds: number | null;
}

export interface RunRecord {
  readonly id: string;
  readonly trigger: RunTrigger;
  readonly state: RunState;
  /** Epoch ms; null while it is queued. */
  readonly startedAt: number | null;
  /** Epoch ms at which it became `done` or `failed`. */
  readonly endedAt: number | null;
  readonly planId: string | null;
  readonly summary: RunSummary | null;
  readonly step: RunStep | null;
  /** null until its plan was given to the writers. */
  readonly writes: WriteProgress | null;
  readonly error: string | null;
}

/**
 * Something about a run moved. Every event carries the whole record, so that a listener which missed some needs
 * only the next one. `settled` is the last event of a run.
 */
export interface RunEvent {
  readonly kind: 'state' | 'progress' | 'settled';
  readonly run: RunRecord;
}

/** The daemon at a glance. */
export interface StatusView {
  readonly version: string;
  /** Epoch ms. */
  readonly startedAt: number;
  readonly tenants: TenantPair | null;
  readonly configHash: string;
  readonly policy: Readonly<Record<ResourceKind, PolicyLevel>>;
  /** Writes are paused, by whom and since when (epoch ms). */
  readonly paused: { readonly by: string; readonly at: number } | null;
  /** The run in hand. */
  readonly current: RunRecord | null;
  /** The newest run that has ended, and the newest that ended `done`. */
  readonly last: RunRecord | null;
  readonly lastSuccessAt: number | null;
  readonly nextRunAt: number | null;
  /** What the newest plan says of both sides, and what it would cost; absent before the first plan. */
  readonly sides?: {
    readonly planId: string;
    readonly people: number;
    readonly users: number;
    /** Users whose access was given by others. */
    readonly foreign: number;
    readonly writes: number;
    readonly proofs: number;
    readonly perSecond: number | null;
    readonly etaSeconds: number | null;
  };
  /** The configuration in use, and what became of a newer one; absent where it cannot change. */
  readonly configuration?: {
    /** Epoch ms since which it is in use. */
    readonly since: number;
    /** Why a newer one is not in use; null: there is none. */
    readonly refused: { readonly at: number; readonly problems: readonly string[] } | null;
    /** Keys that were changed and count only after a restart. */
    readonly needsRestart: readonly string[];
  };
  /** How messages reach the people who are to be told. */
  readonly webhooks?: readonly {
    readonly name: string;
    readonly kind: 'slack' | 'signed';
    readonly deliveredAt: number | null;
    /** Why it does not take messages just now; null while it does, or was never tried. */
    readonly failing: string | null;
    readonly failedAt: number | null;
  }[];
}

/** True once a run changes no more. */
export function isSettled(run: RunRecord): boolean {
  return run.state === 'done' || run.state === 'failed';
}

/** True of a run about everything: what it found says how both sides stand. */
export function isWhole({ trigger }: RunRecord): boolean {
  return Object.keys(trigger.scope).length === 0;
}

/** A run that waits for its turn. */
export function queuedRun(id: string, trigger: RunTrigger): RunRecord {
  return {
    id,
    trigger,
    state: 'queued',
    startedAt: null,
    endedAt: null,
    planId: null,
    summary: null,
    step: null,
    writes: null,
    error: null,
  };
}
