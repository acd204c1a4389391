/** From the YAML file to a frozen `Config`, or one `ConfigError` with everything that is wrong with it. */
import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import type { z } from 'zod';
import { ConfigError } from '../lib/errors.ts';
import { redact } from '../lib/redact.ts';
import { assemble } from './assemble.ts';
import type { Config } from './config.ts';
import { crossChecks } from './cross-checks.ts';
import { isMap, type KeyPath, setAt, valueAt } from './key-path.ts';
import type { Problem } from './problem.ts';
import { problemLine, problemsOf } from './problems.ts';
import { proxyOf, proxySecrets } from './proxy.ts';
import { type ConfigValues, configSchema } from './schema.ts';
import {
  fileKey,
  isSecret,
  type ResolvedSecrets,
  resolveSecrets,
  secretOfFile,
  secretsIn,
} from './secrets.ts';
import { readSource, type SourceText } from './source-text.ts';
import { type Environment, type Substituted, substitute } from './substitute.ts';

export interface ParseOptions {
  /** Absolute path of the file: for messages, and where relative paths start. */
  readonly file: string;
  readonly env: Environment;
  /** @throws when the file cannot be read. */
  readonly readFile: (path: string) => string;
}

export interface LoadOptions {
  /** Default: `DEVIN_IDP_SYNC_CONFIG`, else `devin-idp-sync.yaml`; relative to `cwd`. */
  readonly path?: string | undefined;
  readonly env?: Environment;
  readonly cwd?: string;
}

const DEFAULT_FILE = 'devin-idp-sync.yaml';

/** @throws ConfigError with every problem, each with file, line, column, key, value and what is allowed. */
export function loadConfig(options: LoadOptions = {}): Config {
  const { env = process.env, cwd = process.cwd() } = options;
  const file = resolve(cwd, options.path ?? (env.DEVIN_IDP_SYNC_CONFIG || DEFAULT_FILE));
  const readFile = (path: string) => readFileSync(path, 'utf8');
  let text: string;
  try {
    text = readFile(file);
  } catch (cause) {
    const why = (cause as NodeJS.ErrnoException).code ?? String(cause);
    throw new ConfigError(
      [`${file}: the configuration cannot be read (${why}); name one with --config FILE`],
      { cause },
    );
  }
  return parseConfigText(text, { file, env, readFile });
}

/** @throws ConfigError like `loadConfig`. */
export function parseConfigText(text: string, options: ParseOptions): Config {
  const source = readSource(text);
  if (source.problems.length > 0) {
    const lines = source.problems.map(({ place, message }) =>
      problemLine(options.file, place, { path: [], message }),
    );
    throw new ConfigError(lines);
  }
  if (!isMap(source.value)) {
    const message = 'the configuration must be a map of keys, beginning with directory, devin and rules';
    throw new ConfigError([problemLine(options.file, { line: 1, column: 1 }, { path: [], message })]);
  }
  const filled = substitute(source.value, options.env);
  const secrets = resolveSecrets(filled.value, {
    directory: dirname(options.file),
    readFile: options.readFile,
  });
  const values = validate(source, filled, secrets, options.file);
  const proxy = proxyOf(options.env);
  return assemble(values, {
    file: options.file,
    secretFiles: secrets.files,
    lineOfRule: (index) => source.placeOf(['rules', index]).line,
    secrets: [...secretValues(filled.value), ...proxySecrets(proxy)],
    proxy,
  });
}

function validate(
  source: SourceText,
  filled: Substituted,
  secrets: ResolvedSecrets,
  file: string,
): ConfigValues {
  let result = configSchema.safeParse(filled.value);
  if (!result.success && convertSubstituted(filled, result.error.issues))
    result = configSchema.safeParse(filled.value);
  const found = [...filled.problems, ...secrets.problems];
  const broken = new Set(found.map(({ path }) => broke(path)));
  const show = (path: KeyPath) => shown(source, filled.value, path);
  const issues = result.success ? [] : problemsOf(result.error.issues, filled.value, show);
  const later = [...issues, ...crossChecks(filled.value)].filter(({ path }) => !broken.has(broke(path)));
  const problems = [...found, ...later];
  if (result.success && problems.length === 0) return result.data;
  throw new ConfigError(linesOf(problems, source, file, secretValues(filled.value)));
}

/** A key and the key that gives it by file are one place: what could not be read is reported once. */
function broke(path: KeyPath): string {
  return (secretOfFile(path) ?? path).join('\n');
}

/** `${RATE}` is text; where the schema wants a number or true/false, and the text is one, it becomes one. */
function convertSubstituted(filled: Substituted, issues: readonly z.core.$ZodIssue[]): boolean {
  const places = new Set(filled.places.map((path) => path.join('\n')));
  let converted = false;
  for (const issue of issues) {
    const path = issue.path as KeyPath;
    if (issue.code !== 'invalid_type' || !places.has(path.join('\n'))) continue;
    const text = String(valueAt(filled.value, path)).trim();
    const isNumber =
      (issue.expected === 'number' || issue.expected === 'int') && /^-?\d+(\.\d+)?$/.test(text);
    const isBoolean = issue.expected === 'boolean' && /^(true|false)$/.test(text);
    if (!isNumber && !isBoolean) continue;
    setAt(filled.value, path, isNumber ? Number(text) : text === 'true');
    converted = true;
  }
  return converted;
}

/** A value as the file writes it: `${NAME}` stays what it is, and a secret is never shown. */
function shown(source: SourceText, root: unknown, path: KeyPath): string {
  const value = valueAt(root, path);
  if (isSecret(path)) return '(secret)';
  if (Array.isArray(value)) return 'a list';
  if (isMap(value)) return 'a map';
  return typeof value === 'string' ? JSON.stringify(source.written(path) ?? '') : String(value);
}

function secretValues(root: unknown): string[] {
  return secretsIn(root)
    .map((path) => valueAt(root, path))
    .filter((value) => typeof value === 'string' && value !== '') as string[];
}

/** In the order of the file; a message of a room that quotes a secret loses it here. */
function linesOf(
  problems: readonly Problem[],
  source: SourceText,
  file: string,
  secrets: readonly string[],
): string[] {
  const placed = problems.map((problem) => ({
    problem,
    place: source.placeOf(existing(source, problem.path)),
  }));
  placed.sort((a, b) => a.place.line - b.place.line || a.place.column - b.place.column);
  return placed.map(({ problem, place }) => redact(problemLine(file, place, problem), secrets));
}

/** A secret given by file stands in the text under its file key. */
function existing(source: SourceText, path: KeyPath): KeyPath {
  return isSecret(path) && source.written(path) === undefined ? fileKey(path) : path;
}
