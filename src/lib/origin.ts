/** The URL, when it is absolute, of this very origin and carries no user name; else null. */
export function withinOrigin(link: string, origin: string): URL | null {
  const url = URL.parse(link);
  return url !== null && url.origin === origin && url.username === '' && url.password === '' ? url : null;
}
