/** Numbers, times and names as people read them: the same in every format. */

const NUMBER = new Intl.NumberFormat('en-US');

/** `12345` → `12,345`. */
export function count(value: number): string {
  return NUMBER.format(value);
}

/** `1 change`, `2 changes`, `1,204 people`. */
export function plural(value: number, one: string, many = `${one}s`): string {
  return `${count(value)} ${value === 1 ? one : many}`;
}

/** Milliseconds since the epoch → `2026-11-22 14:05 UTC`. */
export function time(at: number): string {
  return `${new Date(at).toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}

/** Seconds → `under 1 s`, `45 s`, `12 min`, `2 h 48 min`, `3 d 4 h`; two units at most. */
export function duration(seconds: number): string {
  if (seconds < 1) return 'under 1 s';
  if (seconds < 60) return `${Math.ceil(seconds)} s`;
  const minutes = Math.ceil(seconds / 60);
  if (minutes < 60) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  if (hours < 24) return pair(hours, 'h', minutes % 60, 'min');
  return pair(Math.floor(hours / 24), 'd', hours % 24, 'h');
}

function pair(large: number, largeUnit: string, small: number, smallUnit: string): string {
  const rest = small === 0 ? '' : ` ${small} ${smallUnit}`;
  return `${large} ${largeUnit}${rest}`;
}

/** `a`, `a and b`, `a, b and c`. */
export function list(parts: readonly string[]): string {
  if (parts.length < 2) return parts[0] ?? '';
  return `${parts.slice(0, -1).join(', ')} and ${parts.at(-1)}`;
}

/** First letter in upper case; for our own words only, never for a text that may start with a name. */
export function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** Enough of a plan id to tell plans apart by eye; commands always carry the whole id. */
export function shortId(id: string): string {
  return id.slice(0, 12);
}

const SPACE = /[\t\n\v\f\r\u0085\u2028\u2029]+/gu;
// Control characters, and invisible or direction-changing marks that can make one name look like another.
const UNSEEN =
  /[\p{Cc}\u00ad\u061c\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\ufeff\ufff9-\ufffb]/gu;
// Joiners belong to some scripts and to emoji; after a letter of an alphabet that does not join they only hide.
const JOINER = /(?<=^|[\p{ASCII}\p{Script=Latin}\p{Script=Greek}\p{Script=Cyrillic}])[\u200c\u200d]/gu;

/**
 * Text from outside, safe to show: line breaks become spaces and each unseen mark becomes a visible one, so that
 * a name with a hidden mark never looks like the name without it.
 */
export function clean(text: string): string {
  if (/^[\x20-\x7e]*$/.test(text)) return text;
  return text.replace(SPACE, ' ').replace(UNSEEN, '\u{fffd}').replace(JOINER, '\u{fffd}').toWellFormed();
}
