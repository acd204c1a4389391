/**
 * Finds a program on PATH, or gets it through the machine's package manager. A person at a terminal is asked
 * first; without one the installation is announced and done.
 */
import { execFile } from 'node:child_process';
import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { ConfigError, errorText } from './errors.ts';
import { installCommand, type PackageManager } from './package-managers.ts';

export interface BinaryNeed {
  /** Names that are good enough, the preferred one first. */
  readonly names: readonly string[];
  /** What to install, per package manager; a manager that is not listed is not tried. */
  readonly packages: Readonly<Partial<Record<PackageManager, readonly string[]>>>;
  /** Ends the sentence "… is needed to …". */
  readonly purpose: string;
  /** false: never install anything, explain instead. */
  readonly install: boolean;
  /** Asks a person at a terminal; absent where there is none. */
  readonly ask?: (question: string) => Promise<boolean>;
  readonly announce: (line: string) => void;
  /** PATH to search and to give to the package manager; default: the process's own. */
  readonly searchPath?: string;
}

/** A package manager on a slow mirror needs minutes; one that waits for input must not hang us for ever. */
const INSTALL_TIMEOUT_MS = 10 * 60_000;

/**
 * The absolute path of the first of `names` that the machine has, installed first where that is allowed.
 * @throws ConfigError with the one line to type when it is missing and was not installed.
 */
export async function ensureBinary(need: BinaryNeed): Promise<string> {
  const found = await findBinary(need.names, need.searchPath);
  if (found !== null) return found;
  const wanted = need.names.join(' or ');
  const command = await managerCommand(need);
  if (command === null)
    throw new ConfigError([
      `${wanted} is needed to ${need.purpose}, and this machine has no package manager that we know to install it; ` +
        'install it by hand and make sure that it is on PATH',
    ]);
  const advice = `${wanted} is needed to ${need.purpose}; install it with: ${command.line}`;
  if (!need.install) throw new ConfigError([advice]);
  if (need.ask && !(await need.ask(`${wanted} is needed to ${need.purpose}. Run "${command.line}" now?`)))
    throw new ConfigError([advice]);
  need.announce(`${wanted} is needed to ${need.purpose}; running: ${command.line}`);
  await install(command.argv, need.searchPath, advice);
  const installed = await findBinary(need.names, need.searchPath);
  if (installed === null)
    throw new ConfigError([`"${command.line}" ended well but gave no ${wanted} on PATH`]);
  return installed;
}

/** The first of `names` that can be executed; null when there is none. */
export async function findBinary(names: readonly string[], searchPath?: string): Promise<string | null> {
  const folders = (searchPath ?? (await processPath())).split(':').filter((folder) => folder !== '');
  for (const name of names) {
    for (const folder of folders) {
      const path = join(folder, name);
      if (await executable(path)) return path;
    }
  }
  return null;
}

/** Only configuration may read the environment, so a child that inherits it is asked. */
async function processPath(): Promise<string> {
  const inherited = await output('/bin/sh', ['-c', 'printf %s "$PATH"']);
  return `${inherited}:/usr/local/bin:/usr/bin:/usr/sbin:/opt/homebrew/bin`;
}

async function executable(path: string): Promise<boolean> {
  return access(path, constants.X_OK).then(
    () => true,
    () => false,
  );
}

interface InstallCommand {
  readonly argv: readonly [string, ...string[]];
  /** What a person would type. */
  readonly line: string;
}

async function managerCommand(need: BinaryNeed): Promise<InstallCommand | null> {
  const root = process.getuid?.() === 0;
  for (const [manager, packages] of Object.entries(need.packages) as [PackageManager, readonly string[]][]) {
    if ((await findBinary([manager], need.searchPath)) !== null)
      return installCommand(manager, packages, root);
  }
  return null;
}

async function install(
  argv: readonly [string, ...string[]],
  searchPath: string | undefined,
  advice: string,
): Promise<void> {
  try {
    await output(argv[0], argv.slice(1), searchPath);
  } catch (error) {
    throw new ConfigError([`${advice} (it failed when we tried: ${lastLines(error)})`], { cause: error });
  }
}

function output(command: string, args: readonly string[], searchPath?: string): Promise<string> {
  const options = {
    timeout: INSTALL_TIMEOUT_MS,
    maxBuffer: 64 * 1024 * 1024,
    ...(searchPath === undefined ? {} : { env: { PATH: searchPath } }),
  };
  return new Promise((resolve, reject) => {
    execFile(command, [...args], options, (error, stdout, stderr) => {
      if (error) reject(Object.assign(error, { said: stderr.trim() || stdout.trim() }));
      else resolve(stdout);
    }).stdin?.end();
  });
}

function lastLines(error: unknown): string {
  const said = (error as { said?: string }).said ?? '';
  return said === '' ? errorText(error) : said.split('\n').slice(-3).join(' ');
}
