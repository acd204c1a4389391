/** `serve`: the daemon, until it is told to stop. */
import { once } from 'node:events';
import type { Command } from 'commander';
import { type ConfigFlags, type Session, withWorkbench } from './command.ts';

export function serveCommand(program: Command, session: Session): void {
  program
    .command('serve')
    .description('run the daemon: schedule, queue workers, HTTP')
    .addHelpText('after', '\nExample:\n  devin-idp-sync serve --config /etc/devin-idp-sync/config.yaml')
    .action(async (_flags, command: Command) => {
      const flags = command.optsWithGlobals<ConfigFlags>();
      await withWorkbench(session, { ...flags, logLevel: flags.logLevel ?? 'configured' }, async (bench) => {
        const daemon = await bench.serve(session.signal);
        if (!session.signal.aborted) await Promise.race([once(session.signal, 'abort'), daemon.ended]);
        if (session.signal.aborted) endAnyway(session, daemon.shutdownMs);
      });
    });
}

/** Beyond the time for what is in hand: for a Redis or a connection that does not even take a farewell. */
const MOMENT_MS = 1500;

/** Everything that was under way is journalled, so that the next start takes it up; whoever waits for the end must get it. */
function endAnyway({ io }: Session, shutdownMs: number): void {
  setTimeout(() => {
    io.note(
      `Not everything ended within ${(shutdownMs + MOMENT_MS) / 1000} s; the next start takes up what is left.`,
    );
    process.exit();
  }, shutdownMs + MOMENT_MS).unref();
}
