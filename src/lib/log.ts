/** The log: one JSON object a line, on standard error, so that a report on standard output stays clean. */
import { type DestinationStream, destination, type Logger, pino, stdTimeFunctions } from 'pino';
import { errorText } from './errors.ts';
import { redact } from './redact.ts';

export type { Logger } from 'pino';

export interface LogOptions {
  readonly level: 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'silent';
  /** Values that must never appear; asked for on each line, because secrets are rotated. */
  readonly secrets?: () => readonly string[];
  /** Default: standard error. */
  readonly to?: DestinationStream;
}

/** Values that are censored whole, whatever their shape; the text of every line is cleaned as well. */
const CENSORED = [
  'authorization',
  'cookie',
  'token',
  'clientSecret',
  'privateKey',
  'password',
  'secret',
  'secrets',
];

export function createLogger(options: LogOptions): Logger {
  const secrets = options.secrets ?? (() => []);
  return pino(
    {
      level: options.level,
      timestamp: stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }), bindings: () => ({}) },
      serializers: { err: errorLine, error: errorLine },
      redact: {
        paths: CENSORED.flatMap((name) => [name, `*.${name}`, `*.*.${name}`, `*.*.*.${name}`]),
        censor: '[redacted]',
      },
      hooks: { streamWrite: (line) => redact(line, secrets()) },
    },
    options.to ?? destination({ dest: 2, sync: true }),
  );
}

/** Only what helps: the errors of SDKs carry whole requests, credentials included. */
function errorLine(error: unknown): object {
  if (!(error instanceof Error)) return { message: String(error) };
  const { name: type, stack } = error;
  const kept: Record<string, unknown> = {};
  for (const key of ['status', 'code', 'outcome', 'retryAfterMs']) {
    const value = (error as unknown as Record<string, unknown>)[key];
    if (typeof value === 'string' || typeof value === 'number') kept[key] = value;
  }
  return { type, message: errorText(error), ...kept, stack };
}
