import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { afterAll, expect, onTestFinished, test, vi } from 'vitest';
import { openPushTriggers } from '../../src/compose/push-triggers.ts';
import { Pushed, tokenFindings } from '../../src/compose/pushed.ts';
import { scimDeps } from '../../src/compose/scim-deps.ts';
import type { Config } from '../../src/config/config.ts';
import { parseConfigText } from '../../src/config/load.ts';
import type { RunTrigger } from '../../src/core/model/run.ts';
import { ConfigError } from '../../src/lib/errors.ts';
import { createLogger } from '../../src/lib/log.ts';
import { createMetrics } from '../../src/lib/metrics.ts';
import type { ScimDone, ScimStore } from '../../src/lib/scim/store.ts';
import { privateRedis } from '../lib/private-redis.ts';

const redis = await privateRedis();
const folder = await mkdtemp(join(tmpdir(), 'idp-pushed-'));
afterAll(() => rm(folder, { recursive: true, force: true }));
const log = createLogger({ level: 'silent' });
const HOUR = 3_600_000;
const SOON = { timeout: 60_000 };

function configOf(directory: string, windowSeconds = 1): Config {
  const text = `directory: ${directory}
devin: { key: cog_key-of-the-tests }
rules: [{ group: devin-users, role: Member }]
server: { hooks: { windowSeconds: ${windowSeconds} } }
`;
  return parseConfigText(text, { file: join(folder, 'c.yaml'), env: {}, readFile: () => '' });
}

const PUSH =
  '{ scimPush: { name: okta, tokenFile: okta, provider: entra, settleMinutes: 0, requestsPerSecond: 5 } }';

async function opened(directory = PUSH) {
  await writeFile(join(folder, 'okta'), 'first-token-of-okta\n');
  const connections = { prefix: redis.prefix(), producer: redis.client(), worker: redis.client() };
  const state = { connections: { ...connections, close: async () => {} } };
  const clock = { now: Date.now() };
  const trouble: string[] = [];
  const config = configOf(directory);
  const onTrouble = (message: string) => void trouble.push(message);
  const pushed = new Pushed({ state, config, clock: () => clock.now, onTrouble });
  return { state, clock, trouble, config, pushed };
}

const user = (name: string) => ({
  body: { userName: `${name}@corp.example` },
  unique: ['userName'] as const,
});
const team = { body: { displayName: 'devin-users' }, unique: [] } as const;

test('a token counts for its own source, an old and a new one side by side, and none where the file is gone', async () => {
  const { pushed, trouble } = await opened();
  expect(await pushed.allows('okta', 'first-token-of-okta')).toBe(true);
  expect(await pushed.allows('okta', 'another-token-of-okta')).toBe(false);
  expect(await pushed.allows('entra', 'first-token-of-okta')).toBe(false);
  expect(await pushed.allows('entra', '')).toBe(false);
  await writeFile(join(folder, 'okta'), 'first-token-of-okta\nsecond-token-of-okta-for-rotation\n');
  expect(await pushed.allows('okta', 'second-token-of-okta-for-rotation')).toBe(true);
  expect(await pushed.allows('okta', 'first-token-of-okta')).toBe(true);
  await rm(join(folder, 'okta'));
  expect(await pushed.allows('okta', 'first-token-of-okta')).toBe(false);
  expect(await pushed.allows('okta', 'first-token-of-okta')).toBe(false);
  expect(trouble).toEqual([
    `directory.scimPush: okta names ${join(folder, 'okta')}, which lets nobody in: ENOENT`,
  ]);
});

test('another configuration brings other sources, and one whose token file is missing changes nothing', async () => {
  const { pushed } = await opened();
  const gone = configOf('{ scimPush: { name: entra, tokenFile: nowhere } }');
  expect(() => pushed.prepare(gone)).toThrow(ConfigError);
  expect(pushed.names()).toEqual(['okta']);
  const lab = '{ name: lab, file: { path: p.yaml } }';
  const several = `{ sources: [${lab}, { name: push, scimPush: { name: entra, tokenFile: okta } }] }`;
  pushed.prepare(configOf(several))();
  expect(pushed.names()).toEqual(['entra']);
  expect(pushed.get('okta')).toBeNull();
  pushed.prepare(configOf('{ file: { path: p.yaml } }'))();
  expect(pushed.names()).toEqual([]);
});

test('doctor counts the tokens of each source, and says which file lets nobody in', async () => {
  const { config } = await opened();
  const detail = `${join(folder, 'okta')} has one token`;
  expect(tokenFindings(config)).toEqual([{ level: 'ok', what: 'token of /scim/v2/okta', detail }]);
  await writeFile(join(folder, 'okta'), 'first-token-of-okta\nsecond-token-of-okta\n');
  expect(tokenFindings(config)).toMatchObject([{ detail: expect.stringContaining('2 tokens') }]);
  const words = expect.stringContaining('lets nobody in: ENOENT');
  const gone = configOf('{ scimPush: { name: entra, tokenFile: nowhere } }');
  expect(tokenFindings(gone)).toMatchObject([{ level: 'fail', detail: words }]);
});

test('more requests than configured are told to wait, and a second later as many go on', async () => {
  const { pushed, clock } = await opened();
  const ask = () => Array.from({ length: 7 }, () => pushed.busy('okta'));
  expect(ask()).toEqual([null, null, null, null, null, 1, 1]);
  clock.now += 1000;
  expect(ask().filter((wait) => wait === null)).toHaveLength(5);
  expect(pushed.busy('entra')).toBeNull();
});

test('a silence is found once it is longer than usual, ends with any request, and figures say when the last one came', async () => {
  const { pushed, clock } = await opened();
  const metrics = createMetrics();
  expect(await pushed.silences()).toEqual([]);
  await pushed.get('okta')?.room.create('User', user('ada'));
  const standing = await pushed.get('okta')?.room.standing();
  clock.now = (standing?.pushedAt as number) + 73 * HOUR;
  const words = expect.stringContaining('nothing for 73 hours (limit 72)');
  expect(await pushed.silences()).toEqual([{ source: 'okta', since: standing?.pushedAt, words }]);
  expect(await pushed.allows('okta', 'first-token-of-okta')).toBe(true);
  expect(await pushed.silences()).toEqual([]);
  const seconds = clock.now / 1000;
  const answered = scimDeps(pushed, { note: async () => {} }, metrics).answered;
  answered('okta', 'User', 'POST', 201);
  answered('stranger-of-any-name', 'other', 'GET', 401);
  await pushed.measure(metrics);
  const text = await metrics.text();
  expect(text).toContain(`scim_last_seen_timestamp_seconds{source="okta"} ${seconds}`);
  expect(text).toContain('scim_resources{source="okta",type="User"} 1');
  expect(text).toContain('scim_requests_total{source="okta",type="User",method="POST",status="201"} 1');
  expect(text).toContain('scim_requests_total{source="unknown",type="other",method="GET",status="401"} 1');
});

async function triggering(settled: boolean) {
  const room = await opened();
  // After everything that the store, with a clock of its own, will have been pushed.
  room.clock.now += HOUR;
  const runs: RunTrigger['scope'][] = [];
  const failing = { now: false };
  const during: { happens: (() => Promise<unknown>) | null } = { happens: null };
  const open = () =>
    openPushTriggers({
      state: room.state,
      log,
      pushed: room.pushed,
      config: () => room.config,
      requestRun: async ({ scope, kind }) => {
        if (failing.now) throw new Error('no queue');
        expect(kind).toBe('event');
        runs.push(scope);
        await during.happens?.();
      },
      clock: () => room.clock.now,
    });
  const triggers = await open();
  const deps = scimDeps(room.pushed, triggers, createMetrics());
  const store = deps.of('okta') as ScimStore;
  if (settled) {
    const { room: plain } = room.pushed.get('okta') as { room: ScimStore };
    await plain.create('User', user('first'));
    await plain.create('Group', team);
  }
  return { ...room, runs, triggers, store, deps, open, failing, during };
}

test('a change of one person is a run about that person, of a group about the group, and what changes nothing is no run', async () => {
  const { runs, triggers, store, deps } = await triggering(true);
  const ada = ((await store.create('User', user('ada'))) as ScimDone).resource;
  await vi.waitFor(() => expect(runs).toEqual([{ user: 'ada@corp.example' }]), SOON);
  await store.update('User', ada.id, null, user('ada'));
  await store.update('User', ada.id, 99, user('eve'));
  const [group] = await store.find('Group', 'displayName', 'devin-users');
  const members = { kind: 'change', add: [ada.id], remove: [] } as const;
  await store.update('Group', group?.id as string, null, { ...team, members });
  await vi.waitFor(() => expect(runs.slice(1)).toEqual([{ group: 'devin-users' }]), SOON);
  await store.remove('User', ada.id, null);
  await vi.waitFor(() => expect(runs.slice(2)).toEqual([{ user: 'ada@corp.example' }]), SOON);
  await store.create('User', { body: { userName: 'no-address' }, unique: [] });
  await vi.waitFor(() => expect(runs.slice(3)).toEqual([{}]), SOON);
  expect(deps.of('entra')).toBeNull();
  await triggers.close();
});

test('a flood is one run about everybody once it pauses', async () => {
  const { clock, runs, triggers, store } = await triggering(true);
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  onTestFinished(() => void vi.useRealTimers());
  const looked = async () => {
    expect(vi.getTimerCount()).toBe(1);
    vi.advanceTimersToNextTimer();
    // It has asked for a run, or looks again later.
    while (runs.length + vi.getTimerCount() === 0) await nextTurn();
    return runs;
  };
  for (let at = 0; at < 20; at++) await store.create('User', user(`p${at}`));
  expect(await looked()).toEqual([]);
  clock.now += 900;
  for (let at = 20; at < 40; at++) await store.create('User', user(`p${at}`));
  clock.now += 900;
  expect(await looked()).toEqual([]);
  clock.now += 100;
  expect(await looked()).toEqual([{}]);
  await triggers.close();
  expect(runs).toEqual([{}]);
});

test('who is pushed once more while their run is asked for gets another run', async () => {
  const { runs, triggers, store, during } = await triggering(true);
  const ada = ((await store.create('User', user('ada'))) as ScimDone).resource;
  during.happens = async () => {
    during.happens = null;
    await store.remove('User', ada.id, null);
  };
  const about = { user: 'ada@corp.example' };
  await vi.waitFor(() => expect(runs).toEqual([about, about]), SOON);
  await triggers.close();
});

test('until the first push is complete no run is asked for, and then one is by itself', async () => {
  const { runs, triggers, store } = await triggering(false);
  await store.create('User', user('ada'));
  await store.create('Group', team);
  await vi.waitFor(() => expect(runs.length).toBeGreaterThan(0), SOON);
  await triggers.close();
});

test('what a replica noted and did not live to ask for is asked for by the next, also after a failure of the queue', async () => {
  const { runs, triggers, store, open, failing } = await triggering(true);
  failing.now = true;
  await store.create('User', user('ada'));
  await triggers.close();
  expect(runs).toEqual([]);
  const next = await open();
  failing.now = false;
  await vi.waitFor(() => expect(runs).toEqual([{ user: 'ada@corp.example' }]), SOON);
  await next.close();
});
