/** A token through its life, from its file to what API and pages say, without a restart. */
import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { watchTokenFiles } from '../../src/server/token-files.ts';
import { Surfer } from './login-provider.ts';
import { listening } from './serving.ts';

const OLD = 'the-token-of-last-month';
const NEW = 'the-token-of-this-month';

async function rotating() {
  const home = await mkdtemp(join(tmpdir(), 'tokens-'));
  onTestFinished(() => rm(home, { recursive: true, force: true }));
  const file = join(home, 'oncall');
  /** As a platform does it: another file in its place, in one step. */
  const put = async (...lines: string[]) => {
    await writeFile(join(home, 'next'), `${lines.join('\n')}\n`);
    await rename(join(home, 'next'), file);
  };
  await put(OLD);
  const tokens = watchTokenFiles([{ name: 'oncall', role: 'operator', file }], () => {});
  return { put, ...(await listening({ tokens })) };
}

test('a token is rotated without a gap, and a revoked one ends at once, its logins with it', async () => {
  const { url, put, daemon } = await rotating();
  const call = async (token: string) =>
    (await fetch(`${url}/api/v1/status`, { headers: { authorization: `Bearer ${token}` } })).status;
  const surfer = new Surfer();
  const csrf = /name="_csrf" value="([^"]+)"/.exec((await surfer.ask(`${url}/login`)).text)?.[1] ?? '';
  await surfer.ask(`${url}/login`, { token: OLD, next: '/', _csrf: csrf });
  const page = async () => (await surfer.ask(`${url}/runs`)).status;
  expect([await call(OLD), await call(NEW), await page()]).toEqual([200, 401, 200]);
  await put(OLD, NEW);
  expect([await call(OLD), await call(NEW), await page()]).toEqual([200, 200, 200]);
  await put(NEW);
  expect([await call(OLD), await call(NEW), await page()]).toEqual([401, 200, 303]);
  const form = await surfer.ask(`${url}/resync`, { _csrf: csrf, scope: 'all' });
  expect(form.status).not.toBe(200);
  expect(daemon.triggers).toEqual([]);
});

test('a token may not do more than its role, and its name in the journal is the one of the configuration', async () => {
  const { url, daemon } = await rotating();
  const post = async (path: string, body: object) =>
    (
      await fetch(`${url}${path}`, {
        method: 'POST',
        headers: { authorization: `Bearer ${OLD}`, 'content-type': 'application/json' },
        body: JSON.stringify(body),
      })
    ).status;
  expect(await post('/api/v1/resync', {})).toBe(202);
  expect(await post('/api/v1/plans/a1b2c3d4/approve', { items: 'held', why: 'seen' })).toBe(403);
  expect(daemon.triggers.map(({ by }) => by)).toEqual(['token:oncall']);
});
