/**
 * Peak memory and processor time of the daemon and its Redis for a tenant of some size: the table of
 * docs/kubernetes.md. The fakes run in this process, the daemon in its own, on a private Redis.
 *
 *   PROGRAM=package/bin/devin-idp-sync.mjs node scripts/measure-daemon.ts 1000 10000
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fictionalCompany } from '../src/sandbox/company.ts';
import { startFakeDevin } from '../src/sandbox/fake-devin.ts';
import { startFakeOkta } from '../src/sandbox/fake-okta.ts';

/** Name the program of an unpacked package in PROGRAM: sources need more memory than what is built of them. */
const BIN = process.env.PROGRAM ?? join(import.meta.dirname, '..', 'bin', 'devin-idp-sync.mjs');

/** Linux counts processor time in hundredths of a second. */
const TICKS = 100;

/** Peak resident memory in MiB, and processor seconds so far. */
function usage(pid: number): { mib: number; seconds: number } {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /, '')
    .split(' ');
  const mib = Number(/VmHWM:\s+(\d+)/.exec(status)?.[1]) / 1024;
  return { mib: Math.round(mib), seconds: (Number(fields[11]) + Number(fields[12])) / TICKS };
}

async function measure(people: number): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'measure-'));
  const company = fictionalCompany({ seed: 1, people, teams: Math.max(3, Math.round(people / 50)) });
  const okta = await startFakeOkta({ company, rateLimitPerMinute: 10_000_000 });
  const orgs = [...company.groups.values()].flatMap(
    ({ name }) => /^devin-(.+)-admins$/.exec(name)?.[1] ?? [],
  );
  const devin = await startFakeDevin({ orgs });
  const config = join(folder, 'config.yaml');
  writeFileSync(
    config,
    `directory: { okta: { url: ${okta.url}, token: ${okta.token}, groups: { include: ['devin-*'] } } }
devin: { url: ${devin.url}, key: ${devin.key} }
rules:
  - { group: devin-users, role: Member }
  - { pattern: 'devin-(?<org>(?!users$)[a-z0-9]+)', org: '{org}', role: Member }
limits: { devin: { maxPerSecond: 1000 } }
schedule: { interval: 1s, jitter: 0% }
server: { listen: '127.0.0.1:0' }
`,
  );
  const child = spawn(process.execPath, [BIN, 'serve', '--config', config], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  try {
    let said = '';
    child.stderr.on('data', (chunk) => (said += chunk));
    const until = async (what: RegExp, count: number) => {
      while ([...said.matchAll(what)].length < count) {
        if (child.exitCode !== null) throw new Error(`the daemon ended:\n${said}`);
        await sleep(20);
      }
    };
    await until(/"msg":"serving"/g, 1);
    const before = usage(child.pid ?? 0);
    await until(/"msg":"run (planned|held)"/g, 3);
    const after = usage(child.pid ?? 0);
    const redis = usage(Number(readFileSync(join(folder, '.devin-idp-sync/redis/redis.pid'), 'utf8')));
    const run = ((after.seconds - before.seconds) / 3).toFixed(1);
    return `| ${people.toLocaleString('en')} | ${company.groups.size} | ${before.mib} MiB | ${after.mib} MiB | ${run} s | ${redis.mib} MiB | ${before.seconds.toFixed(1)} s |`;
  } finally {
    child.kill('SIGTERM');
    await once(child, 'close');
    await Promise.all([okta.close(), devin.close()]);
    rmSync(folder, { recursive: true, force: true });
  }
}

console.log(
  '| people | groups | at rest | peak of three runs | processor time of a run | Redis, peak | processor time to ready |',
);
console.log('|---|---|---|---|---|---|---|');
for (const people of process.argv.slice(2).map(Number)) console.log(await measure(people));
