/** `doctor`: configuration, credentials, permissions, Redis and the clock, each with what to do. */
import type { Command } from 'commander';
import type { Checkup } from '../actions/workbench.ts';
import { type ConfigFlags, type Session, withWorkbench } from './command.ts';
import { printFinding } from './finding-line.ts';
import type { Io } from './io.ts';

export function doctorCommand(program: Command, session: Session): void {
  program
    .command('doctor')
    .description('check configuration, credentials, permissions, Redis and the clock')
    .addHelpText('after', '\nExample:\n  devin-idp-sync doctor --config devin-idp-sync.yaml')
    .action(async (_flags, command: Command) => {
      const flags = command.optsWithGlobals<ConfigFlags>();
      process.exitCode = await withWorkbench(session, flags, async (bench) => {
        let failed = 0;
        for await (const checkup of bench.checkup(session.signal)) {
          print(session.io, checkup);
          failed += checkup.findings.filter(({ level }) => level === 'fail').length;
        }
        session.io.out(
          failed === 0
            ? '\nEverything that was checked works.\n'
            : `\n${failed} ${failed === 1 ? 'thing needs' : 'things need'} attention.\n`,
        );
        return failed === 0 ? 0 : 1;
      });
    });
}

function print(io: Io, { part, findings }: Checkup): void {
  io.out(`\n${part}\n`);
  for (const finding of findings) printFinding(io, finding);
}
