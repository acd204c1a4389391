/**
 * A second chance for CI, never part of `npm test`: runs the test files that failed once more, alone. Thousands of
 * tests with processes, Redis, HTTP and a browser share two cores there, and one that depends on their pace must not
 * hide what the change itself does. Whatever passes only now is named: it is a fault, of the product or of the test,
 * and stays one until it is understood.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { z } from 'zod';

const ROOT = join(import.meta.dirname, '..');
/** Written by the second half of `npm test`; a fresh checkout has none. */
const REPORT = join(ROOT, 'node_modules/.cache/tests.json');
/** More than that is no coincidence. */
const MOST_FILES = 3;

const reportSchema = z.object({
  testResults: z.array(
    z.object({
      name: z.string(),
      status: z.string(),
      assertionResults: z.array(z.object({ fullName: z.string(), status: z.string() })),
    }),
  ),
});

function failedFiles(): ReadonlyMap<string, readonly string[]> {
  const { testResults } = reportSchema.parse(JSON.parse(readFileSync(REPORT, 'utf8')));
  const failed = testResults.filter(({ status }) => status === 'failed');
  return new Map(
    failed.map(({ name, assertionResults }) => [
      relative(ROOT, name),
      assertionResults.filter(({ status }) => status === 'failed').map(({ fullName }) => fullName),
    ]),
  );
}

function again(): number {
  if (!existsSync(REPORT)) return refuse(`the tests ended before they wrote ${relative(ROOT, REPORT)}`);
  const files = failedFiles();
  if (files.size === 0) return refuse('the tests ended badly, and no file of them failed');
  if (files.size > MOST_FILES) return refuse(`${files.size} files failed, more than ${MOST_FILES}`);
  const command = join(ROOT, 'node_modules/.bin/vitest');
  const { status } = spawnSync(command, ['run', ...files.keys()], { cwd: ROOT, stdio: 'inherit' });
  if (status !== 0) return status ?? 1;
  const names = [...files].flatMap(([file, tests]) => [file, ...tests.map((test) => `  ${test}`)]);
  console.log(`\nPassed only when run again, alone. Find out why:\n${names.join('\n')}\n`);
  return 0;
}

function refuse(why: string): number {
  console.error(`Nothing is run again: ${why}.`);
  return 1;
}

process.exitCode = again();
