/** Two daemons and a Redis, each a process of its own: what people see when one daemon is killed. */
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { startFakeDevin } from '../../src/sandbox/fake-devin.ts';
import { ownRedis } from '../lib/own-redis.ts';
import { openBrowser } from '../server/browser.ts';
import { configured, start } from './process.ts';

const TOKEN = 'a-token-of-the-daemon-for-tests';
const PEOPLE = Array.from({ length: 40 }, (_, at) => `p${String(at).padStart(2, '0')}@corp.example`);
const ALL = `[${PEOPLE.map((_, at) => `'${at}'`).join(', ')}]`;

async function company() {
  const devin = await startFakeDevin({ orgs: ['Pay'] });
  onTestFinished(() => devin.close());
  const redis = await ownRedis();
  const folder = await configured(`directory: { file: { path: people.yaml } }
devin: { url: ${devin.url}, key: ${devin.key} }
policy: full
rules:
  - { group: devin-users, role: Member }
  - { group: devin-users, org: Pay, role: Member }
guards: { grants: { count: 100 } }
limits: { devin: { maxPerSecond: 10 } }
schedule: { interval: 24h }
redis: { url: 'unix://${redis.socket}' }
server: { listen: '127.0.0.1:0', token: ${TOKEN} }
`);
  const people = PEOPLE.map((email, at) => `  - { id: '${at}', email: ${email}, status: active }`).join('\n');
  await writeFile(
    join(folder, 'people.yaml'),
    `people:\n${people}\ngroups: [{ id: g1, name: devin-users, members: ${ALL} }]\n`,
  );
  return { devin, folder };
}

async function replica(folder: string) {
  const daemon = start(['serve'], folder);
  const [, url = ''] = await daemon.said(/"url":"(http[^"]+)"/);
  return { url, kill: () => daemon.child.kill('SIGKILL') && once(daemon.child, 'close') };
}

/** Sends everybody to the first daemon until it is gone, then to the other; in between it says 502. */
async function balancer(urls: readonly string[]): Promise<string> {
  const server = createServer((socket) => {
    let at = 0;
    socket.on('error', () => socket.destroy());
    const through = () => {
      const { hostname, port } = new URL(urls[at] ?? '');
      const upstream = connect(Number(port), hostname);
      upstream.once('connect', () => {
        socket.pipe(upstream).pipe(socket);
        upstream.once('close', () => socket.destroy());
      });
      upstream.once('error', () => {
        if (++at < urls.length) through();
        else socket.end('HTTP/1.1 502 Bad Gateway\r\nconnection: close\r\n\r\n');
      });
    };
    through();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  return `http://127.0.0.1:${(server.address() as { port: number }).port}`;
}

test('killing a daemon logs nobody out, loses no approval, and the page of a run goes on', async () => {
  const { devin, folder } = await company();
  // Devin keeps the rest waiting until one daemon is dead, however late that is.
  const dead = Promise.withResolvers<void>();
  const waits = { kind: 'wait', until: dead.promise } as const;
  devin.faults.add({
    method: 'POST',
    path: /organizations/,
    skip: 8,
    times: Number.POSITIVE_INFINITY,
    action: waits,
  });
  const [first, second] = await Promise.all([replica(folder), replica(folder)]);
  const url = await balancer([first.url, second.url]);
  const tab = await (await openBrowser()).newPage();
  await tab.goto(url);
  await tab.getByLabel('API token').fill(TOKEN);
  await tab.getByRole('button', { name: 'Log in' }).click();
  await tab.getByRole('button', { name: 'Run now' }).click();
  await tab.getByRole('heading', { name: /^Done\./ }).waitFor();
  await tab.getByRole('link', { name: /Review plan/ }).click();
  await tab.getByLabel(/held changes? that the filter shows/).check();
  await tab.getByLabel('Why (goes into the journal)').fill('the first plan looks right');
  await tab.getByRole('button', { name: 'Approve and run' }).click();
  const ended = async () =>
    Number(/(\d+) of \d+ writes/.exec((await tab.locator('main').textContent()) ?? '')?.[1]);
  await expect.poll(ended, { timeout: 60_000 }).toBeGreaterThan(4);
  await tab.evaluate('window.sameOne = true');

  await first.kill();
  const before = await ended();
  dead.resolve();
  await expect.poll(ended, { timeout: 60_000 }).toBeGreaterThan(before + 10);
  // It was neither loaded again nor sent to the login.
  expect(await tab.evaluate('window.sameOne')).toBe(true);
  await tab.getByRole('link', { name: 'Overview' }).click();
  await tab.getByText('server.token, approver').waitFor();

  const journal = await fetch(`${second.url}/api/v1/journal`, {
    headers: { authorization: `Bearer ${TOKEN}` },
  });
  const rows = (await journal.text())
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { kind: string; subject: string | null });
  const approved = new Set(rows.filter(({ kind }) => kind === 'approve').map(({ subject }) => subject));
  expect(PEOPLE.filter((email) => !approved.has(email))).toEqual([]);
  const joined = devin.state.effects
    .filter(({ kind }) => kind === 'add-to-org')
    .map((effect) => JSON.stringify({ ...effect, at: 0 }));
  expect(new Set(joined).size).toBe(joined.length);
}, 300_000);
