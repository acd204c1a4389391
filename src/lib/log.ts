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
      hooks: { streamWrite: (line) => redact(escapeRest(line), secrets()) },
    },
    options.to ?? destination({ dest: 2, sync: true }),
  );
}

/** What JSON may hold as it is, and a terminal or a reader obeys: C1 controls, separators, changes of direction. */
const OBEYED = /[\u007f-\u009f\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;

function escapeRest(line: string): string {
  return line.replace(OBEYED, (sign) => `\\u${sign.charCodeAt(0).toString(16).padStart(4, '0')}`);
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
