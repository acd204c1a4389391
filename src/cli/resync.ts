/** `resync`: asks a running daemon for a run now, shows its progress and prints its report. */
import { readFileSync } from 'node:fs';
import type { Command } from 'commander';
import { isSettled, type RunRecord, type RunScope, type RunStep } from '../core/model/run.ts';
import { ConfigError } from '../lib/errors.ts';
import { type ConfigFlags, openOptions, type Session } from './command.ts';
import { fetchReport, requestResync } from './daemon-client.ts';
import { sentence } from './progress.ts';

interface ResyncFlags extends ConfigFlags, RunScope {
  readonly url?: string;
  readonly tokenFile?: string;
}

export function resyncCommand(program: Command, session: Session): void {
  program
    .command('resync')
    .description('ask a running daemon for a run now, and print its report')
    .option('--user <email>', 'only this person')
    .option('--group <group>', 'only this directory group (name or id)')
    .option('--org <org>', 'only this organization (name or id)')
    .option('--url <url>', 'where the daemon listens (default: from the configuration)')
    .option('--token-file <file>', 'file with the API token (default: from the configuration)')
    .addHelpText(
      'after',
      '\nExamples:\n  devin-idp-sync resync\n  devin-idp-sync resync --url http://127.0.0.1:8080 --token-file token',
    )
    .action(async (_flags, command: Command) => {
      process.exitCode = await run(session, command.optsWithGlobals<ResyncFlags>());
    });
}

async function run({ io, signal, open }: Session, flags: ResyncFlags): Promise<number> {
  const { url, token } = await daemonOf(flags, open);
  const { user, group, org } = flags;
  const scope = {
    ...(user === undefined ? {} : { user }),
    ...(group === undefined ? {} : { group }),
    ...(org === undefined ? {} : { org }),
  };
  let said = '';
  const record = await requestResync({
    url,
    token,
    scope,
    signal,
    onProgress: (event) => {
      const line = progressLine(event);
      if (line !== said) io.note(line);
      said = line;
    },
  });
  if (record.planId !== null) io.out(await fetchReport({ url, token }, record.planId, 'terminal', signal));
  if (record.error !== null) io.note(record.error);
  return record.state === 'failed' || (record.writes?.failed ?? 0) > 0 ? 1 : 0;
}

/** Both may come from flags alone, so that a pod without a configuration can ask as well. */
async function daemonOf(flags: ResyncFlags, open: Session['open']): Promise<{ url: string; token: string }> {
  const fromFile = flags.tokenFile === undefined ? null : readToken(flags.tokenFile);
  if (flags.url !== undefined && fromFile !== null) return { url: flags.url, token: fromFile };
  const bench = await open(openOptions(flags));
  const { server } = bench;
  await bench.close();
  const token = fromFile ?? server.token;
  if (token === null)
    throw new ConfigError([
      'resync needs the API token of the daemon: give --token-file, or set server.tokenFile',
    ]);
  return { url: flags.url ?? server.url, token };
}

function readToken(path: string): string {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch (cause) {
    throw new ConfigError(
      [`--token-file ${path} cannot be read (${(cause as NodeJS.ErrnoException).code})`],
      { cause },
    );
  }
}

export function progressLine(run: RunRecord): string {
  if (isSettled(run)) return `Run ${run.id}: ${run.state}`;
  if (run.writes !== null) return sentence(run.writes);
  if (run.step !== null) return stepLine(run.step);
  return `Run ${run.id}: ${run.state}`;
}

function stepLine({ what, done, total, etaSeconds }: RunStep): string {
  const left = etaSeconds === null || etaSeconds === undefined ? '' : `, about ${etaSeconds} s left`;
  return `${what} ${done}${total === null ? '' : ` of ${total}`}${left}`;
}
