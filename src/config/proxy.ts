/** HTTP_PROXY, HTTPS_PROXY and NO_PROXY, which hosts set for every program on them. */
import { ConfigError } from '../lib/errors.ts';
import type { ProxySettings } from '../lib/proxy.ts';
import type { Environment } from './substitute.ts';

/** What runs on this machine is never reached through a proxy on another. */
const THIS_MACHINE = ['localhost', '127.0.0.1', '[::1]'];

/** @throws ConfigError naming the variable whose value is no address of a proxy; the value may hold a password. */
export function proxyOf(env: Environment): ProxySettings {
  const listed = (env.no_proxy || env.NO_PROXY || '').split(/[\s,]+/).filter((host) => host !== '');
  return {
    http: addressOf(env, 'HTTP_PROXY'),
    https: addressOf(env, 'HTTPS_PROXY'),
    none: [...listed, ...THIS_MACHINE].join(','),
  };
}

/** Passwords of the proxies, for the log to suppress. */
export function proxySecrets(settings: ProxySettings): string[] {
  return [settings.http, settings.https].flatMap((address) => {
    const password = address === null ? '' : new URL(address).password;
    return password === '' ? [] : [password, decodeURIComponent(password)];
  });
}

/** Lower case wins, as with curl. A name without a scheme is meant as http. */
function addressOf(env: Environment, name: 'HTTP_PROXY' | 'HTTPS_PROXY'): string | null {
  const lower = name.toLowerCase();
  const used = env[lower] ? lower : name;
  const value = env[used]?.trim() ?? '';
  if (value === '') return null;
  const address = /^[a-z][a-z0-9+.-]*:\/\//i.test(value) ? value : `http://${value}`;
  const url = URL.parse(address);
  if (url !== null && /^https?:$/.test(url.protocol) && url.hostname !== '') return address;
  throw new ConfigError([
    `the environment variable ${used} is not the address of a proxy; expected one such as http://proxy.example.com:8080`,
  ]);
}
