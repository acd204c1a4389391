/** The help of every command shows an example, and every example can be typed. */
import { type Command, CommanderError } from 'commander';
import { expect, test } from 'vitest';
import type { Session } from '../../src/cli/command.ts';
import { buildProgram } from '../../src/cli/program.ts';
import { words } from '../helpers/markdown.ts';

const REACHED = new Error('the command was reached');

function reach(): never {
  throw REACHED;
}

function program(): Command {
  const io = { out: () => {}, note: () => {}, live: false, colour: false, width: 80, ask: null };
  const session: Session = { io, signal: new AbortController().signal, open: reach };
  return buildProgram({ version: '0', session, demo: { openPlayground: reach } });
}

interface Named {
  readonly name: string;
  readonly command: Command;
}

function all(command: Command, before: readonly string[] = []): Named[] {
  return command.commands.flatMap((one) => {
    const path = [...before, one.name()];
    return [{ name: path.join(' '), command: one }, ...all(one, path)];
  });
}

function helpOf(command: Command): string {
  let text = '';
  command.configureOutput({ writeOut: (part) => (text += part) });
  command.outputHelp();
  return text;
}

/** What is typed stands left of what explains it, three spaces or more apart. */
function examplesOf(command: Command): string[] {
  return helpOf(command)
    .split('\n')
    .flatMap((line) => {
      const [, typed] = /^ {2}devin-idp-sync (.+?)(?: {3,}.*)?$/.exec(line) ?? [];
      return typed === undefined ? [] : [typed];
    });
}

const COMMANDS = all(program());
const EXAMPLES = COMMANDS.flatMap(({ command }) => examplesOf(command).map((typed) => ({ typed })));

test.each(COMMANDS)('$name --help shows an example of it', ({ name, command }) => {
  const examples = examplesOf(command);
  expect(examples.filter((typed) => typed.startsWith(name))).not.toEqual([]);
});

test.each(EXAMPLES)('devin-idp-sync $typed can be typed', async ({ typed }) => {
  const built = program();
  for (const { command } of [{ command: built }, ...all(built)])
    command.configureOutput({ writeErr: () => {}, writeOut: () => {} });
  const ended = await built.parseAsync(words(typed), { from: 'user' }).then(
    () => null,
    (error: unknown) => error,
  );
  expect(ended, 'the command must have begun').toBeInstanceOf(Error);
  expect(ended, String(ended)).not.toBeInstanceOf(CommanderError);
});
