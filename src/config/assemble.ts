/** Validated values → the frozen `Config`: paths made absolute, parts put where the rest of the program looks. */
import { dirname, join, resolve } from 'node:path';
import type { ProxySettings } from '../lib/proxy.ts';
import type { Config } from './config.ts';
import { directoryOf, withAbsolutePaths } from './directory.ts';
import { fingerprint, sourceFingerprint } from './fingerprint.ts';
import type { ConfigValues } from './schema.ts';
import type { SecretFile } from './secrets.ts';
import { settingsOf } from './settings.ts';

interface Origin {
  readonly file: string;
  readonly secretFiles: readonly SecretFile[];
  readonly secrets: readonly string[];
  readonly proxy: ProxySettings;
  /** Line of a rule in the file. */
  readonly lineOfRule: (index: number) => number;
}

export function assemble(values: ConfigValues, origin: Origin): Config {
  const home = dirname(origin.file);
  const settings = settingsOf(values);
  const directory = directoryOf(values.directory);
  const { host, port } = values.server.listen;
  return deepFreeze({
    file: origin.file,
    ruleLines: values.rules.map((_, index) => origin.lineOfRule(index)),
    settings,
    grantsFile: values.grantsFile === undefined ? null : resolve(home, values.grantsFile),
    directory: withAbsolutePaths(directory, home),
    fullEveryMs: values.directory.fullEvery,
    devin: values.devin,
    redis: values.redis,
    stateDir: resolve(home, values.stateDir),
    journal: {
      folder: resolve(home, values.journal.folder ?? join(values.stateDir, 'journal')),
      maxBytes: values.journal.maxFileMegabytes * 1024 * 1024,
    },
    schedule: { intervalMs: values.schedule.interval, jitter: values.schedule.jitter },
    limits: {
      devin: { maxPerSecond: values.limits.devin.maxPerSecond * values.limits.devin.share },
      shutdownMs: values.limits.shutdown,
    },
    server: { host, port, ...access(values, home) },
    notify: { ...values.notify, webhooks: values.notify.webhooks ?? [], ends: values.notify.ends ?? [] },
    log: values.log,
    // Of the path as it is written: the same file must hash alike on every machine.
    configHash: fingerprint(settings, directory, values.devin),
    sourceHash: sourceFingerprint(directory),
    secretFiles: origin.secretFiles,
    secrets: origin.secrets,
    proxy: origin.proxy,
  });
}

function access({ server }: ConfigValues, home: string): Omit<Config['server'], 'host' | 'port'> {
  return {
    token: server.token ?? null,
    tokens: (server.tokens ?? []).map(({ name, role, tokenFile }) => ({
      name,
      role,
      file: resolve(home, tokenFile),
    })),
    publicUrl: server.publicUrl ?? null,
    oidc: loginProvider(server),
    hooks: server.hooks,
  };
}

function loginProvider({ oidc, publicUrl }: ConfigValues['server']): Config['server']['oidc'] {
  if (oidc === undefined || publicUrl === undefined) return null;
  const { session, ...options } = oidc;
  return { ...options, sessionMs: session, callbackUrl: new URL('/login/callback', publicUrl).href };
}

function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    for (const item of Object.values(value)) deepFreeze(item);
  }
  return value;
}
