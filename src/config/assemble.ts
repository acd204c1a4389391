/** Validated values → the frozen `Config`: paths made absolute, parts put where the rest of the program looks. */
import { dirname, resolve } from 'node:path';
import type { Config, DirectoryConfig } from './config.ts';
import { fingerprint } from './fingerprint.ts';
import type { ProxySettings } from '../lib/proxy.ts';
import type { ConfigValues } from './schema.ts';
import type { SecretFile } from './secrets.ts';
import { settingsOf } from './settings.ts';

interface Origin {
  readonly file: string;
  readonly secretFiles: readonly SecretFile[];
  readonly secrets: readonly string[];
  readonly proxy: ProxySettings;
}

export function assemble(values: ConfigValues, origin: Origin): Config {
  const home = dirname(origin.file);
  const settings = settingsOf(values);
  const directory = directoryOf(values);
  const { host, port } = values.server.listen;
  return deepFreeze({
    file: origin.file,
    settings,
    directory: absolute(directory, home),
    devin: values.devin,
    redis: values.redis,
    stateDir: resolve(home, values.stateDir),
    schedule: { intervalMs: values.schedule.interval, jitter: values.schedule.jitter },
    limits: values.limits,
    server: { host, port, token: values.server.token ?? null },
    log: values.log,
    // Of the path as it is written: the same file must hash alike on every machine.
    configHash: fingerprint(settings, directory, values.devin),
    secretFiles: origin.secretFiles,
    secrets: origin.secrets,
    proxy: origin.proxy,
  });
}

function directoryOf({ directory }: ConfigValues): DirectoryConfig {
  if (directory.okta !== undefined) return { kind: 'okta', options: directory.okta };
  if (directory.entra !== undefined) return { kind: 'entra', options: directory.entra };
  if (directory.file !== undefined) return { kind: 'file', options: directory.file };
  throw new Error('a configuration without a directory passed its checks');
}

function absolute(directory: DirectoryConfig, home: string): DirectoryConfig {
  if (directory.kind !== 'file') return directory;
  return { kind: 'file', options: { ...directory.options, path: resolve(home, directory.options.path) } };
}

function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    for (const item of Object.values(value)) deepFreeze(item);
  }
  return value;
}
