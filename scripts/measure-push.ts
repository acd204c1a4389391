/**
 * What a provider may push: 10,000 changes at 100 a second to two daemons on one Redis, of which one is killed in the
 * middle. Says whether any change that was answered is lost, how long answers take, and what memory is used: the table
 * of docs/setup-scim.md. Ends with 1 when one is lost.
 *
 *   node scripts/measure-push.ts [changes] [a second]
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { startPrivateRedis } from '../bench/private-redis.ts';
import { startFakeDevin } from '../src/sandbox/fake-devin.ts';

const BIN = join(import.meta.dirname, '..', 'bin', 'devin-idp-sync.mjs');
const TOKEN = 'a-token-of-the-provider-that-pushes';
const [CHANGES = 10_000, RATE = 100] = process.argv.slice(2).map(Number);
const USER = 'urn:ietf:params:scim:schemas:core:2.0:User';
const GROUP = 'urn:ietf:params:scim:schemas:core:2.0:Group';
const PATCH = 'urn:ietf:params:scim:api:messages:2.0:PatchOp';

interface Daemon {
  readonly child: ChildProcess;
  readonly url: string;
}

interface Expected {
  readonly id: string;
  title: string;
  active: boolean;
  member: boolean;
}

const folder = mkdtempSync(join(tmpdir(), 'measure-push-'));
const redis = await startPrivateRedis();
const devin = await startFakeDevin();
const daemons: Daemon[] = [];
let turn = 0;
try {
  writeFileSync(join(folder, 'token'), TOKEN);
  writeFileSync(
    join(folder, 'config.yaml'),
    `directory: { scimPush: { name: p, tokenFile: token, settleMinutes: 0, requestsPerSecond: 1000 } }
devin: { url: ${devin.url}, key: ${devin.key} }
rules: [{ group: everybody, role: Member }]
redis: { url: 'unix://${redis.socket}' }
log: { level: info }
server: { listen: '127.0.0.1:0' }
`,
  );
  daemons.push(await serve(), await serve());
  process.exitCode = (await measure()) ? 0 : 1;
} finally {
  for (const { child } of daemons) child.kill('SIGKILL');
  await devin.close();
  await redis.close();
  rmSync(folder, { recursive: true, force: true, maxRetries: 10 });
}

async function serve(): Promise<Daemon> {
  const args = [BIN, 'serve', '--config', join(folder, 'config.yaml')];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  child.stderr?.on('data', (chunk) => {
    said = (said + chunk).slice(-10_000);
  });
  for (;;) {
    const url = /"url":"(http[^"]+)"/.exec(said)?.[1];
    if (url !== undefined) return { child, url };
    if (child.exitCode !== null) throw new Error(said);
    await sleep(50);
  }
}

function mib({ child }: Daemon): number {
  const status = readFileSync(`/proc/${child.pid}/status`, 'utf8');
  return Math.round(Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]) / 1024);
}

/** Asks again, of the next daemon, until it is answered. */
async function ask(method: string, path: string, body?: unknown): Promise<{ status: number; text: string }> {
  for (let tries = 0; ; tries++) {
    const { url } = daemons[turn++ % daemons.length] as Daemon;
    try {
      const answer = await fetch(`${url}/scim/v2/p${path}`, {
        method,
        headers: { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/scim+json' },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      const text = await answer.text();
      if (answer.status !== 429 && answer.status < 500) return { status: answer.status, text };
    } catch (error) {
      if (tries > 50) throw error;
    }
    if (tries > 50) throw new Error(`${method} ${path} is not answered`);
    await sleep(50);
  }
}

async function create(name: string, title: string): Promise<string> {
  const userName = `${name}@corp.example`;
  const { status, text } = await ask('POST', '/Users', { schemas: [USER], userName, title, active: true });
  if (status === 201) return (JSON.parse(text) as { id: string }).id;
  // An earlier try was carried out, and its answer was lost with the daemon.
  const found = await ask('GET', `/Users?filter=${encodeURIComponent(`userName eq "${userName}"`)}`);
  return (JSON.parse(found.text) as { Resources: { id: string }[] }).Resources[0]?.id as string;
}

async function patch(path: string, Operations: readonly unknown[]): Promise<void> {
  const { status, text } = await ask('PATCH', path, { schemas: [PATCH], Operations });
  if (status !== 200 && status !== 204) throw new Error(`PATCH ${path}: ${status} ${text}`);
}

async function measure(): Promise<boolean> {
  const people: Expected[] = [];
  const made = await ask('POST', '/Groups', { schemas: [GROUP], displayName: 'everybody' });
  const group = (JSON.parse(made.text) as { id: string }).id;
  const times: number[] = [];
  const memory: string[] = [];
  /** Four of ten make somebody, three change a title, two a membership, one deactivates. */
  const change = async (at: number): Promise<void> => {
    const begun = performance.now();
    const person = people[(at * 7) % Math.max(1, people.length)];
    const kind = person === undefined ? 0 : at % 10;
    if (person === undefined || kind < 4) {
      const title = `made ${at}`;
      people.push({ id: await create(`p${at}`, title), title, active: true, member: false });
    } else if (kind < 7) {
      await patch(`/Users/${person.id}`, [{ op: 'replace', path: 'title', value: `changed ${at}` }]);
      person.title = `changed ${at}`;
    } else if (kind < 9) {
      await patch(`/Groups/${group}`, [{ op: 'Add', path: 'members', value: [{ value: person.id }] }]);
      person.member = true;
    } else {
      await patch(`/Users/${person.id}`, [{ op: 'Replace', path: 'active', value: 'False' }]);
      person.active = false;
    }
    times.push(performance.now() - begun);
  };
  const begun = performance.now();
  const busy = new Set<Promise<void>>();
  for (let at = 0; at < CHANGES; at++) {
    const wait = begun + (at * 1000) / RATE - performance.now();
    if (wait > 0) await sleep(wait);
    if (at % Math.round(CHANGES / 5) === 0) memory.push(daemons.map(mib).join(' + '));
    if (at === Math.round(CHANGES / 2)) void kill();
    // Two changes of one person in the wrong order would be a mistake of this script.
    if (at % 10 !== 0) await Promise.all([...busy].slice(0, Math.max(0, busy.size - 1)));
    const one = change(at).finally(() => busy.delete(one));
    busy.add(one);
  }
  await Promise.all(busy);
  const seconds = (performance.now() - begun) / 1000;
  memory.push(daemons.map(mib).join(' + '));
  const lost = await missing(people, group);
  times.sort((a, b) => a - b);
  const at = (share: number) => `${(times[Math.floor(times.length * share)] ?? 0).toFixed(0)} ms`;
  console.log(`${CHANGES} changes in ${seconds.toFixed(0)} s, ${people.length} people; lost: ${lost}`);
  console.log(`answers: median ${at(0.5)}, 99 % ${at(0.99)}, slowest ${at(0.99999)}`);
  console.log(`memory of the daemons in MiB, at each fifth: ${memory.join(' · ')}`);
  console.log(`memory of Redis: ${Math.round((await redis.bytes()) / 1024 / 1024)} MiB`);
  return lost === 0;
}

async function kill(): Promise<void> {
  const [first] = daemons.splice(0, 1);
  first?.child.kill('SIGKILL');
  if (first !== undefined) await once(first.child, 'close');
}

/** Changes that were answered and are not there. */
async function missing(people: readonly Expected[], group: string): Promise<number> {
  const found = new Map<string, { title?: string; active?: boolean }>();
  for (let startIndex = 1; startIndex <= people.length; startIndex += 100) {
    const { text } = await ask('GET', `/Users?startIndex=${startIndex}&count=100`);
    const { Resources } = JSON.parse(text) as { Resources: { id: string; title: string; active: boolean }[] };
    for (const user of Resources) found.set(user.id, user);
  }
  const { text } = await ask('GET', `/Groups/${group}`);
  const members = new Set(
    ((JSON.parse(text) as { members?: { value: string }[] }).members ?? []).map(({ value }) => value),
  );
  return people.filter(({ id, title, active, member }) => {
    const user = found.get(id);
    return user?.title !== title || user.active !== active || members.has(id) !== member;
  }).length;
}
