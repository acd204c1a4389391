/** One daemon over its life: it tells people, hears the directory, and takes another configuration without a restart. */
import { mkdir, rename, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import type { RunRecord, StatusView } from '../../src/core/model/run.ts';
import { fictionalCompany } from '../../src/sandbox/company.ts';
import { startFakeDevin } from '../../src/sandbox/fake-devin.ts';
import { startFakeOkta } from '../../src/sandbox/fake-okta.ts';
import { receiver } from '../notify/receiver.ts';
import { scratch } from './live.ts';
import { start } from './process.ts';

const TOKEN = 'a-token-of-the-daemon-for-tests';
const HOOK_SECRET = 'a-secret-that-okta-sends';
const SOON = { timeout: 60_000, interval: 100 };

async function world() {
  const company = fictionalCompany({ seed: 3, people: 30, teams: 2 });
  const okta = await startFakeOkta({ company, pageSize: 100, rateLimitPerMinute: 1_000_000 });
  const devin = await startFakeDevin();
  const hook = await receiver();
  onTestFinished(() => Promise.all([okta.close(), devin.close()]).then(() => {}));
  const folder = await scratch();
  // As a container platform mounts a Secret: a link to a folder that is swapped.
  const mount = async (version: string, key: string) => {
    await mkdir(join(folder, version));
    await writeFile(join(folder, version, 'devin-key'), key);
    await symlink(version, join(folder, 'data-new'));
    await rename(join(folder, 'data-new'), join(folder, 'data'));
  };
  await mount('v1', devin.key);
  await writeFile(join(folder, 'webhook'), hook.url);
  const write = (rest: string, port = 0) =>
    writeFile(
      join(folder, 'devin-idp-sync.yaml'),
      `directory: { okta: { url: ${okta.url}, token: ${okta.token}, groups: { include: ['devin-*'] } } }
devin: { url: ${devin.url}, keyFile: data/devin-key }
limits: { devin: { maxPerSecond: 500 } }
schedule: { interval: 24h }
notify: { webhooks: [{ name: oncall, kind: slack, urlFile: webhook }] }
server:
  listen: 127.0.0.1:${port}
  token: ${TOKEN}
  hooks: { okta: { secret: ${HOOK_SECRET} }, windowSeconds: 1 }
${rest}
`,
    );
  const texts = () => hook.got.map(({ body }) => (JSON.parse(body) as { text: string }).text);
  return { okta, devin, folder, mount, write, texts };
}

function api(url: string) {
  const headers = { authorization: `Bearer ${TOKEN}` };
  const get = async <T>(path: string) => (await (await fetch(url + path, { headers })).json()) as T;
  return {
    status: () => get<StatusView>('/api/v1/status'),
    runs: async () => (await get<{ runs: RunRecord[] }>('/api/v1/runs')).runs,
    post: (path: string) =>
      fetch(url + path, {
        method: 'POST',
        headers: { ...headers, 'content-type': 'application/json' },
        body: '{}',
      }),
    metrics: async () => (await fetch(`${url}/metrics`)).text(),
  };
}

const MEMBERS = 'rules: [{ group: devin-users, role: Member }]';

test('a daemon tells what is held and paused, hears Okta, and takes a new configuration and a new key while it runs', async () => {
  const here = await world();
  await here.write(`${MEMBERS}\npolicy: full`);
  const daemon = start(['serve'], here.folder);
  const url = (await daemon.said(/"url":"(http:\/\/127\.0\.0\.1:\d+)"/))[1] ?? '';
  const ask = api(url);

  // Told: the first plan is held; a pause, whoever made it.
  await vi.waitFor(
    () =>
      expect(here.texts().join()).toContain(
        'the first plan of this configuration and source waits for approval',
      ),
    SOON,
  );
  await ask.post('/api/v1/pause');
  await vi.waitFor(() => expect(here.texts().join()).toContain('Writes are paused.'), SOON);
  expect((await ask.status()).webhooks).toMatchObject([{ name: 'oncall', failing: null }]);

  // Heard: Okta's check, a stranger, a delivery. Two events of one delivery are one run, about everything where nobody is linked.
  const check = await fetch(`${url}/hooks/okta`, { headers: { 'x-okta-verification-challenge': 'abc' } });
  expect(await check.json()).toEqual({ verification: 'abc' });
  const people = [...here.okta.company.company.people.keys()].slice(0, 2);
  const deliver = (authorization: string) =>
    fetch(`${url}/hooks/okta`, {
      method: 'POST',
      headers: { authorization, 'content-type': 'application/json' },
      body: JSON.stringify({
        data: {
          events: people.map((person) => ({
            uuid: `e-${person}`,
            eventType: 'user.lifecycle.deactivate',
            published: new Date().toISOString(),
            actor: { id: 'a' },
            target: [{ id: person, type: 'User' }],
          })),
        },
      }),
    });
  expect((await deliver('not-the-secret-of-this-hook')).status).toBe(401);
  expect((await deliver(HOOK_SECRET)).status).toBe(204);
  const events = async (by: string) =>
    (await ask.runs()).filter(({ trigger, endedAt }) => trigger.by === by && endedAt !== null);
  await vi.waitFor(async () => expect(await events('Okta event hook')).toHaveLength(1), SOON);

  // A configuration that cannot be used changes nothing, and is said everywhere.
  const before = await ask.status();
  await here.write('rules: []');
  daemon.child.kill('SIGHUP');
  await vi.waitFor(
    async () => expect((await ask.status()).configuration?.refused?.problems.join()).toContain('rules'),
    SOON,
  );
  expect((await ask.status()).configHash).toBe(before.configHash);
  expect(await ask.metrics()).toMatch(/devin_idp_sync_config_refused 1\n/);
  await vi.waitFor(
    () => expect(here.texts().join()).toContain('A changed configuration cannot be used'),
    SOON,
  );

  // A good one is used from the next run on; what cannot change is named; a rotated key comes with it, through a swapped link.
  here.devin.rotateKey('cog_the_next_key_of_the_same_user');
  await here.mount('v2', 'cog_the_next_key_of_the_same_user');
  await here.write(`${MEMBERS}\npolicy: observe`, 1);
  await vi.waitFor(
    async () => expect((await ask.status()).configuration).toMatchObject({ refused: null }),
    SOON,
  );
  const after = await ask.status();
  expect(after.configHash).not.toBe(before.configHash);
  expect(after.configuration?.needsRestart).toEqual(['server.listen']);
  await vi.waitFor(
    async () => expect(await events('configuration')).toMatchObject([{ state: 'done' }]),
    SOON,
  );

  // A key of nobody is refused, and the one before goes on.
  await here.mount('v3', 'cog_of_nobody_at_all');
  daemon.child.kill('SIGHUP');
  await vi.waitFor(
    async () => expect((await ask.status()).configuration?.refused?.problems.join()).toMatch(/401/),
    SOON,
  );
  await ask.post('/api/v1/resume');
  const metrics = await ask.metrics();
  expect(metrics).toMatch(/devin_idp_sync_devin_calls_total\{method="GET",status="200"\} [1-9]/);
  expect(metrics).toMatch(/devin_idp_sync_directory_calls_total\{source="okta",status="200"\} [1-9]/);
  expect(metrics).toMatch(/devin_idp_sync_config_reloads_total\{result="used"\} 1\n/);
  expect(metrics).toMatch(/devin_idp_sync_hook_deliveries_total\{receiver="okta",outcome="taken"\} 1\n/);
  expect(metrics).toMatch(/devin_idp_sync_queue_depth\{queue="runs"\} \d/);

  daemon.child.kill('SIGTERM');
  const { code, stderr } = await daemon.ended;
  expect(code).toBe(0);
  for (const secret of [HOOK_SECRET, 'hook-secret-token', 'cog_the_next_key', 'cog_of_nobody'])
    expect(stderr).not.toContain(secret);
  expect(here.texts().join()).not.toContain(HOOK_SECRET);
}, 240_000);
