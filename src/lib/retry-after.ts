/**
 * Milliseconds that a `Retry-After` header asks to wait, counted from `now` (Unix milliseconds).
 * The header holds whole seconds or an HTTP date (RFC 9110, section 10.2.3); a date in the past means 0.
 * Undefined when there is no header or when it is neither: an unreadable header is no permission to go on.
 */
export function retryAfterMs(header: string | null, now: number): number | undefined {
  const value = header?.trim() ?? '';
  if (/^\d+(\.\d+)?$/.test(value)) return Math.ceil(Number(value) * 1000);
  // Date.parse takes far more than HTTP dates ("-5" is a year to it); the weekday tells the two apart.
  if (!/^(Mon|Tue|Wed|Thu|Fri|Sat|Sun)[a-z]*,? /.test(value)) return undefined;
  const date = Date.parse(/GMT|UTC|[+-]\d{4}$/.test(value) ? value : `${value} GMT`);
  return Number.isNaN(date) ? undefined : Math.max(0, date - now);
}
