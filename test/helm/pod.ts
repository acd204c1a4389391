/** What a kubelet does with rendered manifests, as far as processes go: files at their places, users, signals. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chownSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { onTestFinished } from 'vitest';
import { freePort } from '../lib/redis-server.ts';
import { configText, find, type Manifest } from './helm.ts';

/** Who the pod runs as; where the tests are not root, as they themselves. */
const USER = 65_532;
const IS_ROOT = process.getuid?.() === 0;

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Container {
  readonly child: ChildProcess;
  readonly ended: Promise<Ended>;
  /** Resolves with the first match in what it said; rejects when it ends before. */
  said(pattern: RegExp): Promise<RegExpExecArray>;
}

export function startContainer(
  command: string,
  args: readonly string[],
  env: Record<string, string>,
  cwd: string,
  as: 'nobody' | 'this user' = 'nobody',
): Container {
  const user = IS_ROOT && as === 'nobody' ? { uid: USER, gid: USER } : {};
  const child = spawn(command, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'], ...user });
  onTestFinished(() => void child.kill('SIGKILL'));
  const said = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) child[name]?.on('data', (chunk) => (said[name] += chunk));
  const ended = once(child, 'close').then(([code]): Ended => ({ code, ...said }));
  return {
    child,
    ended,
    said: (pattern) =>
      new Promise((resolve, reject) => {
        const look = () => {
          const match = pattern.exec(said.stdout + said.stderr);
          if (match !== null) resolve(match);
        };
        for (const stream of [child.stdout, child.stderr]) stream?.on('data', look);
        look();
        void ended.then(({ code }) =>
          reject(new Error(`ended with ${code} before it said ${pattern}:\n${said.stdout}\n${said.stderr}`)),
        );
      }),
  };
}

export interface Volumes {
  readonly config: string;
  readonly state: string;
  /** Of one pod; the sealed folders are read-only for it. */
  readonly env: Record<string, string>;
}

/**
 * Puts the ConfigMap and the keys of the Secret into files, under `folder` in place of the root. What only a
 * cluster has, the name of the Redis Service and a port that nobody else uses, is replaced.
 */
export function mountVolumes(
  folder: string,
  manifests: readonly Manifest[],
  secrets: Readonly<Record<string, string>>,
  replaced: readonly [string, string][],
): Volumes {
  const secretFolder = join(folder, 'run/secrets/devin-idp-sync');
  const state = join(folder, 'var/lib/devin-idp-sync');
  const config = join(folder, 'etc/devin-idp-sync/config.yaml');
  for (const path of [secretFolder, state, dirname(config)]) mkdirSync(path, { recursive: true });
  const { volumes } = find(manifests, 'Deployment').spec.template.spec;
  const secretVolume = volumes.find(({ name }: { name: string }) => name === 'secrets');
  for (const { secret } of secretVolume.projected.sources) {
    for (const { key, path } of secret.items) {
      const value = secrets[key];
      if (value === undefined) throw new Error(`the Secret has no ${key}`);
      writeFileSync(join(secretFolder, path), `${value}\n`, { mode: 0o440 });
      if (IS_ROOT) chownSync(join(secretFolder, path), 0, USER);
    }
  }
  if (IS_ROOT) chownSync(state, USER, USER);
  let text = configText(manifests);
  for (const [from, to] of [
    ['/run/secrets/', `${join(folder, 'run/secrets')}/`],
    ['/var/lib/', `${join(folder, 'var/lib')}/`],
    ...replaced,
  ]) {
    if (!text.includes(from as string)) throw new Error(`the configuration does not say ${from}:\n${text}`);
    text = text.replaceAll(from as string, to as string);
  }
  writeFileSync(config, text, { mode: 0o444 });
  return {
    config,
    state,
    env: { DEVIN_IDP_SYNC_CONFIG: config, HOME: state, NODE_ENV: 'production', PATH: '/usr/bin:/bin' },
  };
}

/** The bundled Redis with exactly the arguments of the StatefulSet, but for its folder and its port. */
export async function startBundledRedis(
  manifests: readonly Manifest[],
  folder: string,
  password: string,
): Promise<number> {
  const [container] = find(manifests, 'StatefulSet').spec.template.spec.containers;
  const data = join(folder, 'data');
  mkdirSync(data, { recursive: true });
  if (IS_ROOT) chownSync(data, USER, USER);
  const port = await freePort();
  const args = (container.args as string[]).map((arg) =>
    arg.replace('$(REDISCLI_AUTH)', password).replace(/^\/data$/, data),
  );
  const [command = ''] = container.command as string[];
  const env = { REDISCLI_AUTH: password, PATH: '/usr/local/bin:/usr/bin:/bin' };
  const redis = startContainer(command, [...args, '--port', String(port), '--bind', '127.0.0.1'], env, data);
  await redis.said(/[Rr]eady to accept connections/);
  const probe = (container.readinessProbe.exec.command as string[]).flatMap((word, index) =>
    index === 0 ? [word, '-p', String(port)] : [word],
  );
  const { code, stdout } = await startContainer(probe[0] ?? '', probe.slice(1), env, data).ended;
  if (code !== 0 || stdout.trim() !== 'PONG')
    throw new Error(`the readiness probe ended with ${code}: ${stdout}`);
  return port;
}
