/** What every command gets, and how its failure reads. */
import type { OpenOptions, Workbench } from '../actions/workbench.ts';
import { ConfigError, SourceReadError, TargetError } from '../lib/errors.ts';
import { DaemonError } from './daemon-http.ts';
import type { Io } from './io.ts';

export interface Session {
  readonly io: Io;
  readonly signal: AbortSignal;
  /** Opens the rooms a configuration describes; the caller closes it. */
  open(options: OpenOptions): Promise<Workbench>;
}

/** Flags that every command which reads a configuration has. */
export interface ConfigFlags {
  readonly config?: string;
  /** commander's `--no-install` */
  readonly install: boolean;
  readonly logLevel?: OpenOptions['logLevel'];
}

export function openOptions(flags: ConfigFlags): OpenOptions {
  return { config: flags.config, install: flags.install, logLevel: flags.logLevel };
}

export async function withWorkbench<T>(
  session: Session,
  flags: ConfigFlags,
  use: (bench: Workbench) => Promise<T>,
): Promise<T> {
  const bench = await session.open(openOptions(flags));
  try {
    return await use(bench);
  } finally {
    await bench.close();
  }
}

/** The lines a person reads when a command ends with an error, and nothing of the inside of the program. */
export function failureLines(error: unknown): readonly string[] {
  if (error instanceof ConfigError) return error.problems;
  if (error instanceof SourceReadError) return [`${error.message}`, 'Nothing was written.'];
  if (error instanceof TargetError || error instanceof DaemonError) return [error.message];
  if (error instanceof Error && error.name === 'AbortError') return ['Stopped.'];
  return [error instanceof Error ? (error.stack ?? error.message) : String(error)];
}
