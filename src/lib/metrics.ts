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
    help: 'Changes of the latest plan by kind and verdict (ready, held, waiting, barred).',
    labels: ['kind', 'verdict'],
  },
  heldItems: {
    type: 'gauge',
    name: 'held_items',
    help: 'Changes of the latest plan that a guard holds until a person decides.',
    labels: [],
  },
  residualItems: {
    type: 'gauge',
    name: 'residual_items',
    help: 'Accesses of the latest plan that stay through a group after everything the daemon may do.',
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
    help: 'HTTP calls to the directory by source (okta, entra).',
    labels: ['source'],
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
