/** Which addresses a client may talk to. A credential goes to one configured origin and nowhere else. */

/** What is wrong with an endpoint's URL, in words; null when it may be used. */
export function endpointProblem(value: string): string | null {
  if (!URL.canParse(value)) return `"${value}" is not a URL; write it as https://host`;
  const url = new URL(value);
  if (url.username !== '' || url.password !== '') return 'a URL must not hold a user name or password';
  if (url.search !== '' || url.hash !== '') return `"${value}" must not have a query or a fragment`;
  if (url.protocol === 'https:') return null;
  if (url.protocol === 'http:' && isLoopback(url.hostname)) return null;
  return `"${value}" must start with https:// (http:// is allowed for a loopback address only)`;
}

export function isLoopback(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127(\.\d{1,3}){3}$/.test(hostname);
}

/** The URL, when it is absolute, of this very origin and carries no user name; else null. */
export function withinOrigin(link: string, origin: string): URL | null {
  if (!URL.canParse(link)) return null;
  const url = new URL(link);
  return url.origin === origin && url.username === '' && url.password === '' ? url : null;
}
