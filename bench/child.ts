/** Measured work runs in processes of its own: a fresh heap, and nobody else's garbage. */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

const LIMIT_MS = 10 * 60_000;

/** Runs a script of this folder to its end and parses the last line that it prints. */
export async function measure<T>(
  script: string,
  args: readonly string[],
  flags: readonly string[] = [],
  limitMs = LIMIT_MS,
): Promise<T> {
  const child = start(script, args, flags, limitMs);
  let out = '';
  child.stdout?.on('data', (chunk) => {
    out += chunk;
  });
  const [code] = await once(child, 'close');
  if (code !== 0) throw new Error(`${script} ${args.join(' ')} ended with ${code}`);
  return JSON.parse(out.trim().split('\n').at(-1) as string) as T;
}

/** Starts a script that is talked to by messages; it ends when this process does. */
export function start(
  script: string,
  args: readonly string[],
  flags: readonly string[] = [],
  limitMs = LIMIT_MS,
): ChildProcess {
  const file = fileURLToPath(new URL(script, import.meta.url));
  const stdio = ['ignore', 'pipe', 'inherit', 'ipc'] as const;
  return fork(file, [...args], { execArgv: [...flags], stdio: [...stdio], timeout: limitMs });
}
