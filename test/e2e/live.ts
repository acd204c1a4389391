/** The real program between real fakes: one configuration, one state folder, everything given back after the test. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { type ApplyResult, apply, type Consent } from '../../src/actions/apply.ts';
import type { Workbench } from '../../src/actions/workbench.ts';
import { openApp } from '../../src/app.ts';
import type { Io } from '../../src/cli/io.ts';
import { parseConfigText } from '../../src/config/load.ts';
import type { Plan } from '../../src/core/model/change.ts';
import type { ReadContext } from '../../src/lib/reading.ts';
import { takeTurn } from '../../src/sync/run.ts';

export interface Silent extends Io {
  readonly said: string[];
}

/** Collects what a command prints. */
export function silentIo(): Silent {
  const said: string[] = [];
  return {
    out: (text) => void said.push(text),
    note: (line) => void said.push(`${line}\n`),
    live: false,
    colour: false,
    width: 100,
    ask: null,
    said,
  };
}

export const CONTEXT: ReadContext = { signal: new AbortController().signal, onProgress: () => {} };

/** A folder that is gone after the test. */
export async function scratch(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'idp-e2e-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true, maxRetries: 10 }));
  return folder;
}

export interface Live {
  readonly bench: Workbench;
  readonly folder: string;
  plan(): Promise<Plan>;
  apply(consent: Consent): Promise<ApplyResult>;
}

/** Opens the program on this configuration text; the state folder is a fresh one unless given. */
export async function live(text: string, folder?: string): Promise<Live> {
  const program = await open(text, folder ?? (await scratch()));
  onTestFinished(() => program.bench.close());
  return program;
}

/** The same, for whoever closes it. */
export async function open(text: string, home: string): Promise<Live> {
  const config = parseConfigText(text, { file: join(home, 'test.yaml'), env: {}, readFile: () => '' });
  const bench = await openApp(config, { io: silentIo(), install: false, logLevel: 'silent' });
  return {
    bench,
    folder: home,
    plan: async () => (await takeTurn(await bench.loop(), CONTEXT)).decision.plan,
    apply: async (consent) =>
      apply(
        await bench.loop(),
        await bench.writes(),
        {
          planId: null,
          approver: { by: 'test', why: 'test' },
          consent: async () => consent,
          onProgress: () => {},
        },
        CONTEXT,
      ),
  };
}
