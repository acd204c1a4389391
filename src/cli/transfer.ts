/** What `adopt` and `release` share: the scope that is named, and what the move did. */
import type { Command } from 'commander';
import type { adoptAccess, LedgerScope } from '../actions/adopt.ts';
import { ConfigError } from '../lib/errors.ts';
import { type ConfigFlags, type Session, withWorkbench } from './command.ts';
import { osUser } from './os-user.ts';
import { metered } from './progress.ts';

interface TransferFlags extends ConfigFlags, LedgerScope {
  readonly why?: string;
  readonly attest?: string;
  readonly keepDays?: number;
}

export interface Move {
  readonly name: 'adopt' | 'release';
  readonly description: string;
  readonly examples: string;
  readonly carryOut: typeof adoptAccess;
  /** Flags of this one alone. */
  readonly extend?: (command: Command) => Command;
  /** After the number of roles. */
  readonly done: string;
}

export function transferCommand(program: Command, session: Session, move: Move): void {
  const plain = program.command(move.name).description(move.description);
  (move.extend?.(plain) ?? plain)
    .option('--person <email>', 'everything of this person')
    .option('--org <org>', 'everything in this organization (name or id)')
    .option('--all', 'everything')
    .option('--why <text>', 'reason, kept in the journal', `${move.name} on the command line`)
    .addHelpText('after', move.examples)
    .action(async (_flags, command: Command) => {
      const flags = command.optsWithGlobals<TransferFlags>();
      const scope = scopeOf(move.name, flags);
      process.exitCode = await withWorkbench(session, flags, async (bench) => {
        const { attest, keepDays } = flags;
        const request = {
          ...scope,
          by: osUser(),
          why: flags.why ?? '',
          ...(attest === undefined ? {} : { attest }),
          ...(keepDays === undefined ? {} : { graceDays: keepDays }),
        };
        const loop = await bench.loop();
        const edges = await metered(session.io, (onProgress) =>
          move.carryOut(loop, request, { signal: session.signal, onProgress }),
        );
        for (const { label, placeName, role } of edges) {
          session.io.out(`${label}\t${placeName}${role === null ? '' : `\t${role.name}`}\n`);
        }
        const marks = edges.filter(({ scim }) => scim !== undefined).length;
        const more = marks === 0 ? '' : `, and ${marks} users and memberships of the SCIM service,`;
        session.io.note(`${edges.length - marks} roles${more} ${move.done}`);
        return 0;
      });
    });
}

function scopeOf(name: string, { person, org, all }: TransferFlags): LedgerScope {
  const given = [person, org, all].filter((one) => one !== undefined).length;
  if (given !== 1) throw new ConfigError([`${name} needs exactly one of --person, --org and --all`]);
  if (person !== undefined) return { person };
  return org === undefined ? { all: true } : { org };
}
