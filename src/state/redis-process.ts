/** One private redis-server: where its socket is, whether it answers, and how it is started. */
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { lstat, mkdir, readFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { ConfigError } from '../lib/errors.ts';

export interface RedisPlace {
  /** Folder of the append-only file, the log and the lock; 0700. */
  readonly dir: string;
  readonly socket: string;
}

/** sun_path has 104 bytes on macOS and 108 on Linux, the closing zero included. */
const LONGEST_SOCKET_PATH = 103;

/** A big append-only file takes a while to load; PING says LOADING meanwhile. */
const START_TIMEOUT_MS = 60_000;

/** Writing out what is not on disk yet takes a moment; a server that was killed never removes its socket. */
const STOP_TIMEOUT_MS = 15_000;

/** Creates the folder; a socket path that is too long for the kernel moves to a short folder of our own. */
export async function redisPlace(stateDir: string): Promise<RedisPlace> {
  const dir = join(stateDir, 'redis');
  await privateFolder(stateDir);
  await privateFolder(dir);
  const socket = join(dir, 'redis.sock');
  if (Buffer.byteLength(socket) <= LONGEST_SOCKET_PATH) return { dir, socket };
  const hash = createHash('sha256').update(dir).digest('hex').slice(0, 16);
  const short = join(tmpdir(), `devin-idp-sync-${hash}`);
  await privateFolder(short);
  return { dir, socket: join(short, 'r.sock') };
}

/** Anybody who can write there could put a server of their own in our place. */
async function privateFolder(path: string): Promise<void> {
  await mkdir(path, { recursive: true, mode: 0o700 });
  const stat = await lstat(path);
  if (!stat.isDirectory()) throw new ConfigError([`${path} is not a folder`]);
  const uid = process.getuid?.() ?? -1;
  if (uid >= 0 && stat.uid !== uid)
    throw new ConfigError([
      `${path} belongs to user id ${stat.uid}, not to us (${uid}); give another stateDir`,
    ]);
  if ((stat.mode & 0o022) !== 0)
    throw new ConfigError([`${path} can be written by other users; run: chmod go-w ${path}`]);
}

/** `none`: nobody listens · `loading`: it reads its file · `silent`: it took the connection but says nothing. */
export type Answer = 'pong' | 'loading' | 'silent' | 'none';

export function ping(socket: string, timeoutMs = 1000): Promise<Answer> {
  return new Promise((resolve) => {
    const client = connect(socket);
    const end = (answer: Answer) => {
      client.destroy();
      resolve(answer);
    };
    client.once('error', () => end('none'));
    client.once('connect', () => client.write('PING\r\n'));
    client.once('data', (data) => end(data.toString('latin1').startsWith('+PONG') ? 'pong' : 'loading'));
    client.setTimeout(timeoutMs, () => end('silent'));
  });
}

/** Starts a server and waits until it answers. @throws ConfigError with the last lines of its log. */
export async function startServer(binary: string, place: RedisPlace): Promise<void> {
  await refuseSecondServer(place);
  const log = join(place.dir, 'redis.log');
  // Its own session: a Ctrl-C at our terminal must not end it while we still write outcomes.
  const child = spawn(binary, serverArguments(place, log), { detached: true, stdio: 'ignore' });
  let failure: string | null = null;
  child.once('error', (error) => (failure = error.message));
  child.once('exit', (code, signal) => (failure = `ended with ${signal ?? `code ${code}`}`));
  child.unref();
  for (let waited = 0; waited < START_TIMEOUT_MS; waited += 10) {
    if ((await ping(place.socket)) === 'pong') return;
    if (failure !== null) break;
    await sleep(10);
  }
  const why = failure ?? `did not answer within ${START_TIMEOUT_MS / 1000} s`;
  throw new ConfigError([
    `the private Redis (${binary}) ${why}. Its log ${log} ends with: ${await tail(log)}`,
  ]);
}

/**
 * Waits until a server that was told to stop has removed its socket; its file is flushed by then. It stops
 * listening a moment earlier: a server that starts in between would lose its own socket to that removal.
 */
export async function gone(socket: string): Promise<void> {
  for (let waited = 0; waited < STOP_TIMEOUT_MS && existsSync(socket); waited += 5) await sleep(5);
}

function serverArguments({ dir, socket }: RedisPlace, log: string): string[] {
  const settings: Record<string, string> = {
    port: '0',
    unixsocket: socket,
    unixsocketperm: '700',
    dir,
    save: '',
    appendonly: 'yes',
    appendfsync: 'everysec',
    'maxmemory-policy': 'noeviction',
    databases: '1',
    pidfile: join(dir, 'redis.pid'),
    logfile: log,
  };
  return Object.entries(settings).flatMap(([name, value]) => [`--${name}`, value]);
}

/** Two servers on one append-only file destroy it; a server whose socket file was deleted is still one. */
async function refuseSecondServer({ dir, socket }: RedisPlace): Promise<void> {
  const pid = (await readFile(join(dir, 'redis.pid'), 'utf8').catch(() => '')).trim();
  if (!/^\d+$/.test(pid)) return;
  // The server writes its socket into its title, so a recycled pid is not mistaken for it.
  const title = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
  if (title.includes(socket))
    throw new ConfigError([
      `a private Redis (pid ${pid}) runs on ${dir}, but its socket ${socket} is gone; end it with: kill ${pid}`,
    ]);
}

async function tail(file: string): Promise<string> {
  const text = await readFile(file, 'utf8').catch(() => '(no log)');
  return text.trim().split('\n').slice(-3).join(' | ');
}
