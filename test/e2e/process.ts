/** The program as a process of its own, the way a person or a pipeline starts it. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';
import { scratch } from './live.ts';

const BIN = fileURLToPath(new URL('../../bin/devin-idp-sync.mjs', import.meta.url));

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Started {
  readonly child: ChildProcess;
  readonly ended: Promise<Ended>;
  /** Resolves with the first match in standard error; rejects when the process ends before. */
  said(pattern: RegExp): Promise<RegExpExecArray>;
}

export function start(args: readonly string[], cwd: string): Started {
  const child = spawn(process.execPath, [BIN, ...args], { cwd, stdio: ['ignore', 'pipe', 'pipe'] });
  onTestFinished(() => void child.kill('SIGKILL'));
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk) => {
    stdout += chunk;
  });
  child.stderr.on('data', (chunk) => {
    stderr += chunk;
  });
  const ended = once(child, 'close').then(([code]): Ended => ({ code, stdout, stderr }));
  const said = (pattern: RegExp) =>
    new Promise<RegExpExecArray>((resolve, reject) => {
      const look = () => {
        const match = pattern.exec(stderr);
        if (match !== null) resolve(match);
      };
      child.stderr.on('data', look);
      look();
      void ended.then(() => reject(new Error(`ended before it said ${pattern}:\n${stdout}\n${stderr}`)));
    });
  return { child, ended, said };
}

export async function run(args: readonly string[], cwd: string): Promise<Ended> {
  return start(args, cwd).ended;
}

/** A folder with `devin-idp-sync.yaml`. */
export async function configured(text: string): Promise<string> {
  const folder = await scratch();
  await writeFile(join(folder, 'devin-idp-sync.yaml'), text);
  return folder;
}
