/** `resume`: ends a pause. */
import type { Command } from 'commander';
import { resume } from '../actions/decisions.ts';
import { type ConfigFlags, type Session, withWorkbench } from './command.ts';
import { osUser } from './os-user.ts';

export function resumeCommand(program: Command, session: Session): void {
  program
    .command('resume')
    .description('end a pause: writing goes on with what the newest plan allows')
    .addHelpText('after', '\nExamples:\n  devin-idp-sync resume')
    .action(async (_flags, command: Command) => {
      process.exitCode = await withWorkbench(
        session,
        command.optsWithGlobals<ConfigFlags>(),
        async (bench) => {
          const loop = await bench.loop();
          const paused = await loop.store.pause.get();
          await resume(loop, { by: osUser() });
          session.io.note(paused === null ? 'Nothing was paused.' : `Resumed what ${paused.by} had paused.`);
          return 0;
        },
      );
    });
}
