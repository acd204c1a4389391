// biome-ignore-all lint/suspicious/noTemplateCurlyInString: these are references to the environment.
import { expect, test } from 'vitest';
import { configJsonSchema, nodeAt, type SchemaNode } from '../../src/config/json-schema.ts';
import { fileKey, SECRETS } from '../../src/config/secrets.ts';
import { parse, problems, readFile, yaml } from './helper.ts';

test('a secret is read from its file without the line break at its end, and its file is kept for rotation', () => {
  const config = parse(yaml());
  expect(config.devin.key).toBe('cog_devin-key-value');
  expect(config.directory).toMatchObject({ kind: 'okta', options: { token: 'okta-token-value' } });
  expect(config.secretFiles).toEqual([
    { path: ['directory', 'okta', 'token'], file: '/run/secrets/okta-token' },
    { path: ['devin', 'key'], file: '/run/secrets/devin-key' },
  ]);
  expect(config.secrets).toEqual(['okta-token-value', 'cog_devin-key-value']);
});

test('a secret may stand in the environment', () => {
  const config = parse(yaml('devin: { key: "${DEVIN_KEY}" }'), { env: { DEVIN_KEY: 'cog_from-env' } });
  expect(config.devin.key).toBe('cog_from-env');
  expect(config.secretFiles).toEqual([
    { path: ['directory', 'okta', 'token'], file: '/run/secrets/okta-token' },
  ]);
});

test('the path of a secret file may come from the environment', () => {
  const config = parse(yaml('devin: { keyFile: "${SECRETS}/devin-key" }'), {
    env: { SECRETS: '/run/secrets' },
  });
  expect(config.devin.key).toBe('cog_devin-key-value');
});

const BROKEN: readonly [string, string, string][] = [
  [
    'is missing',
    'devin: { keyFile: /run/secrets/gone }',
    '2:10: devin.keyFile: names /run/secrets/gone, which cannot be read: ENOENT',
  ],
  [
    'is empty',
    'devin: { keyFile: /run/secrets/empty }',
    '2:10: devin.keyFile: names /run/secrets/empty, which is empty',
  ],
  ['is no path', 'devin: { keyFile: 7 }', '2:10: devin.keyFile: must be the path of a file'],
  [
    'is given twice',
    'devin: { key: cog_a-key-of-mine, keyFile: /run/secrets/devin-key }',
    '2:34: devin.keyFile: excludes key: give one of the two',
  ],
  ['belongs to no secret', 'log: { levelFile: x }', '4:8: log.levelFile: not a known key; use one of level'],
];

for (const [what, lines, expected] of BROKEN) {
  test(`a secret file that ${what} is one error`, () => {
    expect(problems(yaml(lines))).toEqual([`/etc/sync/config.yaml:${expected}`]);
  });
}

test('a secret that is not allowed is named by its key and its file, and never shown', () => {
  const inline = problems(yaml('server: { token: too-short }\ndevin: { key: "two\\nlines-of-key" }'));
  expect(inline).toEqual([
    '/etc/sync/config.yaml:2:10: devin.key: must be one line of visible ASCII characters',
    '/etc/sync/config.yaml:4:11: server.token: must have at least 16 characters',
  ]);
  const fromFile = problems(yaml(), {
    readFile: (path) => (path.endsWith('devin-key') ? 'two\nlines-of-key' : readFile(path)),
  });
  expect(fromFile).toEqual([
    '/etc/sync/config.yaml:2:10: devin.key: must be one line of visible ASCII characters',
  ]);
});

test('a value from the environment is shown as the file writes it', () => {
  const found = problems(yaml('policy: "${POLICY}"'), { env: { POLICY: 'value-from-outside' } });
  expect(found).toHaveLength(1);
  expect(found[0]).toContain('"${POLICY}" is not allowed');
  expect(found.join()).not.toContain('value-from-outside');
});

test('a message that quotes a secret loses it, and a very short secret does not eat the message', () => {
  const url = problems(yaml('redis: { url: "http://a:hunter2hunter2@b" }'));
  expect(url).toHaveLength(1);
  expect(url.join()).not.toContain('hunter2');
  expect(problems(yaml('server: { token: e }'))).toEqual([
    '/etc/sync/config.yaml:4:11: server.token: must have at least 16 characters',
  ]);
});

test('a secret written under a wrong key is not shown either', () => {
  expect(
    problems(yaml('devin: { keyFile: /run/secrets/devin-key, apikey: cog_secret-in-the-open }')).join(),
  ).not.toContain('cog_secret');
});

function leaves(node: SchemaNode, path: string[] = []): string[][] {
  const children = Object.entries({ ...node.properties, ...node.items?.properties });
  return children.flatMap(([key, child]) => [[...path, key], ...leaves(child, [...path, key])]);
}

test('every key that sounds secret is known as a secret, and every secret is a key of the schema', () => {
  const schema = configJsonSchema();
  const ofPrograms = SECRETS.flatMap((path) => [path, fileKey(path)]).map((path) =>
    path.filter((part) => part !== '*').join('.'),
  );
  // These files are read by the server itself, which keeps hashes only.
  const ofPushes = ['directory.scimPush.tokenFile', 'directory.sources.scimPush.tokenFile'];
  const known = [...ofPrograms, ...ofPushes, 'server.tokens.tokenFile'];
  const sounding = leaves(schema)
    .map((path) => path.join('.'))
    .filter((path) => /(token|secret|password|\bkey)(File)?$/i.test(path));
  expect(sounding.length).toBeGreaterThan(5);
  expect(sounding.filter((path) => !known.includes(path))).toEqual([]);
  for (const path of SECRETS) expect(nodeAt(schema, path)?.type).toBe('string');
});
