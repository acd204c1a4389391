/** The hash that plans and approvals bind to: it changes when, and only when, what is decided may change. */
import { createHash } from 'node:crypto';
import type { Settings } from '../core/model/settings.ts';
import type { DirectoryConfig } from './config.ts';
import { isMap, type KeyPath } from './key-path.ts';
import type { DevinOptions } from './rooms.ts';
import { isSecret } from './secrets.ts';

/** How a source is called, not what it says. Whatever is not listed here counts as deciding: that errs on asking. */
const TUNING =
  /^(keyId|concurrency|pageSize|rateShare|tokenFile|provider|settleMinutes|staleAfterHours|requestsPerSecond|maxPerSecond|maxResources|\w*Retries|\w*Ms)$/;

export function fingerprint(settings: Settings, directory: DirectoryConfig, devin: DevinOptions): string {
  const deciding = {
    settings,
    ...decidingSource(directory),
    devin: withoutTuning(devin, ['devin']),
  };
  return digest(deciding);
}

/** Of the source alone: what is read, and from where. */
export function sourceFingerprint(directory: DirectoryConfig): string {
  return digest(decidingSource(directory));
}

function decidingSource(directory: DirectoryConfig): Record<string, unknown> {
  if (directory.kind !== 'several')
    return {
      directory: withoutTuning(directory.options, ['directory', directory.kind]),
      kind: directory.kind,
    };
  const sources = directory.sources.map(({ name, domains, kind, options }, index) => {
    return { name, domains, kind, options: withoutTuning(options, ['directory', 'sources', index, kind]) };
  });
  return { directory: sources, kind: directory.kind, authority: directory.authority };
}

function digest(value: unknown): string {
  return createHash('sha256').update(canonical(value)).digest('hex');
}

/** Source and target without secrets and tuning. */
function withoutTuning(value: unknown, path: KeyPath): unknown {
  if (!isMap(value)) return value;
  const kept = Object.entries(value).filter(([key]) => !TUNING.test(key) && !isSecret([...path, key]));
  return Object.fromEntries(kept.map(([key, item]) => [key, withoutTuning(item, [...path, key])]));
}

/** JSON with sorted keys; lists keep their order, because the order of rules breaks ties. */
function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (isMap(value)) {
    const entries = Object.entries(value).filter(([, item]) => item !== undefined);
    const sorted = entries.sort(([a], [b]) => (a < b ? -1 : 1));
    return `{${sorted.map(([key, item]) => `${JSON.stringify(key)}:${canonical(item)}`).join(',')}}`;
  }
  return typeof value === 'number' ? String(value) : JSON.stringify(value);
}
