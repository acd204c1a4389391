/** Whether `hostname`, as `URL` gives it, is this machine. */
export function isLoopback(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127(\.\d{1,3}){3}$/.test(hostname);
}

/** Why a credential may not be sent to `text`, in words; null when it may: https, or http to this machine. */
export function unsafeUrl(text: string): string | null {
  const url = URL.parse(text);
  if (url === null)
    return `${JSON.stringify(text)} is not a URL; expected one such as https://api.example.com`;
  if (url.username !== '' || url.password !== '') return 'must not hold a user name or a password';
  if (url.search !== '' || url.hash !== '')
    return `${JSON.stringify(text)} must not have a query or a fragment`;
  if (url.protocol === 'https:') return null;
  if (url.protocol === 'http:' && isLoopback(url.hostname)) return null;
  return `${JSON.stringify(text)} must start with https:// (http:// is only for this machine)`;
}
