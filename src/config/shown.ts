/** The configuration in use as a person may see it: every default filled in, and no secret. */
import { stringify } from 'yaml';
import { redact } from '../lib/redact.ts';
import type { Config } from './config.ts';
import { isMap } from './key-path.ts';

const HIDDEN = '(secret)';

/** YAML text. */
export function shownConfig(config: Config): string {
  const { secretFiles: _files, secrets, ...rest } = config;
  const known = new Set(secrets);
  // Twice: a value that is secret may also stand inside another one.
  return redact(stringify(hide(rest, known), { lineWidth: 110, aliasDuplicateObjects: false }), secrets);
}

function hide(value: unknown, secrets: ReadonlySet<string>): unknown {
  if (typeof value === 'string') return secrets.has(value) ? HIDDEN : value;
  if (Array.isArray(value)) return value.map((item) => hide(item, secrets));
  if (!isMap(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, hide(item, secrets)]));
}
