/** argv → configuration → app → command → exit code. */

import { readFileSync } from 'node:fs';
import { CommanderError } from 'commander';
import { openApp, openPlayground } from './app.ts';
import { failureLines, type Session } from './cli/command.ts';
import { terminalIo } from './cli/io.ts';
import { buildProgram } from './cli/program.ts';
import { loadConfig } from './config/load.ts';

/** Runs one command; the exit code is left in `process.exitCode`. */
export async function main(argv: readonly string[]): Promise<void> {
  const io = terminalIo(process);
  const stop = new AbortController();
  const onSignal = () => stop.abort();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, onSignal);
  const session: Session = {
    io,
    signal: stop.signal,
    open: async (options) => {
      const reload = () => loadConfig({ path: options.config });
      return openApp(reload(), { io, reload, ...options });
    },
  };
  const program = buildProgram({
    version: version(),
    session,
    demo: { openPlayground: (options) => openPlayground({ ...options, io }) },
  });
  try {
    await program.parseAsync([...argv], { from: 'user' });
  } catch (error) {
    process.exitCode = exitCodeOf(error, io.note);
  } finally {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.off(signal, onSignal);
  }
}

/** Wrong usage was said by the parser already, and help is no failure. */
function exitCodeOf(error: unknown, note: (line: string) => void): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 1;
  for (const line of failureLines(error)) note(line);
  return 1;
}

function version(): string {
  const manifest = readFileSync(new URL('../package.json', import.meta.url), 'utf8');
  return (JSON.parse(manifest) as { version: string }).version;
}
