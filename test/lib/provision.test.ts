import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { ConfigError } from '../../src/lib/errors.ts';
import { type BinaryNeed, ensureBinary, findBinary } from '../../src/lib/provision.ts';

let bin: string;
let said: string[];

beforeEach(async () => {
  bin = await mkdtemp(join(tmpdir(), 'provision-'));
  said = [];
});
afterEach(() => rm(bin, { recursive: true, force: true }));

async function program(name: string, body: string): Promise<void> {
  await writeFile(join(bin, name), `#!/bin/sh\n${body}\n`);
  await chmod(join(bin, name), 0o755);
}

/** A brew that notes its arguments and installs a program of the name it was asked for. */
async function brew(body = `printf '#!/bin/sh\\n' > "${bin}/$2"; /bin/chmod 755 "${bin}/$2"`): Promise<void> {
  await program('brew', `echo "$@" >> "${bin}/log"\n${body}`);
}

function need(over: Partial<BinaryNeed> = {}): BinaryNeed {
  return {
    names: ['first-choice', 'second-choice'],
    packages: { brew: ['second-choice'] },
    purpose: 'run this test',
    install: true,
    announce: (line) => said.push(line),
    searchPath: bin,
    ...over,
  };
}

test('a program on PATH is taken, the preferred name first, and nothing is installed', async () => {
  await brew();
  await program('second-choice', '');
  expect(await ensureBinary(need())).toBe(join(bin, 'second-choice'));
  await program('first-choice', '');
  expect(await ensureBinary(need())).toBe(join(bin, 'first-choice'));
  expect(said).toEqual([]);
  await expect(readFile(join(bin, 'log'))).rejects.toThrow('ENOENT');
});

test('a file that cannot be executed is not the program', async () => {
  await writeFile(join(bin, 'first-choice'), '');
  expect(await findBinary(['first-choice'], bin)).toBeNull();
});

test('without a terminal a missing program is announced and installed', async () => {
  await brew();
  expect(await ensureBinary(need())).toBe(join(bin, 'second-choice'));
  expect(said).toEqual([
    'first-choice or second-choice is needed to run this test; running: brew install second-choice',
  ]);
  expect(await readFile(join(bin, 'log'), 'utf8')).toBe('install second-choice\n');
});

test('at a terminal a person is asked first, and no means no', async () => {
  await brew();
  const questions: string[] = [];
  const ask = async (question: string): Promise<boolean> => questions.push(question) > 99;
  await expect(ensureBinary(need({ ask }))).rejects.toThrow('install it with: brew install second-choice');
  expect(questions).toEqual([
    'first-choice or second-choice is needed to run this test. Run "brew install second-choice" now?',
  ]);
  await expect(readFile(join(bin, 'log'))).rejects.toThrow('ENOENT');
});

test('where installing is switched off the error has the line to type', async () => {
  await brew();
  const attempt = ensureBinary(need({ install: false }));
  await expect(attempt).rejects.toBeInstanceOf(ConfigError);
  await expect(attempt).rejects.toThrow(
    'first-choice or second-choice is needed to run this test; install it with: brew install second-choice',
  );
});

test('a failed installation says what the package manager said', async () => {
  await brew('echo "no formula of that name" >&2; exit 3');
  await expect(ensureBinary(need())).rejects.toThrow(/brew install second-choice .*no formula of that name/);
});

test('an installation that gives no program is an error, not a success', async () => {
  await brew('exit 0');
  await expect(ensureBinary(need())).rejects.toThrow('"brew install second-choice" ended well but gave no');
});

test('a machine without a known package manager gets advice instead of a guess', async () => {
  await expect(ensureBinary(need())).rejects.toThrow('no package manager that we know');
});
