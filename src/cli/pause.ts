/** `pause [--all]`: stops writes between two of them; reading and planning go on. */
import type { Command } from 'commander';
import { pause } from '../actions/decisions.ts';
import { type ConfigFlags, type Session, withWorkbench } from './command.ts';
import { osUser } from './os-user.ts';

interface PauseFlags extends ConfigFlags {
  readonly all?: boolean;
}

export function pauseCommand(program: Command, session: Session): void {
  program
    .command('pause')
    .description(
      'stop writing, on every replica, until resume; deactivations and resyncs of one person go on',
    )
    .option('--all', 'stop deactivations and resyncs of one person as well')
    .addHelpText('after', EXAMPLES)
    .action(async (_flags, command: Command) => {
      const flags = command.optsWithGlobals<PauseFlags>();
      const all = flags.all === true;
      process.exitCode = await withWorkbench(session, flags, async (bench) => {
        await pause(await bench.loop(), { by: osUser(), all });
        const rest = all ? 'Nothing is written' : 'Only deactivations and resyncs of one person are written';
        session.io.note(`Paused. ${rest} until "devin-idp-sync resume".`);
        return 0;
      });
    });
}

const EXAMPLES = `
Examples:
  devin-idp-sync pause
  devin-idp-sync pause --all`;
