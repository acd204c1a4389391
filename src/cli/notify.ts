/** `notify`: a test message to the webhooks, so that the first real one is not the first one. */
import type { Command } from 'commander';
import { type ConfigFlags, type Session, withWorkbench } from './command.ts';
import { printFinding } from './finding-line.ts';

interface NotifyFlags extends ConfigFlags {
  readonly to?: string;
}

export function notifyCommand(program: Command, session: Session): void {
  program
    .command('notify')
    .description('send a test message to the webhooks of the configuration')
    .option('--to <name>', 'only to this webhook')
    .addHelpText('after', '\nExample:\n  devin-idp-sync notify --to oncall')
    .action(async (_flags, command: Command) => {
      const flags = command.optsWithGlobals<NotifyFlags>();
      process.exitCode = await withWorkbench(session, flags, async (bench) => {
        let sent = 0;
        let failed = 0;
        for await (const finding of bench.testMessages(flags.to ?? null, session.signal)) {
          printFinding(session.io, finding);
          sent++;
          if (finding.level === 'fail') failed++;
        }
        if (sent > 0) return failed === 0 ? 0 : 1;
        session.io.note(
          flags.to === undefined
            ? 'notify.webhooks names nobody; add one, with name, kind and urlFile.'
            : `notify.webhooks has none with the name "${flags.to}".`,
        );
        return 1;
      });
    });
}
