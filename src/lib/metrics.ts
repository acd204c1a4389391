/** What the daemon counts, for Prometheus. The table is also the source of docs/metrics.md. */
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from '@platformatic/prom-client';

const PREFIX = 'devin_idp_sync_';

export interface MetricShape {
  readonly type: 'counter' | 'gauge' | 'histogram';
  readonly name: string;
  readonly help: string;
  readonly labels: readonly string[];
  /** Upper bounds of a histogram, in the metric's unit. */
  readonly buckets?: readonly number[];
}

export const METRICS = {
  runs: {
    type: 'counter',
    name: 'runs_total',
    help: 'Runs that ended. result: planned (nothing applied), applied, held (something waits for a person), failed.',
    labels: ['result'],
  },
  runDuration: {
    type: 'histogram',
    name: 'run_duration_seconds',
    help: 'Seconds from the start of a run to its stored plan; its writes are not part of it.',
    labels: [],
    buckets: [0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600, 1800],
  },
  lastRun: {
    type: 'gauge',
    name: 'last_run_timestamp_seconds',
    help: 'Unix time at which the last run ended, however it ended.',
    labels: [],
  },
  lastSuccess: {
    type: 'gauge',
    name: 'last_success_timestamp_seconds',
    help: 'Unix time at which the last run ended with a stored plan. Alert when it grows old: leavers keep their access.',
    labels: [],
  },
  planChanges: {
    type: 'gauge',
    name: 'plan_changes',
    help: 'Changes of the latest plan about everything by kind and verdict (ready, held, waiting, barred).',
    labels: ['kind', 'verdict'],
  },
  heldItems: {
    type: 'gauge',
    name: 'held_items',
    help: 'Changes of the latest plan about everything that a guard holds until a person decides.',
    labels: [],
  },
  residualItems: {
    type: 'gauge',
    name: 'residual_items',
    help: 'Accesses of the latest plan about everything that stay through a group after everything the daemon may do.',
    labels: [],
  },
  writes: {
    type: 'counter',
    name: 'writes_total',
    help: 'Writes to Devin by kind of operation and outcome (done, already, failed, skipped).',
    labels: ['kind', 'outcome'],
  },
  writesWaiting: {
    type: 'gauge',
    name: 'writes_waiting',
    help: 'Writes of the current plan that have not been sent yet.',
    labels: [],
  },
  paused: {
    type: 'gauge',
    name: 'paused',
    help: '1 while a person has paused the writes, else 0.',
    labels: [],
  },
  devinCalls: {
    type: 'counter',
    name: 'devin_calls_total',
    help: 'HTTP calls to Devin by method and status (0: no answer).',
    labels: ['method', 'status'],
  },
  directoryCalls: {
    type: 'counter',
    name: 'directory_calls_total',
    help: 'HTTP calls to the directory by source (okta, entra, scim) and status (0: no answer).',
    labels: ['source', 'status'],
  },
  throttled: {
    type: 'counter',
    name: 'throttled_total',
    help: 'Answers 429 by who gave them (devin, okta, entra, scim). Those of Devin should be none: one gate paces all calls.',
    labels: ['by'],
  },
  budgetLeft: {
    type: 'gauge',
    name: 'rate_limit_remaining',
    help: 'Budget of calls by who grants it: devin (calls a second that the gate lets through now, less after a 429), okta (left of the window, as its last answer said).',
    labels: ['by'],
  },
  tombstones: {
    type: 'gauge',
    name: 'tombstones',
    help: 'Absences of the latest plan about everything that are still being proved before anything is taken.',
    labels: [],
  },
  queueDepth: {
    type: 'gauge',
    name: 'queue_depth',
    help: 'What waits or is in hand by queue: runs, writes (of plans under way), notify (messages to webhooks).',
    labels: ['queue'],
  },
  deadLetters: {
    type: 'gauge',
    name: 'dead_letters',
    help: 'Writes of the current plan that failed for good.',
    labels: [],
  },
  propagation: {
    type: 'histogram',
    name: 'propagation_seconds',
    help: 'Seconds from a change in the directory to its effect in Devin, holds included. since: event (when the directory told of it), reading (the start of the last run that had not seen it yet, so at most that long ago). Plans of more than 5,000 changes are not measured.',
    labels: ['since'],
    buckets: [1, 5, 15, 30, 60, 300, 900, 1800, 3600, 14400, 86400, 604800],
  },
  notifications: {
    type: 'counter',
    name: 'notifications_total',
    help: 'Tries to give a message to a webhook. outcome: delivered, failed (tried again), gone (not tried again).',
    labels: ['webhook', 'outcome'],
  },
  hooks: {
    type: 'counter',
    name: 'hook_deliveries_total',
    help: 'Deliveries of the directory by receiver (okta, graph) and outcome (taken, refused).',
    labels: ['receiver', 'outcome'],
  },
  scimRequests: {
    type: 'counter',
    name: 'scim_requests_total',
    help: 'Requests of providers that push, by source (its name in the configuration, or unknown), type (User, Group, other), method and HTTP status.',
    labels: ['source', 'type', 'method', 'status'],
  },
  scimLastPush: {
    type: 'gauge',
    name: 'scim_last_push_timestamp_seconds',
    help: 'Unix time of the newest write that a provider pushed, by source; 0: never.',
    labels: ['source'],
  },
  scimLastSeen: {
    type: 'gauge',
    name: 'scim_last_seen_timestamp_seconds',
    help: 'Unix time of the newest request of a provider that pushes, to a minute, by source; 0: never. Alert when it grows older than is usual for the provider.',
    labels: ['source'],
  },
  scimResources: {
    type: 'gauge',
    name: 'scim_resources',
    help: 'Pushed users and groups that are kept, by source and type.',
    labels: ['source', 'type'],
  },
  reloads: {
    type: 'counter',
    name: 'config_reloads_total',
    help: 'Changed configurations and rotated secrets by result (used, refused).',
    labels: ['result'],
  },
  reloadRefused: {
    type: 'gauge',
    name: 'config_refused',
    help: '1 while a newer configuration cannot be used and an older one stays in use, else 0.',
    labels: [],
  },
} as const satisfies Record<string, MetricShape>;

type Shapes = typeof METRICS;
type MetricOf<Shape extends MetricShape> = Shape['type'] extends 'counter'
  ? Counter<Shape['labels'][number]>
  : Shape['type'] extends 'gauge'
    ? Gauge<Shape['labels'][number]>
    : Histogram<Shape['labels'][number]>;

export type Metrics = { readonly [Name in keyof Shapes]: MetricOf<Shapes[Name]> } & {
  /** Everything in the Prometheus text format. */
  text(): Promise<string>;
  readonly contentType: string;
};

/** Name as Prometheus sees it. */
export function metricName(shape: MetricShape): string {
  return `${PREFIX}${shape.name}`;
}

/** @param options.process also measure the Node process (memory, event loop, garbage collection). */
export function createMetrics(options: { readonly process?: boolean } = {}): Metrics {
  const registry = new Registry();
  const made = Object.fromEntries(
    Object.entries<MetricShape>(METRICS).map(([name, shape]) => [name, make(shape, registry)]),
  );
  if (options.process === true) collectDefaultMetrics({ register: registry, prefix: PREFIX });
  return { ...made, text: () => registry.metrics(), contentType: registry.contentType } as Metrics;
}

function make(shape: MetricShape, registry: Registry): Counter | Gauge | Histogram {
  const options = {
    name: metricName(shape),
    help: shape.help,
    labelNames: [...shape.labels],
    registers: [registry],
  };
  if (shape.type === 'counter') return new Counter(options);
  if (shape.type === 'gauge') return new Gauge(options);
  return new Histogram({ ...options, buckets: [...(shape.buckets ?? [])] });
}
