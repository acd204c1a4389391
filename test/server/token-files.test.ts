import { hash } from 'node:crypto';
import { mkdtemp, rename, rm, unlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { ConfigError } from '../../src/lib/errors.ts';
import { watchTokenFiles } from '../../src/server/token-files.ts';

async function folder(): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'tokens-'));
  onTestFinished(() => rm(path, { recursive: true, force: true }));
  return path;
}

const SECRET = 'a-secret-of-enough-length';
const sha = (text: string) => hash('sha256', text);

test('a token is read as it is or as its hash, and two lines are two tokens of one name', async () => {
  const file = join(await folder(), 'oncall');
  await writeFile(file, `# rotated in November\n${SECRET}\n\nsha256:${sha('the-next-one')}\n`);
  const tokens = watchTokenFiles([{ name: 'oncall', role: 'approver', file }], expect.unreachable);
  expect(tokens()).toEqual([
    { name: 'oncall', role: 'approver', hash: sha(SECRET) },
    { name: 'oncall', role: 'approver', hash: sha('the-next-one') },
  ]);
});

test('a rotated file counts at the next look, and the old token no more', async () => {
  const home = await folder();
  const file = join(home, 'oncall');
  await writeFile(file, SECRET);
  const tokens = watchTokenFiles([{ name: 'oncall', role: 'viewer', file }], expect.unreachable);
  await writeFile(join(home, 'next'), 'another-secret-of-length');
  await rename(join(home, 'next'), file);
  expect(tokens().map((token) => token.hash)).toEqual([sha('another-secret-of-length')]);
});

test('a file that goes lets nobody in, is told once, and the others go on counting', async () => {
  const home = await folder();
  await writeFile(join(home, 'a'), SECRET);
  await writeFile(join(home, 'b'), 'the-secret-of-the-other');
  const troubles: string[] = [];
  const files = ['a', 'b'].map((name) => ({ name, role: 'viewer' as const, file: join(home, name) }));
  const tokens = watchTokenFiles(files, (message) => troubles.push(message));
  await unlink(join(home, 'a'));
  expect(tokens().map(({ name }) => name)).toEqual(['b']);
  tokens();
  expect(troubles).toEqual([expect.stringMatching(/a names .*lets nobody in: ENOENT/)]);
  await writeFile(join(home, 'a'), SECRET);
  expect(tokens().map(({ name }) => name)).toEqual(['a', 'b']);
});

test.each([
  ['is missing', null, 'ENOENT'],
  ['is empty', '\n# nothing\n', 'it has no token'],
  ['holds a short token', 'short', 'fewer than 16 characters'],
])(
  'a start with a file that %s is refused, and the token is not in the message',
  async (_what, text, words) => {
    const file = join(await folder(), 'oncall');
    if (text !== null) await writeFile(file, text);
    const start = () => watchTokenFiles([{ name: 'oncall', role: 'viewer', file }], () => {});
    expect(start).toThrow(ConfigError);
    expect(start).toThrow(words);
  },
);
