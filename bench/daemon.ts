/** The program as people run it: cold start, memory at rest, and a resync of one person, next to a large company. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type FakesReady, startFakes } from './fakes.ts';
import { installedProgram } from './installed.ts';
import type { Profile } from './profile.ts';
import { figure, type Judged, median, missing } from './result.ts';
import { SIZES, type Size } from './shape.ts';
import { emailOf } from './tenant.ts';

let program = '';
const READY_MS = 30_000;

export async function daemon({ full, note }: Profile): Promise<Judged[]> {
  note('start-up and rest of the daemon');
  program = installedProgram();
  const atRest = await restOf(full ? 9 : 5);
  const name = full ? '100k' : '10k';
  note(`resync of one person among ${name}`);
  return [...atRest, ...(await resyncIn(SIZES[name], full ? 7 : 3))];
}

/** Next to a small company: what the program costs before it has anything to do. */
async function restOf(runs: number): Promise<Judged[]> {
  const fakes = await startFakes({ people: 100, groups: 20, edges: 500, ...QUIET });
  const seconds: number[] = [];
  const resident: (number | null)[] = [];
  for (let run = 0; run < runs; run++) {
    await withDaemon(fakes, async (served) => {
      seconds.push(served.seconds);
      await command(served.folder, ['resync']);
      await sleep(1000);
      resident.push(residentMb(served.child.pid as number));
    });
  }
  fakes.close();
  const known = resident.filter((mb) => mb !== null);
  const bare = await bareNode();
  return [
    figure('start.seconds', median(seconds), 's', {
      baseline: bare.seconds,
      against: 'node with an empty script',
      note: `to the first "ready", a private Redis included, median of ${runs}`,
    }),
    known.length === 0
      ? missing('idle.rss', 'MB', null, 'only Linux tells it')
      : figure('idle.rss', median(known), 'MB', {
          baseline: bare.mb,
          against: 'node with an empty script',
          note: '1 s after a run over 100 people, with the Okta SDK and without the Entra one',
        }),
  ];
}

async function resyncIn(size: Size, times: number): Promise<Judged[]> {
  const fakes = await startFakes({ ...size, ...QUIET });
  try {
    return await withDaemon(fakes, async (served) => {
      await command(served.folder, ['resync']);
      const { calls, seconds } = await resyncOne(fakes, served, times);
      const among = `one of ${size.people} people`;
      return [
        figure('resync.calls', median(calls), 'calls', {
          bound: 10,
          note: `${among}, who was deactivated: reading, proof, removal and its two looks, on both sides`,
        }),
        figure('resync.seconds', median(seconds), 's', {
          bound: 5,
          note: `${among}, from the command line to its report, median of ${times}`,
        }),
        figure('resync.rss', residentMb(served.child.pid as number), 'MB', {
          note: 'of the daemon right after',
        }),
      ];
    });
  } finally {
    fakes.close();
  }
}

const QUIET = { orgs: 500, devinPerSecond: null, devinFull: true } as const;

interface Served {
  readonly child: ChildProcess;
  readonly url: string;
  readonly folder: string;
  readonly seconds: number;
}

async function withDaemon<T>(fakes: FakesReady, work: (served: Served) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'idp-bench-'));
  const port = await freePort();
  await writeFile(join(folder, 'devin-idp-sync.yaml'), configText(fakes, port));
  const started = performance.now();
  const child = spawn(process.execPath, [program, 'serve', '--log-level', 'silent'], {
    cwd: folder,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const ended = once(child, 'close');
  try {
    const url = `http://127.0.0.1:${port}`;
    await untilReady(url, child);
    return await work({ child, url, folder, seconds: (performance.now() - started) / 1000 });
  } finally {
    child.kill('SIGTERM');
    await ended;
    await rm(folder, { recursive: true, force: true, maxRetries: 10 });
  }
}

const TOKEN = 'bench-token-of-sixteen-or-more';

function configText({ okta, devin }: FakesReady, port: number): string {
  return `directory:
  okta: { url: ${okta.url}, token: ${okta.token}, rateShare: 1 }
devin: { url: ${devin.url}, key: ${devin.key} }
policy: leavers
rules:
  - { pattern: 'org-(?<org>\\d+)-.*', org: 'Org {org}', role: Member }
limits: { devin: { maxPerSecond: 1000 } }
schedule: { interval: 24h }
server: { listen: '127.0.0.1:${port}', token: ${TOKEN} }
`;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

async function untilReady(url: string, child: ChildProcess): Promise<void> {
  const deadline = performance.now() + READY_MS;
  while (performance.now() < deadline) {
    const answer = await fetch(`${url}/readyz`).catch(() => null);
    await answer?.body?.cancel();
    if (answer?.status === 200) return;
    if (child.exitCode !== null) throw new Error(`serve ended with ${child.exitCode}`);
    await sleep(10);
  }
  throw new Error(`serve was not ready within ${READY_MS} ms`);
}

async function resyncOne(
  fakes: Awaited<ReturnType<typeof startFakes>>,
  { folder }: Served,
  times: number,
): Promise<{ calls: number[]; seconds: number[] }> {
  const calls: number[] = [];
  const seconds: number[] = [];
  for (let run = 0; run < times; run++) {
    const person = 100 + run;
    await fakes.deactivate(person);
    await fakes.seen();
    const started = performance.now();
    await command(folder, ['resync', '--user', emailOf(person)]);
    seconds.push((performance.now() - started) / 1000);
    const seen = await fakes.seen();
    calls.push(seen.okta + seen.devin);
  }
  return { calls, seconds };
}

async function command(folder: string, args: readonly string[]): Promise<void> {
  const child = spawn(process.execPath, [program, ...args], { cwd: folder, stdio: 'ignore' });
  const [code] = await once(child, 'close');
  if (code !== 0) throw new Error(`${args.join(' ')} ended with ${code}`);
}

/** As the kernel of Linux counts it; `null` anywhere else. */
function residentMb(pid: number): number | null {
  if (process.platform !== 'linux') return null;
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  return Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1]) / 1024;
}

async function bareNode(): Promise<{ seconds: number; mb: number }> {
  const seconds: number[] = [];
  const mb: number[] = [];
  for (let run = 0; run < 5; run++) {
    const started = performance.now();
    const child = spawn(process.execPath, ['-e', 'console.log(process.memoryUsage().rss)']);
    let out = '';
    child.stdout.on('data', (chunk) => {
      out += chunk;
    });
    await once(child, 'close');
    seconds.push((performance.now() - started) / 1000);
    mb.push(Number(out) / 2 ** 20);
  }
  return { seconds: median(seconds), mb: median(mb) };
}
