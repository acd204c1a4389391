/** Servers of Redis as others run them: with settings of their own, on a port, gone after the test. */
import { type ChildProcess, spawn } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';

export interface RedisServer {
  readonly port: number;
  /** SIGKILL, as a crash would. */
  kill(): Promise<void>;
}

/** A redis-server on a port of its own, with these settings. */
export async function redisServer(...settings: string[]): Promise<RedisServer> {
  const port = await freePort();
  const dir = await mkdtemp(join(tmpdir(), 'redis-connect-'));
  // A configuration file stands before everything else; a watcher of masters saves nothing.
  const [conf, ...others] = settings[0]?.startsWith('/') === true ? settings : ['', ...settings];
  const saving = settings.includes('--sentinel') ? [] : ['--save', ''];
  const child: ChildProcess = spawn('redis-server', [
    ...(conf === '' ? [] : [conf as string]),
    ...['--port', `${port}`, '--bind', '127.0.0.1', '--dir', dir, ...saving],
    ...others,
  ]);
  const ended = new Promise((resolve) => child.once('exit', resolve));
  const kill = async (): Promise<void> => {
    child.kill('SIGKILL');
    await ended;
  };
  onTestFinished(async () => {
    await kill();
    await rm(dir, { recursive: true, force: true, maxRetries: 10 });
  });
  await new Promise<void>((resolve, reject) => {
    void ended.then(() => reject(new Error('the server did not start')));
    child.stdout?.on('data', (text) => /Ready to accept|monitor master/.test(String(text)) && resolve());
  });
  return { port, kill };
}

/** Its port. */
export async function listening(...settings: string[]): Promise<number> {
  return (await redisServer(...settings)).port;
}

const given = new Set<number>();

/** Each worker of a test run has its own part of the ports. */
const PART = { size: 625, first: 11_000 + 625 * (Number(process.env.VITEST_POOL_ID ?? 0) % 16) };

/**
 * Nobody listens there now, and nobody else was given it. It is none of those that the system gives to whoever asks for
 * any (32,768 and above), so nobody takes it before the server does; nor is the one 10,000 above it, which a Cluster
 * needs as well.
 */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(PART.first, PART.first + PART.size);
    if (given.has(port)) continue;
    given.add(port);
    const probe = createServer();
    const isFree = await new Promise<boolean>((resolve) => {
      probe.once('error', () => resolve(false));
      probe.listen(port, '127.0.0.1', () => probe.close(() => resolve(true)));
    });
    if (isFree) return port;
  }
}

/** Path of a file with this text, for a server to read. */
export async function file(name: string, text: string): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'redis-pem-'));
  onTestFinished(() => rm(dir, { recursive: true, force: true }));
  const path = join(dir, name);
  await writeFile(path, text, { mode: 0o600 });
  return path;
}
