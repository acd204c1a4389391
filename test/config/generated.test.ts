import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { expect, test } from 'vitest';
import { parse as parseYaml } from 'yaml';
import { generatedFiles } from '../../scripts/generated.ts';
import { exampleOf } from '../../scripts/reference-yaml.ts';
import { configJsonSchema, type SchemaNode } from '../../src/config/json-schema.ts';
import { type KeyPath, pathText } from '../../src/config/key-path.ts';
import { parse } from './helper.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const text = (path: string) => readFileSync(join(ROOT, path), 'utf8');
const secret = () => 'a-secret-from-a-file';
const ajv = new Ajv2020({ strict: false });
const schema = configJsonSchema();
const validate = ajv.compile(schema);

test('generating again changes no file: whoever changes the schema runs "npm run generate"', () => {
  const files = generatedFiles();
  expect([...files.keys()]).toEqual([
    'config/schema.json',
    'config/reference.yaml',
    'docs/metrics.md',
    'helm/devin-idp-sync/values.schema.json',
    'helm/devin-idp-sync/README.md',
  ]);
  for (const [path, generated] of files) expect(text(path)).toBe(generated);
});

test('the example is short, works, and only looks', () => {
  const example = text('config/example.yaml');
  expect(example.trimEnd().split('\n').length).toBeLessThanOrEqual(15);
  const config = parse(example, { readFile: secret });
  expect(config.settings.rules).toHaveLength(3);
  expect(new Set(Object.values(config.settings.policy))).toEqual(new Set(['observe']));
});

test('the reference works, and says nothing else than the defaults', () => {
  const config = parse(text('config/reference.yaml'), { readFile: secret });
  const shortest = parse(
    `directory: { okta: { url: https://corp.okta.com, tokenFile: t } }
devin: { keyFile: k }
rules: [{ group: devin-payments, org: Payments, role: Member }]
organizations: [{ name: Payments }]`,
    { readFile: secret },
  );
  const { secretFiles: _files, ruleLines: _lines, ...said } = config;
  const { secretFiles: _others, ruleLines: _ours, ...defaults } = shortest;
  expect(said).toEqual(defaults);
});

test('both files are valid for an editor that has the JSON Schema, and a misspelt key is not', () => {
  expect(validate(parseYaml(text('config/example.yaml'))), JSON.stringify(validate.errors)).toBe(true);
  expect(validate(parseYaml(text('config/reference.yaml'))), JSON.stringify(validate.errors)).toBe(true);
  expect(validate({ ...parseYaml(text('config/example.yaml')), polcy: 'full' })).toBe(false);
  expect(validate({ ...parseYaml(text('config/example.yaml')), devin: {} })).toBe(false);
});

function everyKey(node: SchemaNode, path: KeyPath = []): [KeyPath, SchemaNode][] {
  const alternatives = (node.anyOf ?? []).flatMap((each) => everyKey(each, path));
  const items = node.items === undefined ? [] : everyKey(node.items, [...path, 0]);
  const own = Object.entries(node.properties ?? {}).flatMap(([key, child]): [KeyPath, SchemaNode][] => [
    [[...path, key], child],
    ...everyKey(child, [...path, key]),
  ]);
  return [...own, ...items, ...alternatives];
}

test('the reference has every key of the schema, live or as a comment, and every example is allowed', () => {
  const lines = text('config/reference.yaml').split('\n');
  const keys = everyKey(schema);
  expect(keys.length).toBeGreaterThan(80);
  for (const [path, node] of keys) {
    const key = String(path.at(-1));
    expect(
      lines.some((line) => line.replace(/^[\s#-]+/, '').startsWith(`${key}:`)),
      pathText(path),
    ).toBe(true);
    expect(node.description, pathText(path)).toMatch(/\S/);
    const example = exampleOf(node, path);
    if (example !== undefined)
      expect(ajv.validate(node, example), `${pathText(path)}: ${ajv.errorsText()}`).toBe(true);
  }
});
