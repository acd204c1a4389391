import { configJsonSchema } from '../src/config/json-schema.ts';
import { chartFiles } from './chart/chart-files.ts';
import { metricsPage } from './metrics-page.ts';
import { referenceYaml } from './reference-yaml.ts';

/** Path from the project's root → text, of every file that is generated from the sources. */
export function generatedFiles(): ReadonlyMap<string, string> {
  const schema = configJsonSchema();
  return new Map([
    ['config/schema.json', `${JSON.stringify(schema, null, 2)}\n`],
    ['config/reference.yaml', referenceYaml(schema)],
    ['docs/metrics.md', metricsPage()],
    ...chartFiles(),
  ]);
}
