/** What the HTTP room needs from the rest: a few actions, and nothing about how they are done. */
import type { FastifyBaseLogger } from 'fastify';
import type { ApprovalView } from '../actions/approval-view.ts';
import type { DecisionRequest, DecisionResult } from '../actions/decisions.ts';
import type { GroupPeople } from '../actions/group-people.ts';
import type { OrgPeople } from '../actions/org-people.ts';
import type { PlacesView } from '../actions/places.ts';
import type { RemoteRollback, RollbackResult } from '../actions/rollback.ts';
import type { WhatIfAnswer, WhatIfRequest } from '../actions/what-if.ts';
import type { Plan } from '../core/model/change.ts';
import type { Explanation } from '../core/model/explanation.ts';
import type { HistoryEntry } from '../core/model/history.ts';
import type { Operation } from '../core/model/operation.ts';
import type { RunEvent, RunRecord, RunTrigger, StatusView } from '../core/model/run.ts';
import type { ScimDeps } from '../lib/scim/store.ts';
import type { ApiToken } from './auth.ts';
import type { HookReceivers } from './hooks.ts';
import type { OidcOptions } from './options.ts';
import type { JournalRange, JournalRow, OperationOutcome, PlanHead } from './records.ts';
import type { SessionKeeper } from './sessions.ts';

export type PlanFormat = 'json' | 'markdown' | 'html' | 'terminal' | 'csv';

/** One thing without which the daemon cannot do its work, e.g. `redis`. `detail` is shown to anybody. */
export interface ReadinessCheck {
  readonly name: string;
  readonly ok: boolean;
  readonly detail: string;
}

/** Dead letters of one plan; `opKeys` absent: all. */
export interface DeadLetterRequest {
  readonly planId: string;
  readonly by: string;
  readonly opKeys: readonly string[] | undefined;
}

export interface ServerDeps {
  /** Version of the product, for the OpenAPI document. */
  readonly version: string;
  /** Asked on every request, so that a rotated token file counts at once. */
  readonly tokens: () => readonly ApiToken[];
  /** /metrics asks for no token. */
  readonly metricsOpen: boolean;
  readonly log?: FastifyBaseLogger;
  /** Silence after which an event stream says that it is alive; 15 s unless told. */
  readonly heartbeatMs?: number;
  /** How long `ready` may take before it counts as a failure; 2 s unless told. */
  readonly readyWithinMs?: number;
  /** How long answers under way may take once the server closes; then they are cut. 5 s unless told. */
  readonly closeWithinMs?: number;

  /** Asks for a run and gives its id; a run of the same scope that still waits is joined and its id given. */
  requestRun(trigger: RunTrigger): Promise<string>;
  getRun(id: string): Promise<RunRecord | null>;
  /** Newest first, at most `limit`. */
  listRuns(limit: number): Promise<readonly RunRecord[]>;
  /**
   * The record as it is now, then every movement; ends by itself after `settled` and soon after the signal. It
   * may leave progress out, but never the last event.
   */
  subscribeRun(id: string, signal: AbortSignal): AsyncIterable<RunEvent>;
  /** By full id, or by the first 8 or more digits where they name one plan only. */
  getPlan(id: string): Promise<Plan | null>;
  /** The plan with the operations that the writers were given last. */
  asLetGo(plan: Plan): Promise<Plan>;
  renderPlan(plan: Plan, format: PlanFormat): Iterable<string>;
  /** Newest first, at most `limit`. */
  listPlans(limit: number): Promise<readonly PlanHead[]>;
  /** The HTTP request that an operation becomes. */
  describe(operation: Operation): { readonly method: string; readonly path: string; readonly body: unknown };
  /** How operations of a plan ended, in the order asked; null where one has not. */
  outcomes(planId: string, opKeys: readonly string[]): Promise<readonly (OperationOutcome | null)[]>;
  /** The dead letters of a plan: operations that failed for good. */
  failures(planId: string): Promise<readonly OperationOutcome[]>;
  /** Tries dead letters again, all or those named; how many writes are open again. @throws ConfigError, shown to the caller. */
  retry?(request: DeadLetterRequest): Promise<number>;
  /** Takes dead letters off the list; how many. @throws ConfigError, shown to the caller. */
  discard?(request: DeadLetterRequest & { readonly why: string }): Promise<number>;
  /** Oldest first. */
  journal(range: JournalRange): Promise<readonly JournalRow[]>;
  /** Reads both sides now, so it takes as long as a run. */
  explain(email: string, signal: AbortSignal): Promise<Explanation>;
  /**
   * What another configuration would do, judged on a look at both sides now; one at a time, and nothing is stored.
   * @throws ConfigError, shown to the caller, when it does not fit what was seen.
   */
  whatIf?(request: WhatIfRequest, signal: AbortSignal): Promise<WhatIfAnswer>;
  /** What was written and decided about a person, oldest first. */
  history(email: string): Promise<readonly HistoryEntry[]>;
  /** Plans the rollback of a run, and writes it once the caller has seen it. @throws ConfigError, shown to the caller. */
  rollback?(request: RemoteRollback): Promise<RollbackResult>;
  /** @throws ConfigError, shown to the caller, when the plan has no such item or this person may not decide. */
  approve?(request: DecisionRequest): Promise<DecisionResult>;
  reject?(request: DecisionRequest): Promise<DecisionResult>;
  /** What the rules about approvals say of this plan and this person, for pages that offer it. */
  approvalView?(plan: Plan, by: string): Promise<ApprovalView>;
  /** `all`: deactivations and one-person resyncs stop as well. */
  pause?(request: { readonly by: string; readonly all: boolean }): Promise<void>;
  resume?(request: { readonly by: string }): Promise<void>;
  /** Where sessions of the review pages live; without it there are no pages. */
  readonly sessions?: SessionKeeper;
  /** Cookies go over TLS only, here or at the proxy in front. */
  readonly secureCookies?: boolean;
  /** Login of people through a provider; asked on every request, like `tokens`. */
  readonly oidc?: () => OidcOptions | null;
  /** Receivers of what directories send; without it there are none. */
  readonly hooks?: HookReceivers;
  /** Directories that push over SCIM; without it there is no such address. */
  readonly scim?: ScimDeps;
  /** Organizations and groups, from what the last run about everything stored: nothing is read for it. */
  places(): Promise<PlacesView>;
  /**
   * People of a directory group (IdP id) whose address, name or id has these words in it, as the last run about
   * everything has read them; null: that reading is not kept, or has no such group.
   */
  groupPeople(id: string, search: string): Promise<GroupPeople | null>;
  /**
   * Who holds a role in an organization (Devin id) and has these words in address, name or id: reads Devin now, or
   * answers from a reading of the last minutes.
   */
  orgPeople(id: string, search: string): Promise<OrgPeople>;
  /** The configuration in use as YAML, without a secret. */
  configuration(): string;
  status(): Promise<StatusView>;
  /** Asked at every probe: cheap, and without secrets. */
  ready(signal: AbortSignal): Promise<readonly ReadinessCheck[]>;
  /** Prometheus text format 0.0.4. */
  metrics(): Promise<string>;
}
