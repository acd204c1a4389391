import { spawn } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { afterEach, expect, test } from 'vitest';
import { findBinary } from '../../src/lib/provision.ts';
import { type EmbeddedRedis, REDIS_SERVER, startEmbeddedRedis } from '../../src/state/embedded-redis.ts';
import { type Answer, ping as pingWithin } from '../../src/state/redis-process.ts';

const cleanups: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

async function folder(...below: string[]): Promise<string> {
  const base = await mkdtemp(join(tmpdir(), 'redis-test-'));
  cleanups.push(() => rm(base, { recursive: true, force: true, maxRetries: 10 }));
  const path = join(base, ...below);
  await mkdir(path, { recursive: true, mode: 0o700 });
  return path;
}

async function start(stateDir: string, troubles: string[] = []): Promise<EmbeddedRedis> {
  const redis = await startEmbeddedRedis({
    stateDir,
    binary: async () => (await findBinary(REDIS_SERVER.names)) as string,
    onTrouble: (message) => troubles.push(message),
  });
  cleanups.push(() => redis.release());
  return redis;
}

async function ask<T>(socket: string, question: (client: Redis) => Promise<T>): Promise<T> {
  const client = new Redis({ path: socket, disableClientInfo: true });
  try {
    return await question(client);
  } finally {
    client.disconnect();
  }
}

/** No stall of the machine is taken for a silent server. */
function ping(socket: string): Promise<Answer> {
  return pingWithin(socket, 120_000);
}

async function until(condition: () => Promise<boolean>): Promise<void> {
  while (!(await condition())) await sleep(10);
}

test('a private server keeps every key, writes a file, and is closed to other users', async () => {
  const dir = await folder();
  const redis = await start(dir);
  expect(redis.adopted).toBe(false);
  const info = await ask(redis.socket, (client) => client.info());
  expect(info).toContain('maxmemory_policy:noeviction');
  expect(info).toContain('aof_enabled:1');
  expect(info).toContain('tcp_port:0');
  expect((await stat(join(dir, 'redis'))).mode & 0o777).toBe(0o700);
});

test('a second process on the folder adopts the server; only the last one to leave stops it', async () => {
  const dir = await folder();
  const first = await start(dir);
  const second = await start(dir);
  expect(second.adopted).toBe(true);
  expect(second.socket).toBe(first.socket);
  await first.release();
  expect(await ping(second.socket)).toBe('pong');
  await second.release();
  expect(await ping(second.socket)).toBe('none');
});

test('what was written is there after a stop and a new start', async () => {
  const dir = await folder();
  const first = await start(dir);
  await ask(first.socket, (client) => client.set('kept', 'yes'));
  await first.release();
  const second = await start(dir);
  expect(second.adopted).toBe(false);
  expect(await ask(second.socket, (client) => client.get('kept'))).toBe('yes');
});

test('six starts at once give one server', async () => {
  const dir = await folder();
  const all = await Promise.all(Array.from({ length: 6 }, () => start(dir)));
  expect(all.filter((redis) => !redis.adopted)).toHaveLength(1);
  const pids = await Promise.all(all.map((redis) => ask(redis.socket, (client) => client.info('server'))));
  expect(new Set(pids.map((info) => /process_id:(\d+)/.exec(info)?.[1])).size).toBe(1);
});

test('starts and stops that cross each other never leave anybody without a server', async () => {
  const dir = await folder();
  await Promise.all(
    Array.from({ length: 4 }, async (_, who) => {
      for (let turn = 0; turn < 8; turn++) {
        const redis = await start(dir);
        expect(await ask(redis.socket, (client) => client.set(`${who}`, `${turn}`))).toBe('OK');
        await redis.release();
      }
    }),
  );
  const last = await start(dir);
  expect(await ask(last.socket, (client) => client.mget('0', '1', '2', '3'))).toEqual(['7', '7', '7', '7']);
});

test('a killed owner leaves the server and its data to the next start', async () => {
  const dir = await folder();
  const program = `
    import { startEmbeddedRedis } from '${new URL('../../src/state/embedded-redis.ts', import.meta.url).href}';
    import { Redis } from 'ioredis';
    const redis = await startEmbeddedRedis({ stateDir: ${JSON.stringify(dir)}, binary: async () => 'redis-server' });
    await new Redis({ path: redis.socket }).set('from', 'the killed one');
    console.log('ready');
    setInterval(() => {}, 1000);`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', program], {
    cwd: new URL('../..', import.meta.url).pathname,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await new Promise((resolve) => child.stdout.once('data', resolve));
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGKILL');
  await ended;
  const next = await start(dir);
  expect(next.adopted).toBe(true);
  expect(await ask(next.socket, (client) => client.get('from'))).toBe('the killed one');
  await next.release();
  expect(await ping(next.socket)).toBe('none');
});

test('a server that is killed under us is started again with its data', async () => {
  const dir = await folder();
  const troubles: string[] = [];
  const redis = await start(dir, troubles);
  await ask(redis.socket, async (client) => {
    await client.set('kept', 'yes');
    // A busy disk makes it put off its writing.
    await until(async () => (await client.info('persistence')).includes('aof_buffer_length:0'));
  });
  process.kill(Number(await readFile(join(dir, 'redis', 'redis.pid'), 'utf8')), 'SIGKILL');
  await until(async () => troubles.length > 0);
  expect(troubles).toEqual(['the private Redis ended unexpectedly and was started again']);
  expect(await ask(redis.socket, (client) => client.get('kept'))).toBe('yes');
});

test('a state folder with a long path gets a short socket of its own', async () => {
  const dir = await folder('a'.repeat(100), 'b'.repeat(100));
  const redis = await start(dir);
  cleanups.push(() => rm(join(redis.socket, '..'), { recursive: true, force: true, maxRetries: 10 }));
  expect(Buffer.byteLength(redis.socket)).toBeLessThan(104);
  expect((await stat(join(redis.socket, '..'))).mode & 0o777).toBe(0o700);
  expect(await ping(redis.socket)).toBe('pong');
  const again = await start(dir);
  expect(again.adopted).toBe(true);
});

test('a server that cannot start is an error with the end of its log', async () => {
  const dir = await folder();
  await mkdir(join(dir, 'redis', 'appendonlydir'), { recursive: true, mode: 0o700 });
  const { writeFile } = await import('node:fs/promises');
  await writeFile(join(dir, 'redis', 'appendonlydir', 'appendonly.aof.manifest'), 'not a manifest\n');
  await expect(start(dir)).rejects.toThrow(
    /the private Redis \(.*redis-server\) ended with code 1\. Its log .*manifest/i,
  );
});

test('a folder that other users may write to is refused', async () => {
  const dir = await folder('open');
  const { chmod } = await import('node:fs/promises');
  await chmod(dir, 0o777);
  await expect(start(dir)).rejects.toThrow(`${dir} can be written by other users; run: chmod go-w ${dir}`);
});
