import { generateKeyPairSync } from 'node:crypto';
import { expect, test } from 'vitest';
import { createLogger, type LogOptions } from '../../src/lib/log.ts';

function capture(options: Partial<LogOptions> = {}) {
  const lines: string[] = [];
  const log = createLogger({ level: 'trace', ...options, to: { write: (line) => lines.push(line) } });
  return { log, lines, text: () => lines.join('') };
}

const PEM = generateKeyPairSync('rsa', { modulusLength: 2048 })
  .privateKey.export({ type: 'pkcs8', format: 'pem' })
  .toString();

const LEAKS: readonly [string, string, (log: ReturnType<typeof capture>['log']) => void][] = [
  [
    'an authorization header',
    'abc123def456',
    (log) => log.trace({ headers: { authorization: 'Bearer abc123def456' } }),
  ],
  [
    'a header in any case',
    'abc123def456',
    (log) => log.trace({ headers: { Authorization: 'SSWS abc123def456' } }),
  ],
  [
    'a token seven levels down',
    't0k',
    (log) => log.trace({ a: { b: { c: { d: { e: { f: { apiToken: 't0k' } } } } } } }),
  ],
  ['a token in a list', 't0k', (log) => log.trace({ list: [{ token: 't0k' }] })],
  ['a list of cookies', 'sid=42', (log) => log.trace({ headers: { 'set-cookie': ['a=1', 'sid=42'] } })],
  [
    'a secret that is an object',
    'inner',
    (log) => log.trace({ okta: { privateKey: { whatever: 'inner' } } }),
  ],
  ['a secret of a child logger', 't0k', (log) => log.child({ clientSecret: 't0k' }).trace('child')],
  ['a header in a sentence', 'abc123def456', (log) => log.trace('sent "Authorization: SSWS abc123def456"')],
  ['a PEM private key', PEM.split('\n')[2] as string, (log) => log.trace({ key: PEM })],
  [
    'a PEM private key without its end',
    PEM.split('\n')[2] as string,
    (log) => log.trace(`${PEM.slice(0, 400)} and "more"`),
  ],
  [
    'a quoted token answer',
    'at-value',
    (log) => log.trace({ body: JSON.stringify({ access_token: 'at-value' }) }),
  ],
  [
    'the private part of a quoted JWK',
    'x'.repeat(40),
    (log) => log.trace({ body: JSON.stringify({ d: 'x'.repeat(40) }) }),
  ],
  ['a form body', 's3cr3t', (log) => log.trace('grant_type=client_credentials&client_secret=s3cr3t&scope=x')],
  [
    'a JSON Web Token',
    'eyJhbGciOiJSUzI1NiJ9',
    (log) => log.trace('assertion eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJ4In0.c2ln'),
  ],
  ['a Devin key', 'abcdefgh1234', (log) => log.trace('key cog_abcdefgh1234 was refused')],
  ['a password in a URL', 'hunter2', (log) => log.trace('redis://daemon:hunter2@redis.example:6379')],
  [
    'what an error says',
    'cog_abcdefgh1234',
    (log) => log.error(new Error('no', { cause: new Error('cog_abcdefgh1234') })),
  ],
];

for (const [what, secret, write] of LEAKS) {
  test(`the log never shows ${what}, not even at trace`, () => {
    const { log, lines, text } = capture();
    write(log);
    expect(lines).toHaveLength(1);
    expect(text()).not.toContain(secret);
    expect(text()).toContain('[redacted]');
    expect(() => JSON.parse(text())).not.toThrow();
  });
}

test('a value known to be secret never appears, in plain or with its line breaks escaped, also after rotation', () => {
  let secrets = ['first-secret'];
  const { log, text } = capture({ secrets: () => secrets });
  log.info('it is first-secret');
  secrets = ['second\nsecret'];
  log.info({ quoted: 'it is second\nsecret' });
  expect(text()).not.toContain('first-secret');
  expect(text()).not.toContain('second');
});

test('words that only sound secret stay: keys of items, the word token, the word bearer', () => {
  const { log, lines } = capture();
  log.info(
    { key: 'invite:ann@corp.example', tokens: 3, calls: 7 },
    'the bearer token is missing; basic authentication was tried',
  );
  expect(JSON.parse(lines[0] as string)).toMatchObject({
    key: 'invite:ann@corp.example',
    tokens: 3,
    msg: 'the bearer token is missing; basic authentication was tried',
  });
});

test('a line has an ISO time and the name of its level, and nothing of the machine', () => {
  const { log, lines } = capture();
  log.warn('careful');
  const { time, ...rest } = JSON.parse(lines[0] as string);
  expect(new Date(time).toISOString()).toBe(time);
  expect(rest).toEqual({ level: 'warn', msg: 'careful' });
});

test('an error keeps its type, its causes, its stack and the fields that decide', () => {
  const { log, lines } = capture();
  log.error({
    err: Object.assign(new TypeError('refused', { cause: new Error('seats') }), {
      status: 403,
      request: { headers: 't0k' },
    }),
  });
  const { err } = JSON.parse(lines[0] as string);
  expect(err).toMatchObject({ type: 'TypeError', message: 'refused (cause: seats)', status: 403 });
  expect(err.stack).toContain('log.test.ts');
  // Errors of SDKs carry whole requests, credentials included.
  expect(err).not.toHaveProperty('request');
});

test('lines below the level are not written', () => {
  const { log, lines } = capture({ level: 'warn' });
  log.info('quiet');
  log.error('loud');
  expect(lines).toHaveLength(1);
});
