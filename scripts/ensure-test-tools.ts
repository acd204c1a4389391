/** Before the tests: the programs that they use, installed where that is allowed. */
import { stdin, stdout } from 'node:process';
import { createInterface } from 'node:readline/promises';
import { errorText } from '../src/lib/errors.ts';
import { ensureBinary } from '../src/lib/provision.ts';
import { TEST_TOOLS } from './test-tools.ts';

async function ask(question: string): Promise<boolean> {
  const terminal = createInterface({ input: stdin, output: stdout });
  try {
    return /^y(es)?$/i.test((await terminal.question(`${question} [y/N] `)).trim());
  } finally {
    terminal.close();
  }
}

async function main(): Promise<void> {
  const atTerminal = stdin.isTTY === true && stdout.isTTY === true && process.env.CI === undefined;
  for (const tool of TEST_TOOLS) {
    await ensureBinary({
      ...tool,
      install: true,
      announce: (line) => console.log(line),
      ...(atTerminal ? { ask } : {}),
    });
  }
}

await main().catch((error: unknown) => {
  console.error(errorText(error));
  process.exitCode = 1;
});
