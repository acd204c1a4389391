import { expect, test } from 'vitest';
import { proxyOf, proxySecrets } from '../../src/config/proxy.ts';
import { ConfigError } from '../../src/lib/errors.ts';
import { parse, yaml } from './helper.ts';

test('without variables nothing goes through a proxy', () => {
  expect(proxyOf({})).toMatchObject({ http: null, https: null });
  expect(proxyOf({ HTTPS_PROXY: '' })).toMatchObject({ https: null });
});

test('the lower-case variable wins, and a name without a scheme is meant as http', () => {
  const env = { HTTPS_PROXY: 'http://a.example.com:1', https_proxy: 'b.example.com:2' };
  expect(proxyOf(env).https).toBe('http://b.example.com:2');
});

test('this machine is always asked directly', () => {
  expect(proxyOf({ NO_PROXY: '.corp.example, 10.0.0.1' }).none.split(',')).toEqual([
    '.corp.example',
    '10.0.0.1',
    'localhost',
    '127.0.0.1',
    '[::1]',
  ]);
});

test('what is no address of a proxy is refused by the name of its variable, without its value', () => {
  for (const value of ['socks5://proxy.example.com', 'http://user:word@', 'http://a b']) {
    expect(() => proxyOf({ HTTP_PROXY: value }), value).toThrow(ConfigError);
    expect(() => proxyOf({ HTTP_PROXY: value }), value).toThrow(/the environment variable HTTP_PROXY/);
    expect(() => proxyOf({ HTTP_PROXY: value }), value).not.toThrow(value);
  }
});

test('the password of a proxy is a secret of the configuration, as it is written and as it is meant', () => {
  const settings = proxyOf({ HTTPS_PROXY: 'http://user:p%40ssword@proxy.example.com:8080' });
  expect(proxySecrets(settings)).toEqual(['p%40ssword', 'p@ssword']);
  const config = parse(yaml('rules: [{ group: a, role: Member }]'), {
    env: { HTTPS_PROXY: 'http://user:p%40ssword@proxy.example.com:8080' },
  });
  expect(config.proxy.https).toContain('proxy.example.com');
  expect(config.secrets).toContain('p@ssword');
});
