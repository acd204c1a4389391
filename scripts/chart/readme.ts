/** helm/devin-idp-sync/README.md: every value with its default, from the schema and values.yaml. */
import type { SchemaNode } from '../../src/config/json-schema.ts';

interface Row {
  readonly path: string;
  readonly about: string;
  readonly value: unknown;
}

export function chartReadme(schema: SchemaNode, defaults: unknown): string {
  const rows = rowsOf(schema, defaults, '').map(
    ({ path, about, value }) =>
      `| \`${path}\` | ${about.replaceAll('|', '\\|')} | \`${JSON.stringify(value)}\` |`,
  );
  return [
    '# devin-idp-sync',
    '',
    'Keeps a Devin enterprise equal to what Okta or Microsoft Entra says, and shows every difference before it acts. How to',
    'install, upgrade and run it: [docs/kubernetes.md](../../docs/kubernetes.md).',
    '',
    'This page is generated from `values.schema.json` and `values.yaml` by `npm run generate`.',
    '',
    '## Values',
    '',
    '| value | meaning | default |',
    '|---|---|---|',
    ...rows,
    '',
  ].join('\n');
}

/** Leaves of the schema; what Kubernetes or the daemon explains is one row. */
export function rowsOf(node: SchemaNode, value: unknown, path: string): Row[] {
  if (node.properties === undefined || path === 'config')
    return path === 'global' ? [] : [{ path, about: about(node), value }];
  return Object.entries(node.properties).flatMap(([key, child]) =>
    rowsOf(
      child,
      (value as Record<string, unknown> | undefined)?.[key],
      path === '' ? key : `${path}.${key}`,
    ),
  );
}

function about(node: SchemaNode): string {
  const allowed = node.enum?.filter((one) => one !== '').map((one) => `\`${one}\``);
  const range = node.minimum === undefined ? '' : ` ${node.minimum} to ${node.maximum}.`;
  return `${node.description}${allowed === undefined ? '' : ` One of ${allowed.join(', ')}.`}${range}`;
}
