import { expect, onTestFinished, test, vi } from 'vitest';
import { providerActor } from '../../src/actions/same-person.ts';
import { checkLoginProvider } from '../../src/server/login-provider.ts';
import type { OidcOptions } from '../../src/server/options.ts';
import { type FakeDaemon, SECRET } from './fake-daemon.ts';
import { CODE_SECONDS, Surfer, startProvider, type TestProvider } from './login-provider.ts';
import { listening, serverOf } from './serving.ts';

interface Place {
  readonly url: string;
  readonly daemon: FakeDaemon;
  readonly provider: TestProvider;
  /** What the server is configured with; a test may change it. */
  readonly now: { options: OidcOptions | null };
}

async function place(more: Partial<OidcOptions> = {}): Promise<Place> {
  const now: Place['now'] = { options: null };
  const { url, daemon } = await listening({ oidc: () => now.options });
  const provider = await startProvider(url, more);
  now.options = provider.options;
  return { url, daemon, provider, now };
}

async function login({ url }: Place, name: string, surfer = new Surfer()) {
  const back = await surfer.authorize(`${url}/login/oidc?next=/runs`, name);
  return { surfer, back, answer: await surfer.ask(back) };
}

function sessionOf(cookies: readonly string[]): string {
  return cookies.map((line) => line.split(';', 1)[0]).join();
}

test('people get the highest role that one of their groups has, and their way back to the page they wanted', async () => {
  const here = await place();
  const seen: Record<string, unknown> = {};
  for (const name of ['vera', 'otto', 'ada']) {
    const { surfer, answer } = await login(here, name);
    expect([answer.status, answer.next]).toEqual([303, `${here.url}/runs`]);
    seen[name] = /<bdi>([^<]+)<\/bdi>, (\w+)<\/span><button>Log out/
      .exec((await surfer.ask(`${here.url}/`)).text)
      ?.slice(1);
  }
  expect(seen).toEqual({
    vera: ['vera@corp.example', 'viewer'],
    otto: ['otto@corp.example', 'operator'],
    ada: ['ada@corp.example', 'approver'],
  });
});

test('what somebody does goes into triggers under their address and a mark that outlives it', async () => {
  const here = await place();
  const act = async () => {
    const { surfer } = await login(here, 'otto');
    const csrf = /name="_csrf" value="([^"]+)"/.exec((await surfer.ask(`${here.url}/`)).text)?.[1] ?? '';
    await surfer.ask(`${here.url}/resync`, { _csrf: csrf, scope: 'all' });
  };
  await act();
  here.provider.addresses.set('otto', 'otto.new@corp.example');
  await act();
  const { issuer } = here.provider.options;
  expect(here.daemon.triggers.map(({ by }) => by)).toEqual([
    providerActor(issuer, 'otto', 'otto@corp.example'),
    providerActor(issuer, 'otto', 'otto.new@corp.example'),
  ]);
});

test('a login gets a new session, and what was known before it is worth nothing', async () => {
  const here = await place();
  const surfer = new Surfer();
  const before = await surfer.ask(`${here.url}/login`);
  const { answer } = await login(here, 'ada', surfer);
  expect(sessionOf(answer.cookies)).not.toBe(sessionOf(before.cookies));
  const cookie = sessionOf(before.cookies);
  const stolen = await fetch(`${here.url}/runs`, { headers: { cookie }, redirect: 'manual' });
  expect(stolen.status).toBe(303);
});

test.each([
  ['nora', 'sync-viewers, sync-operators'],
  ['mute', 'sends no claim &quot;groups&quot;'],
])('%s, in no group that counts, is told whom to ask and gets no session', async (name, words) => {
  const here = await place();
  const { surfer, answer } = await login(here, name);
  expect([answer.status, answer.text.includes(words)]).toEqual([403, true]);
  expect((await surfer.ask(`${here.url}/runs`)).status).toBe(303);
});

test('an answer with another state, without one, or shown twice opens nothing', async () => {
  const here = await place();
  const surfer = new Surfer();
  const back = await surfer.authorize(`${here.url}/login/oidc`, 'ada');
  const wrong = back.replace(/state=[^&]+/, 'state=another');
  expect((await surfer.ask(wrong)).status).toBe(401);
  // The first answer has ended this login, so the right one comes too late.
  expect((await surfer.ask(back)).status).toBe(400);
  const { surfer: second, back: used } = await login(here, 'ada');
  expect((await new Surfer().ask(used)).status).toBe(400);
  expect((await second.ask(used)).status).toBe(400);
  const third = new Surfer();
  const bare = (await third.authorize(`${here.url}/login/oidc`, 'ada')).replace(/&?state=[^&]+/, '');
  expect((await third.ask(bare)).status).toBe(401);
  expect((await third.ask(`${here.url}/runs`)).status).toBe(303);
});

test('a code that has expired is refused in words', async () => {
  const here = await place();
  const surfer = new Surfer();
  const back = await surfer.authorize(`${here.url}/login/oidc`, 'ada');
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + (CODE_SECONDS + 1) * 1000 });
  onTestFinished(() => void vi.useRealTimers());
  const answer = await surfer.ask(back);
  expect([answer.status, answer.text.includes('took too long')]).toEqual([401, true]);
});

test('what the provider refuses is said by its code, and its free words are not repeated', async () => {
  const here = await place();
  const surfer = new Surfer();
  const { next } = await surfer.ask(`${here.url}/login/oidc`);
  const state = new URL(next ?? '').searchParams.get('state') ?? '';
  const query = new URLSearchParams({
    state,
    error: 'access_denied',
    error_description: '<script>alert(1)</script>',
    iss: here.provider.options.issuer,
  });
  const answer = await surfer.ask(`${here.url}/login/callback?${query}`);
  expect([answer.status, answer.text.includes('access_denied')]).toEqual([401, true]);
  expect(answer.text).not.toContain('alert(1)');
});

test.each([
  ['for another audience', { aud: 'another-application' }],
  ['of another issuer', { iss: 'https://evil.example' }],
  ['for another login', { nonce: 'another' }],
  ['that has expired', { exp: 1_700_000_000 }],
])('an id token %s opens nothing, although its signature is right', async (_what, wrong) => {
  const here = await place();
  here.provider.tamper((body) => {
    const [, middle = ''] = String(body.id_token).split('.');
    const claims = JSON.parse(Buffer.from(middle, 'base64url').toString()) as object;
    body.id_token = here.provider.idToken({ ...claims, ...wrong });
  });
  const { surfer, answer } = await login(here, 'ada');
  expect([answer.status, answer.text.includes('not what this login asked for')]).toEqual([401, true]);
  expect((await surfer.ask(`${here.url}/runs`)).status).toBe(303);
});

test('an id token with a broken signature opens nothing', async () => {
  const here = await place();
  here.provider.tamper((body) => {
    const [head, middle] = String(body.id_token).split('.');
    body.id_token = `${head}.${middle}.${Buffer.from('x'.repeat(256)).toString('base64url')}`;
  });
  expect((await login(here, 'ada')).answer.status).toBe(401);
});

test('a provider that is down is said, tokens go on opening the pages, and it is asked again when it is back', async () => {
  const here = await place();
  const up = here.now.options as OidcOptions;
  here.now.options = { ...up, issuer: 'http://127.0.0.1:1' };
  const surfer = new Surfer();
  const down = await surfer.ask(`${here.url}/login/oidc`);
  expect([down.status, down.text.includes('cannot be reached')]).toEqual([502, true]);
  const csrf = /name="_csrf" value="([^"]+)"/.exec(down.text)?.[1] ?? '';
  const byToken = await surfer.ask(`${here.url}/login`, { token: SECRET, next: '/', _csrf: csrf });
  expect(byToken.status).toBe(303);
  here.now.options = up;
  const other = new Surfer();
  const back = await other.authorize(`${here.url}/login/oidc`, 'ada');
  await here.provider.close();
  const gone = await other.ask(back);
  expect([gone.status, gone.text.includes('does not answer')]).toEqual([502, true]);
});

test('a login counts only while the configuration has this provider and gives one of its groups a role', async () => {
  const here = await place();
  const { surfer } = await login(here, 'ada');
  const options = here.now.options as OidcOptions;
  const role = async () => / (\w+)<\/span><button>Log out/.exec((await surfer.ask(`${here.url}/`)).text)?.[1];
  expect(await role()).toBe('approver');
  here.now.options = { ...options, roles: { ...options.roles, approver: [] } };
  expect(await role()).toBe('viewer');
  here.now.options = { ...options, roles: { viewer: [], operator: [], approver: ['others'] } };
  expect(await role()).toBeUndefined();
  here.now.options = { ...options, clientId: 'another' };
  expect(await role()).toBeUndefined();
  here.now.options = null;
  expect(await role()).toBeUndefined();
});

test('a login through the provider ends when its time is over', async () => {
  const here = await place({ sessionMs: 0 });
  const { surfer, answer } = await login(here, 'ada');
  expect(answer.status).toBe(303);
  expect((await surfer.ask(`${here.url}/runs`)).next).toContain('/login?next=');
});

test('logging out ends the session here and shows the way out there', async () => {
  const here = await place();
  const { surfer } = await login(here, 'ada');
  const page = await surfer.ask(`${here.url}/`);
  const csrf = /name="_csrf" value="([^"]+)"/.exec(page.text)?.[1] ?? '';
  const out = await surfer.ask(`${here.url}/logout`, { _csrf: csrf });
  expect(out.status).toBe(200);
  const there = /href="([^"]*session\/end[^"]*)"/.exec(out.text)?.[1]?.replaceAll('&amp;', '&') ?? '';
  expect(new URL(there).searchParams.get('post_logout_redirect_uri')).toBe(`${here.url}/login`);
  expect((await surfer.ask(there)).status).toBe(200);
  expect((await surfer.ask(`${here.url}/runs`)).status).toBe(303);
});

test('each address may begin a limited number of logins in a minute', async () => {
  const here = await place();
  // All of them in one moment, however long the machine takes.
  vi.useFakeTimers({ toFake: ['Date'] });
  onTestFinished(() => void vi.useRealTimers());
  const statuses: number[] = [];
  for (let attempt = 0; attempt < 32; attempt++) {
    statuses.push((await new Surfer().ask(`${here.url}/login/callback?state=x&code=${attempt}`)).status);
  }
  expect(statuses).toEqual([...Array(30).fill(400), 429, 429]);
});

test('nothing is begun without a provider, or where the cookie could not be kept', async () => {
  const { now } = await place();
  const { app } = serverOf({ secureCookies: true, oidc: () => now.options });
  const plain = await app.inject('/login/oidc');
  expect([plain.statusCode, plain.body.includes('reached without TLS')]).toEqual([400, true]);
  now.options = null;
  expect((await app.inject('/login/oidc')).statusCode).toBe(404);
});

test('doctor sees a provider that answers, one that lacks a scope, and one that is not there', async () => {
  const { provider } = await place();
  const check = (more: Partial<OidcOptions>) => checkLoginProvider({ ...provider.options, ...more });
  expect(await check({})).toMatchObject([{ level: 'ok', what: provider.options.issuer }]);
  expect(await check({ scopes: ['openid', 'roles'] })).toMatchObject([
    { level: 'ok' },
    { level: 'advice', detail: expect.stringContaining('does not list roles') },
  ]);
  await expect(check({ issuer: 'http://127.0.0.1:1' })).rejects.toThrow();
});
