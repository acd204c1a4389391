/** Name and limits of an organization as text that fits where a role id fits: in a change and its key. */

export function orgCode(name: string, session: number | null, cycle: number | null): string {
  return `${encodeURIComponent(name.toWellFormed())}/${session}/${cycle}`;
}

export function orgNameOf(code: string): string {
  return decodeURIComponent(code.slice(0, code.indexOf('/')));
}
