import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { chartReadme } from './readme.ts';
import { valuesSchema } from './values-schema.ts';

const CHART = 'helm/devin-idp-sync';

/** Path from the project's root → text, of the chart's generated files. */
export function chartFiles(): [string, string][] {
  const values = readFileSync(join(import.meta.dirname, '..', '..', CHART, 'values.yaml'), 'utf8');
  const schema = valuesSchema();
  return [
    [`${CHART}/values.schema.json`, `${JSON.stringify(schema, null, 2)}\n`],
    [`${CHART}/README.md`, chartReadme(schema, parse(values))],
  ];
}
