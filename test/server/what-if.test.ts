/** A configuration posted to the daemon: what it would change, told in each format, and every way to be refused. */
import { hash } from 'node:crypto';
import { expect, test } from 'vitest';
import type { WhatIfAnswer } from '../../src/actions/what-if.ts';
import { ConfigError, SourceReadError } from '../../src/lib/errors.ts';
import type { ServerDeps } from '../../src/server/deps.ts';
import { mixed } from '../report/sample-plans.ts';
import { BEARER, FakeDaemon, TOKEN } from './fake-daemon.ts';
import { listening, serverOf } from './serving.ts';
import { visitor } from './visitor.ts';

const URL_ = '/api/v1/what-if';
const YAML = { ...BEARER, 'content-type': 'application/yaml' };

function asking(changes: Partial<ServerDeps> = {}) {
  const { app, daemon } = serverOf(changes);
  const post = (payload: unknown, query = '', headers: Record<string, string> = BEARER) =>
    app.inject({ method: 'POST', url: `${URL_}${query}`, headers, payload: payload as never });
  return { post, daemon };
}

test('as JSON and as YAML the same is answered: both plans in numbers, and what only one of them has', async () => {
  const { post, daemon } = asking();
  const asJson = await post({ policy: 'leavers' });
  const asYaml = await post('policy: leavers # for now\n', '', YAML);
  expect(asJson.statusCode).toBe(200);
  expect(asYaml.json()).toEqual(asJson.json());
  const { keys, current, proposed, added, dropped, judged } = asJson.json();
  expect(keys.proposed).toEqual(['policy']);
  expect(proposed.changes.all).toBe(current.changes.all);
  expect(proposed.configHash).not.toBe(current.configHash);
  expect([added.total, dropped.total, judged.total]).toEqual([1, 1, 0]);
  expect(added.changes[0].subject.label).toBe('newcomer@corp.example');
  expect(dropped.changes[0].key).toBe(mixed().changes[0]?.key);
  expect(daemon.whatIfs.map(({ others }) => others)).toEqual(['in-use', 'in-use']);
});

test('a change that only one of the two keeps back says how it stood, and what is taken away comes first', async () => {
  const current = mixed();
  const held = current.changes.filter(({ verdict }) => verdict.state === 'held');
  const changes = current.changes.map((change) => ({ ...change, verdict: { state: 'ready' } as const }));
  const answer: WhatIfAnswer = {
    state: 'judged',
    keys: { proposed: [], default: [], inUse: [] },
    current,
    proposed: { ...current, changes },
  };
  const { judged } = (await asking({ whatIf: async () => answer }).post({})).json();
  const was = (judged.changes as { was: string }[]).filter((one) => one.was === 'held');
  expect(was).toHaveLength(held.length);
  expect(judged.changes[0].kind).toMatch(/^remove-/);
  expect(judged.changes.at(-1).kind).not.toMatch(/^remove-/);
});

test('for a pull request it is Markdown, for people a page, for scripts with another default text', async () => {
  const { post, daemon } = asking();
  const markdown = await post({ policy: 'full' }, '?format=markdown&others=default');
  expect(markdown.statusCode).toBe(400);
  const rules = [{ group: 'eng', role: 'Member' }];
  const given = await post({ rules }, '?format=markdown&others=default');
  expect(given.headers['content-type']).toBe('text/markdown; charset=utf-8');
  expect(given.body).toMatch(/Only with the proposed configuration/);
  expect(daemon.whatIfs.at(-1)).toEqual({ config: { rules }, others: 'default' });
  const page = await post({ rules }, '?format=html');
  expect(page.headers['content-security-policy']).toContain("default-src 'none'");
  expect(page.body).toMatch(/^<!doctype html>/);
  expect((await post({ rules }, '?format=terminal')).body).toContain(
    'Different. Against the configuration in use, the proposed',
  );
});

test.each([
  [{ devin: { keyFile: '/etc/passwd' } }, '/devin', /devin: is not taken here/],
  [{ directory: { file: { path: '/etc/passwd' } } }, '/directory', /directory: is not taken here/],
  [{ grantsFile: '/etc/shadow' }, '/grantsFile', /grantsFile: is not taken here/],
  [{ notify: { webhooks: [{ url: 'http://10.0.0.1' }] } }, '/notify', /notify: is not taken here/],
  [{ rules: [{ 'a/b~': 1 }] }, '/rules/0/a~1b~0', /not a known key/],
  [{ policy: 'fulll' }, '/policy', /policy/],
] as const)('%j is refused by the name of its key', async (payload, pointer, words) => {
  const answer = await asking().post(payload);
  expect([answer.statusCode, answer.headers['content-type']]).toEqual([
    400,
    'application/problem+json; charset=utf-8',
  ]);
  expect(answer.json().detail).toMatch(words);
  expect(answer.json().errors.map((one: { pointer: string }) => one.pointer)).toContain(pointer);
});

test('what is no configuration at all, too large, of another type or asked for oddly is refused', async () => {
  const { post, daemon } = asking();
  const statuses = [
    await post('policy: [', '', YAML),
    await post('', '', YAML),
    await post('[]', '', { ...BEARER, 'content-type': 'application/json' }),
    await post(undefined),
    await post({ rules: 'x'.repeat(200_000) }),
    await post('policy: full', '', { ...BEARER, 'content-type': 'text/plain' }),
    await post({}, '?format=csv'),
    await post({}, '?config=/etc/passwd'),
  ].map(({ statusCode }) => statusCode);
  expect(statuses).toEqual([400, 400, 400, 400, 413, 415, 400, 400]);
  expect(daemon.whatIfs.every(({ config }) => typeof config !== 'string' || config.length < 100)).toBe(true);
});

test('YAML is for this route only', async () => {
  const { app } = serverOf();
  const answer = await app.inject({
    method: 'POST',
    url: '/api/v1/resync',
    headers: YAML,
    payload: 'user: a@b.c',
  });
  expect(answer.statusCode).toBe(415);
});

test('another one under way, names that Devin does not know and a side that cannot be read are told apart', async () => {
  const refusing = (whatIf: ServerDeps['whatIf']) => asking({ whatIf } as Partial<ServerDeps>).post({});
  const busy = await refusing(async () => ({ state: 'busy' }));
  expect([busy.statusCode, busy.headers['retry-after']]).toEqual([429, '10']);
  const odd = await refusing(async () => Promise.reject(new ConfigError(['no org role "Chief" exists'])));
  expect([odd.statusCode, odd.json().detail]).toEqual([409, 'no org role "Chief" exists']);
  const cut = await refusing(async () => Promise.reject(new SourceReadError('Okta users: page 3 failed')));
  expect([cut.statusCode, cut.json().detail]).toEqual([502, 'Okta users: page 3 failed']);
  const hundred = Array.from({ length: 100 }, (_, at) => ({
    path: ['rules', at],
    message: `rules[${at}]: bad`,
  }));
  const many = (await refusing(async () => ({ state: 'refused', problems: hundred }))).json();
  expect([many.errors.length, many.detail]).toEqual([50, expect.stringContaining('; and 50 more.')]);
});

test('whoever goes away ends it, and where the daemon cannot do it there is no route', async () => {
  const ended = Promise.withResolvers<void>();
  const started = Promise.withResolvers<void>();
  const whatIf: ServerDeps['whatIf'] = (_request, signal) => {
    started.resolve();
    return new Promise((_resolve, reject) =>
      signal.addEventListener('abort', () => {
        ended.resolve();
        reject(signal.reason);
      }),
    );
  };
  const { url } = await listening({ whatIf });
  const caller = new AbortController();
  const headers = { ...BEARER, 'content-type': 'application/json' };
  const asked = fetch(`${url}${URL_}`, { method: 'POST', headers, body: '{}', signal: caller.signal });
  await started.promise;
  caller.abort();
  await expect(asked).rejects.toThrow();
  await ended.promise;
  const { whatIf: _none, ...without } = new FakeDaemon().deps();
  const { app } = serverOf({ ...without, whatIf: undefined } as never);
  expect((await app.inject({ method: 'POST', url: URL_, headers: BEARER, payload: {} })).statusCode).toBe(
    404,
  );
});

test('on its page a configuration is tried, corrected where it is wrong, and asked about by an operator only', async () => {
  const viewer = { name: 'looker', role: 'viewer' as const, hash: hash('sha256', 'secret-of-a-viewer') };
  const { app, daemon } = serverOf({ tokens: () => [TOKEN, viewer] });
  const one = await visitor(app);
  expect((await one.get('/configuration')).body).toContain('href="/what-if"');
  const csrf = await one.csrf('/what-if');
  const given = await one.post('/what-if', { config: 'policy: full\r\nfreeze:\r\n' }, csrf);
  expect(given.statusCode).toBe(200);
  expect(given.body).toMatch(/<strong>Different\.<\/strong>/);
  expect(given.body).toContain('newcomer@corp.example');
  const wrong = await one.post('/what-if', { config: 'devin: { url: x }\n# <script>' }, csrf);
  expect(wrong.statusCode).toBe(400);
  expect(wrong.body).toContain('line 1: devin: is not taken here');
  expect(wrong.body).toContain('# &lt;script&gt;</textarea>');
  const asked = daemon.whatIfs.length;
  const looker = await visitor(app, 'secret-of-a-viewer');
  const page = await looker.get('/what-if');
  expect(page.body).not.toContain('<textarea');
  const refused = await looker.post('/what-if', { config: 'policy: full' }, await looker.csrf('/what-if'));
  expect([refused.statusCode, daemon.whatIfs.length]).toEqual([403, asked]);
});
