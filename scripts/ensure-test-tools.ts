/** Before the tests: the right Node, and the programs that the tests use, installed where that is allowed. */
import { stdin, stdout } from 'node:process';
import { createInterface } from 'node:readline/promises';
import { errorText } from '../src/lib/errors.ts';
import { ensureBinary } from '../src/lib/provision.ts';
import { TEST_TOOLS } from './test-tools.ts';

const NEEDED_NODE = 24;

async function ask(question: string): Promise<boolean> {
  const terminal = createInterface({ input: stdin, output: stdout });
  try {
    return /^y(es)?$/i.test((await terminal.question(`${question} [y/N] `)).trim());
  } finally {
    terminal.close();
  }
}

async function main(): Promise<void> {
  if (Number(process.versions.node.split('.')[0]) < NEEDED_NODE) {
    const found = `this is ${process.versions.node} at ${process.execPath}`;
    throw new Error(
      `The tests need Node.js ${NEEDED_NODE} or newer; ${found}. Install Node ${NEEDED_NODE}, then run npm ci again.`,
    );
  }
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
