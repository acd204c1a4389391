/** Builds what the image holds without a container engine: every COPY, and every RUN of the stages that compile. */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdirSync, readFileSync, statSync, symlinkSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { DockerfileParser, type Instruction } from 'dockerfile-ast';
import { ROOT } from './paths.ts';

export interface Step {
  readonly keyword: string;
  /** As written, continuation lines joined. */
  readonly text: string;
  readonly words: readonly string[];
}

export interface Stage {
  readonly name: string;
  readonly base: string;
  readonly steps: readonly Step[];
}

export const DOCKERFILE = readFileSync(join(ROOT, 'Dockerfile'), 'utf8');

/** Build arguments before the first stage, and the stages; the last one is called `final`. */
export function readDockerfile(text = DOCKERFILE): {
  readonly global: readonly Step[];
  readonly stages: readonly Stage[];
} {
  const instructions = DockerfileParser.parse(text).getInstructions();
  const firstStage = instructions.findIndex((one) => one.getKeyword() === 'FROM');
  const stages: { name: string; base: string; steps: Step[] }[] = [];
  for (const step of instructions.slice(firstStage).map(stepOf)) {
    const [base = '', , name = 'final'] = step.words;
    if (step.keyword === 'FROM') stages.push({ name, base, steps: [] });
    else stages.at(-1)?.steps.push(step);
  }
  return { global: instructions.slice(0, firstStage).map(stepOf), stages };
}

function stepOf(instruction: Instruction): Step {
  const words = instruction.getArguments().map((word) => word.getValue());
  const flags = (instruction as Instruction & { getFlags?(): { toString(): string }[] }).getFlags?.() ?? [];
  return {
    keyword: instruction.getKeyword(),
    text: (instruction.getRawArgumentsContent() ?? '').replaceAll(/\\\n\s*/g, ''),
    words: [...flags.map(String), ...words],
  };
}

/** Folder of each stage, as its root. @throws when a RUN fails, with what it said. */
export async function buildStages(folder: string): Promise<(stage: string) => string> {
  const rootOf = (stage: string) => join(folder, stage);
  const { stages } = readDockerfile();
  const [last, ...others] = [...stages].reverse() as [Stage, ...Stage[]];
  await Promise.all(others.map((stage) => build(stage, rootOf)));
  await build({ ...last, steps: last.steps.filter(({ keyword }) => keyword !== 'RUN') }, rootOf);
  return rootOf;
}

/** Half a gigabyte for the compiler; the tests themselves run from what this very command has installed. */
const INSTALLED = 'npm ci --ignore-scripts';

async function build(stage: Stage, rootOf: (stage: string) => string): Promise<void> {
  let workdir = rootOf(stage.name);
  for (const step of stage.steps) {
    if (step.keyword === 'WORKDIR') workdir = join(rootOf(stage.name), step.words[0] ?? '/');
    mkdirSync(workdir, { recursive: true });
    if (step.keyword === 'COPY') copy(step, workdir, rootOf);
    if (step.keyword === 'RUN' && step.text === INSTALLED)
      symlinkSync(join(ROOT, 'node_modules'), join(workdir, 'node_modules'));
    else if (step.keyword === 'RUN') await run(step.text, workdir);
  }
}

function copy({ words }: Step, workdir: string, rootOf: (stage: string) => string): void {
  const from = /^--from=(.+)$/.exec(words[0] ?? '')?.[1];
  const paths = from === undefined ? words : words.slice(1);
  const target = paths.at(-1) ?? '';
  const sources = paths.slice(0, -1);
  for (const source of sources) {
    const path = join(from === undefined ? ROOT : rootOf(from), source);
    const into = (target.endsWith('/') || target === '.') && !statSync(path).isDirectory();
    const to = join(workdir, target, into ? basename(source) : '');
    mkdirSync(dirname(to), { recursive: true });
    if (from === undefined) cpSync(path, to, { recursive: true, verbatimSymlinks: true });
    // Between two stages nothing is changed, so links will do.
    else execFileSync('cp', ['--archive', '--link', '--no-target-directory', path, to]);
  }
}

async function run(command: string, cwd: string): Promise<void> {
  const { NODE_ENV: _environment, ...rest } = process.env;
  const env = {
    ...rest,
    PATH: `${dirname(process.execPath)}:/usr/local/bin:/usr/bin:/bin`,
    // What the tests were installed from is at hand.
    npm_config_prefer_offline: 'true',
  };
  const child = spawn('/bin/sh', ['-c', command], {
    cwd,
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: 240_000,
  });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (said += chunk));
  const [code] = await once(child, 'close');
  if (code !== 0) throw new Error(`RUN ${command} ended with ${code}:\n${said}`);
}

/** What `.dockerignore` lets into the build: paths from the root of the project. */
export function admitted(): readonly string[] {
  const lines = readFileSync(join(ROOT, '.dockerignore'), 'utf8').split('\n');
  return lines.filter((line) => line.startsWith('!')).map((line) => line.slice(1));
}
