/** Everything that a reading of Okta lets out, in every way it can fail, at the most talkative level of the log. */
import { generateKeyPairSync } from 'node:crypto';
import { inspect } from 'node:util';
import { expect, test } from 'vitest';
import { oktaOptions } from '../../src/directory/okta/options.ts';
import { createOktaSource } from '../../src/directory/okta/source.ts';
import { createLogger } from '../../src/lib/log.ts';
import type { FakeOkta } from '../../src/sandbox/fake-okta.ts';
import type { Fault, FaultAction } from '../../src/sandbox/faults.ts';
import { ALL, context, oktaOf } from './setup.ts';

const ALWAYS = Number.POSITIVE_INFINITY;
const ACTIONS: readonly FaultAction[] = [
  { kind: 'status', status: 401 },
  { kind: 'status', status: 403 },
  { kind: 'status', status: 404 },
  { kind: 'status', status: 500 },
  { kind: 'reset' },
  { kind: 'cut' },
  { kind: 'hang' },
  { kind: 'replace', body: '<html>' },
  { kind: 'replace', body: '[{}]' },
];
const PATHS = [/^\/api\/v1\/users/, /^\/api\/v1\/groups\?/, /\/users\?limit/, /oauth2/, /well-known/];

/** Secrets of the sign-in, and whatever credential was on the wire. */
function secretsOf(okta: FakeOkta, key: string): string[] {
  const sent = okta.requests.flatMap(({ authorization, body }) => {
    const assertion = new URLSearchParams(String(body ?? '')).get('client_assertion');
    return [authorization?.split(' ')[1], assertion].filter((text) => text != null);
  });
  const lines = key.split('\n').filter((line) => line.length > 40 && !line.startsWith('---'));
  return [...new Set([okta.token, ...lines, ...sent])];
}

/** An answer that repeats the credentials it was sent, as a careless gateway does. */
function echo(okta: FakeOkta, key: string): FaultAction {
  const body = JSON.stringify({
    errorCode: 'E0000011',
    errorSummary: `Invalid token SSWS ${okta.token}`,
    error: 'invalid_client',
    error_description: key,
  });
  return { kind: 'status', status: 401, body };
}

test('no token, key, assertion or proof is in anything that comes out', async () => {
  const out: string[] = [];
  const log = createLogger({ level: 'trace', to: { write: (line: string) => void out.push(line) } });
  const { okta } = await oktaOf({ dpop: true });
  const key = okta.privateKeyPem;
  const { privateKey: strange } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const strangeKey = strange.export({ type: 'pkcs8', format: 'pem' }).toString();
  const quick = { url: okta.url, timeoutMs: 60, maxRetries: 1, maxWaitMs: 1, systemLog: true };
  const signs = [
    { token: okta.token },
    { privateKey: { clientId: okta.clientId, key } },
    { privateKey: { clientId: okta.clientId, key: strangeKey } },
  ];
  const faults: Fault[] = [...ACTIONS, echo(okta, key)].flatMap((action) =>
    PATHS.map((path) => ({ path, times: ALWAYS, action })),
  );
  let failures = 0;
  for (const sign of signs) {
    for (const fault of [null, ...faults]) {
      okta.faults.clear();
      if (fault !== null) okta.faults.add(fault);
      const source = createOktaSource(oktaOptions.parse({ ...quick, ...sign }));
      const reading = context();
      const questions = { people: ['00ugone'], groups: ['00ggone'] };
      for (const work of [() => source.read(ALL, reading), () => source.confirm(questions, reading)]) {
        const result: unknown = await work().catch((error: unknown) => error);
        if (result instanceof Error) failures++;
        log.trace({ err: result, result }, 'read');
        out.push(inspect(result, { depth: 10, showHidden: true, maxArrayLength: null }));
      }
      if (fault === null || fault.path === PATHS[0]) {
        const findings = await source.check(new AbortController().signal);
        out.push(JSON.stringify(findings));
      }
      out.push(JSON.stringify(reading.seen));
    }
  }
  const text = out.join('\n');
  expect(failures).toBeGreaterThan(100);
  const secrets = [...secretsOf(okta, key), ...secretsOf(okta, strangeKey)];
  expect(secrets.length).toBeGreaterThan(50);
  for (const secret of secrets) expect(text.includes(secret), secret.slice(0, 12)).toBe(false);
  expect(text).not.toMatch(/eyJ[\w-]{10,}\./);
}, 300_000);
