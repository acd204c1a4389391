/** Scalars that the configuration writes for people and the program reads as plain numbers. */
import { z } from 'zod';

const UNIT_MS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };
const DURATION = /^(\d+)(ms|s|m|h|d)$/;
const SHARE = /^(\d+(?:\.\d+)?) ?%$/;

/** `15m` → milliseconds. */
export const durationValue = z
  .string({ error: 'must be a duration such as 30s, 15m, 24h or 7d' })
  .regex(DURATION, { error: 'must be a duration such as 30s, 15m, 24h or 7d' })
  .transform((text) => {
    const [, amount, unit] = DURATION.exec(text) as unknown as [string, string, string];
    return Number(amount) * (UNIT_MS[unit] as number);
  });

const SHARE_WORDS = 'must be a share from 0% to 100%, such as 5% or 0.05';

/** `5%` or `0.05` → 0.05; from 0 to 1. */
export const shareValue = z
  .union(
    [z.number().min(0, { error: SHARE_WORDS }).max(1, { error: SHARE_WORDS }), z.string().regex(SHARE)],
    {
      error: SHARE_WORDS,
    },
  )
  .transform((value) => (typeof value === 'number' ? value : Number(SHARE.exec(value)?.[1]) / 100))
  .refine((share) => share <= 1, { error: SHARE_WORDS });

/** A name or id as another system writes it: no surrounding blanks, which nobody sees and nothing matches. */
export const nameValue = z
  .string()
  .min(1, { error: 'must not be empty' })
  .regex(/^\S(?:.*\S)?$/s, { error: 'must not begin or end with blanks' });

/** A mail domain, lower-cased. */
export const domainValue = z
  .string()
  .regex(/^[a-zA-Z0-9-]+(\.[a-zA-Z0-9-]+)+$/, { error: 'must be a mail domain such as corp.example' })
  .transform((domain) => domain.toLowerCase());

/** `127.0.0.1:8080` or `[::1]:8080` → host and port; port 0 takes any free one. */
export const listenValue = z
  .string({ error: 'must be host:port, such as 127.0.0.1:8080' })
  .regex(/^(\[[0-9a-fA-F:.]+\]|[^\s:[\]]+):\d{1,5}$/, { error: 'must be host:port, such as 127.0.0.1:8080' })
  .transform((text, context) => {
    const colon = text.lastIndexOf(':');
    const port = Number(text.slice(colon + 1));
    if (port > 65_535) {
      context.addIssue({ code: 'custom', message: 'must have a port from 0 to 65535' });
      return z.NEVER;
    }
    return { host: text.slice(0, colon).replace(/^\[|\]$/g, ''), port };
  });

const DAY_MS = 86_400_000;
const DATE = /^\d{4}-\d{2}-\d{2}$/;
const TIME = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2})?(Z|[+-]\d{2}:\d{2})$/;
const MOMENT_WORDS =
  'must be a date such as 2026-12-31, or a time with its offset such as 2026-12-31T18:00+01:00';

/** Epoch ms; a date alone stands for its `endOfDay` or its begin. A date that does not exist is refused. */
function moment(endOfDay: boolean) {
  return z.string({ error: MOMENT_WORDS }).transform((text, context) => {
    const isDate = DATE.test(text);
    const at = isDate ? Date.parse(`${text}T00:00:00Z`) : TIME.test(text) ? Date.parse(text) : Number.NaN;
    const exists = Number.isFinite(at) && (!isDate || new Date(at).toISOString().startsWith(text));
    if (exists) return isDate && endOfDay ? at + DAY_MS : at;
    context.addIssue({ code: 'custom', message: MOMENT_WORDS });
    return z.NEVER;
  });
}

export const momentValue = moment(true);
export const startValue = moment(false);

const WEEK_DAYS = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'];
const WEEK_WORDS = 'must be a day and a time, such as Fri 18:00';

/** `Fri 18:00` → minute of the week, from Monday 00:00. */
export const weekTimeValue = z
  .string({ error: WEEK_WORDS })
  .regex(/^(Mon|Tue|Wed|Thu|Fri|Sat|Sun) ([01]\d|2[0-3]):[0-5]\d$/, { error: WEEK_WORDS })
  .transform((text) => {
    const [day, time] = text.split(' ') as [string, string];
    const [hours, minutes] = time.split(':').map(Number) as [number, number];
    return WEEK_DAYS.indexOf(day) * 1440 + hours * 60 + minutes;
  });

/** A time zone by its IANA name. */
export const zoneValue = z
  .string()
  .refine(isZone, { error: 'must be a time zone such as Europe/Berlin or UTC' });

function isZone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }) !== undefined;
  } catch {
    return false;
  }
}

/** One e-mail address, in lower case. */
export const addressValue = z
  .string()
  .regex(/^[^\s@*]+@[^\s@*]+$/, { error: 'must be an e-mail address' })
  .transform((address) => address.toLowerCase());
