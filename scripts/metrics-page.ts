import { METRICS, type MetricShape, metricName } from '../src/lib/metrics.ts';

/** docs/metrics.md, from the table that the program counts by. */
export function metricsPage(): string {
  const rows = Object.values<MetricShape>(METRICS).map(
    (shape) =>
      `| \`${metricName(shape)}\` | ${shape.type} | ${shape.labels.map((label) => `\`${label}\``).join(', ') || '–'} | ${shape.help} |`,
  );
  return [
    '# Metrics',
    '',
    'Served at `/metrics` in the Prometheus text format, together with the usual figures of the Node process.',
    'This page is generated from `src/lib/metrics.ts` by `npm run generate`.',
    '',
    '| metric | type | labels | meaning |',
    '|---|---|---|---|',
    ...rows,
    '',
  ].join('\n');
}
