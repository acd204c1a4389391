import { generateKeyPairSync } from 'node:crypto';
import { expect, onTestFinished, test, vi } from 'vitest';
import { oktaOptions } from '../../src/directory/okta/options.ts';
import { createOktaSource } from '../../src/directory/okta/source.ts';
import type { FakeOkta } from '../../src/sandbox/fake-okta.ts';
import { ALL, context, failureOf, oktaOf, QUICK } from './setup.ts';

const TOKEN_PATH = /^\/oauth2\/v1\/token$/;
const { privateKey: strangeKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
const strangePem = strangeKey.export({ type: 'pkcs8', format: 'pem' }).toString();

/** A source that signs in with the fake's own application, or with another key. */
function serviceApp(okta: FakeOkta, key = okta.privateKeyPem, more: object = {}) {
  const privateKey = { clientId: okta.clientId, key };
  const quick = { ...QUICK, rateShare: 1 };
  return createOktaSource(oktaOptions.parse({ url: okta.url, privateKey, ...quick, ...more }));
}

function signIns(okta: FakeOkta) {
  return okta.requests.filter(({ path }) => TOKEN_PATH.test(path));
}

test('a service app signs in once for all parallel readers', async () => {
  const { okta } = await oktaOf();
  const source = serviceApp(okta);
  const snapshot = await source.read(ALL, context());
  expect(snapshot.personCount).toBe(okta.company.company.people.size);
  expect(okta.requests.filter(({ path }) => TOKEN_PATH.test(path))).toHaveLength(1);
  expect(snapshot.reads).toContainEqual({ what: 'Okta sign-in', pages: 0, items: 0, calls: 1 });
  await source.read(ALL, context());
  expect(okta.requests.filter(({ path }) => TOKEN_PATH.test(path))).toHaveLength(1);
});

test('a token that ends in the middle of a read is renewed without losing a page', async () => {
  const { okta } = await oktaOf({ pageSize: 10 });
  const source = serviceApp(okta);
  let revoked = false;
  const snapshot = await source.read(ALL, {
    signal: new AbortController().signal,
    onProgress: () => {
      if (!revoked) okta.revokeTokens();
      revoked = true;
    },
  });
  expect(revoked).toBe(true);
  expect(snapshot.personCount).toBe(okta.company.company.people.size);
  // However many parallel calls were refused, the second sign-in serves them all.
  expect(signIns(okta)).toHaveLength(2);
});

test('a token that is refused again after its renewal ends the read in words', async () => {
  const { okta } = await oktaOf();
  okta.faults.add({
    path: /^\/api/,
    times: Number.POSITIVE_INFINITY,
    action: { kind: 'status', status: 401 },
  });
  const words = await failureOf(serviceApp(okta).read(ALL, context()));
  expect(words).toContain('answered 401');
  expect(words).toContain('Okta took neither the access token nor a fresh one');
});

test('an app that demands proof of possession is read with a proof of its own for every call', async () => {
  const { okta } = await oktaOf({ dpop: true, pageSize: 10 });
  const snapshot = await serviceApp(okta).read(ALL, context());
  expect(snapshot.personCount).toBe(okta.company.company.people.size);
  // The first request for a token is answered with a demand for a nonce.
  expect(signIns(okta).map(({ status }) => status)).toEqual([400, 200]);
  const calls = okta.requests.filter(({ path }) => path.startsWith('/api/'));
  expect(new Set(calls.map(({ status }) => status))).toEqual(new Set([200]));
  expect(calls.every(({ authorization }) => authorization?.startsWith('DPoP '))).toBe(true);
  expect(okta.proofs).toBe(calls.length + 1);
});

test('a repeated call carries a new proof, because Okta refuses one that it has seen', async () => {
  const { okta } = await oktaOf({ dpop: true });
  const path = /^\/api\/v1\/users\?/;
  okta.faults.add({ path, action: { kind: 'lose-answer' } });
  okta.faults.add({ path, action: { kind: 'status', status: 429, headers: { 'retry-after': '0' } } });
  const snapshot = await serviceApp(okta).read(ALL, context());
  expect(snapshot.personCount).toBe(okta.company.company.people.size);
  expect(okta.faults.unfired()).toEqual([]);
});

test('a bound token that ends in the middle of a read is renewed once, with a new nonce', async () => {
  const { okta } = await oktaOf({ dpop: true, pageSize: 10 });
  let revoked = false;
  const snapshot = await serviceApp(okta).read(ALL, {
    signal: new AbortController().signal,
    onProgress: () => {
      if (!revoked) okta.revokeTokens();
      revoked = true;
    },
  });
  expect(snapshot.personCount).toBe(okta.company.company.people.size);
  expect(signIns(okta).map(({ status }) => status)).toEqual([400, 200, 400, 200]);
});

test('a connection that breaks between the two steps of a bound sign-in is tried again', async () => {
  const { okta } = await oktaOf({ dpop: true });
  okta.faults.add({ path: TOKEN_PATH, skip: 1, action: { kind: 'reset' } });
  const snapshot = await serviceApp(okta).read(ALL, context());
  expect(snapshot.personCount).toBe(okta.company.company.people.size);
  expect(signIns(okta).map(({ status }) => status)).toEqual([400, 0, 400, 200]);
});

test('the refusal of a sign-in is told in words, without the signed request', async () => {
  const { okta } = await oktaOf();
  const words = await failureOf(serviceApp(okta, strangePem).read(ALL, context()));
  expect(words).toMatch(/^Okta sign-in \(POST \/oauth2\/v1\/token\): answered 40[01]/);
  expect(words).toContain('invalid_client');
  expect(words).toContain('the clock of this host');
  expect(words).not.toMatch(/eyJ|PRIVATE KEY/);
});

test('a scope that the app was not granted is named', async () => {
  const { okta } = await oktaOf({ scopes: ['okta.users.read'] });
  const words = await failureOf(serviceApp(okta).read(ALL, context()));
  expect(words).toContain('invalid_scope');
  expect(words).toContain('Grant okta.users.read and okta.groups.read to the application');
});

test('a sign-in that fails for a moment is tried again', async () => {
  const { okta } = await oktaOf();
  okta.faults.add({ path: TOKEN_PATH, action: { kind: 'status', status: 503 } });
  okta.faults.add({ path: TOKEN_PATH, action: { kind: 'reset' } });
  const snapshot = await serviceApp(okta).read(ALL, context());
  expect(snapshot.personCount).toBe(okta.company.company.people.size);
  expect(okta.faults.unfired()).toEqual([]);
});

test('a sign-in that is always answered by a login page ends the read', async () => {
  const { okta } = await oktaOf();
  const action = { kind: 'replace', body: '<html>', contentType: 'text/html' } as const;
  okta.faults.add({ path: TOKEN_PATH, times: Number.POSITIVE_INFINITY, action });
  const words = await failureOf(serviceApp(okta).read(ALL, context()));
  expect(words).toContain('Okta sign-in (POST /oauth2/v1/token): answered 200 without an access token');
});

test('an app that demands DPoP nonces for ever ends the read', async () => {
  const { okta } = await oktaOf();
  const body = JSON.stringify({ error: 'use_dpop_nonce', error_description: 'nonce required' });
  const action = { kind: 'status', status: 400, body, headers: { 'dpop-nonce': 'n' } } as const;
  okta.faults.add({ path: TOKEN_PATH, times: Number.POSITIVE_INFINITY, action });
  const words = await failureOf(serviceApp(okta).read(ALL, context()));
  expect(words).toContain('switch off "Require DPoP"');
});

test('settings that lie in the environment do not reach the SDK', async () => {
  const { okta } = await oktaOf();
  process.env.OKTA_CLIENT_TOKEN = 'token-of-somebody-else';
  process.env.OKTA_CLIENT_ORGURL = 'https://elsewhere.example.com';
  try {
    const source = createOktaSource(oktaOptions.parse({ url: okta.url, token: okta.token, rateShare: 1 }));
    await source.read(ALL, context());
  } finally {
    delete process.env.OKTA_CLIENT_TOKEN;
    delete process.env.OKTA_CLIENT_ORGURL;
  }
  expect(new Set(okta.requests.map(({ authorization }) => authorization))).toEqual(
    new Set([`SSWS ${okta.token}`]),
  );
});

test('doctor finds everything in order and advises a narrower sign-in', async () => {
  const { okta, source } = await oktaOf();
  const findings = await source.check(new AbortController().signal);
  expect(findings.map(({ level, what }) => `${level} ${what}`)).toEqual([
    'ok Okta org',
    'ok Okta users',
    'ok Okta groups',
    'ok Okta group members',
    'ok Okta role',
    'ok clock',
    'advice Okta rights',
  ]);
  expect(JSON.stringify(findings)).not.toContain(okta.token);
});

test('doctor judges the clock by when an answer came, not by how long the rest of the look takes', async () => {
  vi.useFakeTimers({ toFake: ['Date'] });
  const { okta, source } = await oktaOf();
  const ask = globalThis.fetch;
  const slow = vi.spyOn(globalThis, 'fetch').mockImplementation((input, init) => {
    if (String(input).includes('BUILT_IN')) vi.setSystemTime(Date.now() + 600_000);
    return ask(input, init);
  });
  onTestFinished(() => {
    slow.mockRestore();
    vi.useRealTimers();
  });
  const findings = await source.check(new AbortController().signal);
  expect(findings.find(({ what }) => what === 'clock')?.level).toBe('ok');
  expect(okta.requests.at(-1)?.path).toContain('BUILT_IN');
});

test('doctor names each scope that the application was not granted', async () => {
  const { okta } = await oktaOf({ scopes: ['okta.users.read'] });
  const findings = await serviceApp(okta, okta.privateKeyPem, { systemLog: true }).check(
    new AbortController().signal,
  );
  expect(findings.map(({ level, what }) => `${level} ${what}`)).toEqual([
    'fail Okta scope okta.groups.read',
    'fail Okta scope okta.logs.read',
  ]);
  expect(findings[0]?.detail).toContain('grant okta.groups.read to the application under Okta API Scopes');
});

test('doctor tells a sign-in that fails altogether once', async () => {
  const { okta } = await oktaOf();
  const findings = await serviceApp(okta, strangePem).check(new AbortController().signal);
  expect(findings.map(({ level, what }) => `${level} ${what}`)).toEqual(['fail Okta sign-in']);
});

test('doctor looks at the application and the log where they are read', async () => {
  const apps = new Map([['0oadevin', { groups: new Set<string>(), people: new Set<string>() }]]);
  const { okta } = await oktaOf({ apps });
  const look = async (more: object) => {
    const source = serviceApp(okta, okta.privateKeyPem, more);
    const findings = await source.check(new AbortController().signal);
    return findings.map(({ level, what }) => `${level} ${what}`);
  };
  const usual = ['ok Okta org', 'ok Okta users', 'ok Okta groups', 'ok Okta group members'];
  expect(await look({ app: { id: '0oadevin' } })).toEqual([
    ...usual,
    'ok Okta application users',
    'ok Okta application groups',
    'ok Okta role',
    'ok clock',
  ]);
  expect(await look({ systemLog: true })).toEqual([
    ...usual,
    'ok Okta System Log',
    'ok Okta role',
    'ok clock',
  ]);
});

test('doctor warns of a role that sees only some groups', async () => {
  const { okta, source } = await oktaOf();
  okta.faults.add({ path: /BUILT_IN/, action: { kind: 'replace', body: '[]' } });
  const findings = await source.check(new AbortController().signal);
  const [warned] = findings.filter(({ level }) => level === 'warn');
  expect(warned?.what).toBe('Okta role');
  expect(warned?.detail).toContain('Give it the Read-only Administrator role for the whole org');
});

test('doctor names scopes that are configured and not needed, and those that are missing', async () => {
  const { okta } = await oktaOf();
  const privateKey = {
    clientId: okta.clientId,
    key: okta.privateKeyPem,
    scopes: ['okta.users.read', 'okta.orgs.read'],
  };
  const options = oktaOptions.parse({ url: okta.url, privateKey, maxRetries: 0 });
  const findings = await createOktaSource(options).check(new AbortController().signal);
  const rights = findings.filter(({ what }) => what === 'Okta rights').map(({ detail }) => detail);
  expect(rights.join(' ')).toContain('leaves out what this reading needs: okta.groups.read');
  expect(rights.join(' ')).toContain('may be taken away: okta.orgs.read');
});

test('doctor names the missing scope and what to grant', async () => {
  const { okta } = await oktaOf();
  const denied = { status: 403, body: JSON.stringify({ errorCode: 'E0000006', errorSummary: 'denied' }) };
  okta.faults.add({
    path: /^\/api\/v1\/groups/,
    times: Number.POSITIVE_INFINITY,
    action: { kind: 'status', ...denied },
  });
  const findings = await serviceApp(okta).check(new AbortController().signal);
  const failed = findings.filter(({ level }) => level === 'fail');
  expect(failed.map(({ what }) => what)).toEqual(['Okta groups']);
  expect(failed[0]?.detail).toContain('Grant the scope okta.groups.read to the application');
});

test('doctor says that nothing answers, and does not throw', async () => {
  const { okta, source } = await oktaOf({}, { maxRetries: 0 });
  await okta.close();
  const findings = await source.check(new AbortController().signal);
  expect(findings).toHaveLength(1);
  expect(findings[0]).toMatchObject({ level: 'fail', what: 'Okta org' });
  expect(findings[0]?.detail).toContain('ECONNREFUSED');
});
