/** Mistakes on the command line: one clear error each that names what was typed and what is allowed; nothing is opened. */
import { CommanderError } from 'commander';
import { expect, test } from 'vitest';
import { failureLines, type Session } from '../../src/cli/command.ts';
import { buildProgram } from '../../src/cli/program.ts';

/** What is typed · what the error says. */
const BAD: readonly [string, RegExp][] = [
  ['plam', /unknown command 'plam'[\s\S]*Did you mean plan/],
  ['plan now', /too many arguments for 'plan'/],
  ['plan --format pdf', /--format is one of terminal, markdown, html, json/],
  ['plan --format', /'--format <format>' argument missing/],
  ['plan --fail-on helt', /--fail-on[\s\S]*held/],
  ['plan --fail-on', /'--fail-on <what>' argument missing/],
  ['plan --formt json', /unknown option '--formt'[\s\S]*--format/],
  ['--log-level loud plan', /--log-level is one of trace, debug, info, warn, error, silent/],
  ['--config', /'-c, --config <file>' argument missing/],
  ['apply one two', /too many arguments for 'apply'/],
  ['apply --why', /'--why <text>' argument missing/],
  ['approve', /missing required argument 'plan'/],
  ['approve 3f9c2a1b --why', /'--why <text>' argument missing/],
  ['reject', /missing required argument 'plan'/],
  ['reject --item x', /unknown option '--item'/],
  ['pause now', /too many arguments for 'pause'/],
  ['pause --al', /unknown option '--al'[\s\S]*--all/],
  ['resume --all', /unknown option '--all'/],
  ['adopt', /adopt needs exactly one of --person, --org and --all/],
  ['adopt --person a@corp.example --all', /adopt needs exactly one of --person, --org and --all/],
  ['adopt --org', /'--org <org>' argument missing/],
  ['release', /release needs exactly one of --person, --org and --all/],
  ['release --org a --person b', /release needs exactly one/],
  ['ledger rebuild', /missing required argument 'files'/],
  ['ledger export', /missing required argument 'file'/],
  ['ledger export a b', /too many arguments for 'export'/],
  ['ledger repair', /unknown command 'repair'/],
  ['review --run a --plan b', /takes one of --run and --plan/],
  ['rollback', /missing required argument 'run'/],
  ['relink now', /too many arguments for 'relink'/],
  ['dump --out', /'(-o, )?--out <[a-z]+>' argument missing/],
  ['budget approve', /missing required argument/],
  ['failures x', /unknown command 'x'/],
  ['history', /missing required argument/],
  ['gameday --peple 5', /unknown option '--peple'/],
  ['demo --people many', /--people/],
  ['explain', /missing required argument/],
  ['resync --user', /'--user <email>' argument missing/],
  ['resync --token-file /nowhere/token', /--token-file \/nowhere\/token cannot be read \(ENOENT\)/],
];

test.each(BAD)('%s', async (typed, expected) => {
  const said: string[] = [];
  const io = { out: () => {}, note: () => {}, live: false, colour: false, width: 100, ask: null };
  const opened: unknown[] = [];
  const open = (options: unknown): never => {
    opened.push(options);
    throw new Error('a room was opened');
  };
  const session: Session = { io, signal: new AbortController().signal, open };
  const program = buildProgram({ version: '0', session, demo: { openPlayground: open } });
  const write = { writeErr: (text: string) => void said.push(text) };
  for (const one of [program, ...program.commands, ...program.commands.flatMap(({ commands }) => commands)])
    one.configureOutput(write);
  const error = await program.parseAsync(typed.split(' '), { from: 'user' }).then(
    () => null,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(Error);
  const text = error instanceof CommanderError ? said.join('') : failureLines(error).join('\n');
  expect(text).toMatch(expected);
  expect(text).not.toMatch(/\n\s+at /);
  expect(opened).toEqual([]);
});
