/** helm/devin-idp-sync/values.schema.json: what the chart takes, with the daemon's own schema under `config`. */
import { configJsonSchema, type SchemaNode } from '../../src/config/json-schema.ts';
import { fileKey, SECRETS } from '../../src/config/secrets.ts';
import { group, kubernetes, NAME_OR_EMPTY, oneOf, text, textMap } from './schema-parts.ts';
import { networkPart, podPart, redisPart, secretPart, workloadPart } from './values-parts.ts';

const LEVELS = ['observe', 'create-only', 'no-remove', 'leavers', 'full'] as const;

export function valuesSchema(): SchemaNode {
  const { $schema, ...config } = configJsonSchema();
  return {
    $schema,
    title: 'Values of the chart devin-idp-sync',
    ...group('Values of the chart devin-idp-sync.', {
      config: configPart(config),
      policy: oneOf(
        'What may be written, over config.policy. Empty: config.policy, or observe where that is not given either.',
        ['', ...LEVELS],
      ),
      logLevel: oneOf('Least severe line of the log.', ['trace', 'debug', 'info', 'warn', 'error', 'silent']),
      secret: secretPart(),
      ...workloadPart(),
      redis: redisPart(),
      ...networkPart(),
      ...podPart(),
      nameOverride: text('Name of the chart in labels.', NAME_OR_EMPTY),
      fullnameOverride: text('Name of every object, in place of release and chart.', NAME_OR_EMPTY),
      commonLabels: textMap('Labels of every object.'),
      global: kubernetes('object', 'values of a parent chart', 'Not read.'),
    }),
  };
}

/**
 * The daemon's configuration as a map, with its own schema, or as the text of a file. What only the chart knows
 * (where secrets and Redis are) need not be given.
 */
function configPart(schema: SchemaNode): SchemaNode {
  const {
    title: _title,
    description: _description,
    type: _type,
    required: _required,
    ...daemon
  } = structuredClone(schema);
  for (const node of nodesOf(daemon)) withoutChartsPart(node);
  return {
    type: ['object', 'string', 'null'],
    description:
      "The daemon's configuration, as config/reference.yaml explains it: a map, or the text of a file by --set-file. " +
      'Needs directory and rules. Secrets, Redis and the address of the server are filled in by the chart.',
    if: { type: 'object' },
    // biome-ignore lint/suspicious/noThenProperty: a keyword of JSON Schema
    then: { ...daemon, required: ['directory', 'rules'] },
  } as unknown as SchemaNode;
}

function withoutChartsPart(node: SchemaNode): void {
  const filled = new Set(SECRETS.flatMap((path) => [String(path.at(-1)), String(fileKey(path).at(-1))]));
  const isFilled = ({ required = [] }: SchemaNode) =>
    required.length > 0 && required.every((key) => filled.has(key));
  if (node.anyOf?.some(isFilled)) delete node.anyOf;
  if (node.required !== undefined) node.required = node.required.filter((key) => !filled.has(key));
}

function nodesOf(node: SchemaNode): SchemaNode[] {
  const below = [
    ...Object.values(node.properties ?? {}),
    ...(node.items === undefined ? [] : [node.items]),
    ...(node.anyOf ?? []),
    ...(typeof node.additionalProperties === 'object' ? [node.additionalProperties] : []),
  ];
  return [node, ...below.flatMap(nodesOf)];
}
