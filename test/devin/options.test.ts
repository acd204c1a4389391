import { expect, test } from 'vitest';
import { z } from 'zod';
import { devinOptions } from '../../src/devin/options.ts';

const problems = (input: unknown): string =>
  devinOptions
    .safeParse(input)
    .error?.issues.map((issue) => `${issue.path.join('.')} ${issue.message}`)
    .join('\n') ?? '';

test('a key is all that must be given', () => {
  const options = devinOptions.parse({ key: 'cog_1' });
  expect(options).toMatchObject({ url: 'https://api.devin.ai', prefix: '/v3', timeoutMs: 8_000 });
});

test('a dedicated deployment may have a path, and a trailing slash is no other enterprise', () => {
  expect(devinOptions.parse({ key: 'cog_1', url: 'https://corp.example/api/' }).url).toBe(
    'https://corp.example/api',
  );
});

test.each([
  [{ key: 'cog_1', url: 'http://api.example.com' }, 'url "http://api.example.com" must start with https://'],
  [
    { key: 'cog_1', url: 'https://api.example.com/v3' },
    'must not end with the API version; that is devin.prefix',
  ],
  [{ key: 'cog_1', prefix: '/v2' }, 'prefix'],
  [{ key: 'cog_1', timeoutMs: 8_001 }, 'timeoutMs'],
  [{ key: 'cog_1', organizations: [] }, 'organizations'],
  [{ key: 'cog_1', retries: 1 }, 'retries'],
  [{}, 'key'],
])('%j is refused', (input, words) => {
  expect(problems(input)).toContain(words);
});

test('a key with a line break is refused without showing it', () => {
  const words = problems({ key: 'cog_very\nsecret' });
  expect(words).toContain('key must be one line of visible ASCII characters');
  expect(words).not.toContain('secret');
});

test('every key of the configuration has a description', () => {
  const schema = z.toJSONSchema(devinOptions, { io: 'input' });
  for (const [name, property] of Object.entries(schema.properties ?? {}))
    expect(property, name).toHaveProperty('description');
});
