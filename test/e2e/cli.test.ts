import { existsSync } from 'node:fs';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { fictionalCompany } from '../../src/sandbox/company.ts';
import { type FakeDevin, startFakeDevin } from '../../src/sandbox/fake-devin.ts';
import { type FakeOkta, startFakeOkta } from '../../src/sandbox/fake-okta.ts';
import type { FaultAction } from '../../src/sandbox/faults.ts';
import { configured, run, start } from './process.ts';

interface World {
  readonly okta: FakeOkta;
  readonly devin: FakeDevin;
  readonly folder: string;
}

const TOKEN = 'a-token-of-the-daemon-for-tests';

async function world(extra = 'policy: full'): Promise<World> {
  const company = fictionalCompany({ seed: 3, people: 60, teams: 3 });
  const okta = await startFakeOkta({ company, pageSize: 20, rateLimitPerMinute: 1_000_000 });
  const orgs = [...company.groups.values()].flatMap(
    ({ name }) => /^devin-(.+)-admins$/.exec(name)?.[1] ?? [],
  );
  const devin = await startFakeDevin({ orgs });
  onTestFinished(() => Promise.all([okta.close(), devin.close()]).then(() => {}));
  const folder = await configured(`directory:
  okta: { url: ${okta.url}, token: ${okta.token}, groups: { include: ['devin-*'] }, maxRetries: 1, maxWaitMs: 100 }
devin: { url: ${devin.url}, key: ${devin.key} }
${extra}
rules:
  - { group: devin-users, role: Member }
  - { pattern: 'devin-(?<org>(?!users$)[a-z]+)', org: '{org}', role: Member }
limits: { devin: { maxPerSecond: 500 } }
server: { listen: '127.0.0.1:0', token: ${TOKEN} }
`);
  return { okta, devin, folder };
}

function writesOf({ devin }: World): number {
  return devin.requests.filter(({ method }) => method !== 'GET').length;
}

const SECOND_PAGE = /\/api\/v1\/users\?.*after=/;
const BROKEN: readonly [string, FaultAction][] = [
  ['a 503 on page 2 of the people', { kind: 'status', status: 503 }],
  ['a body cut in the middle of page 2', { kind: 'cut' }],
  [
    'a page 2 of HTML with status 200',
    { kind: 'replace', body: '<html>maintenance</html>', contentType: 'text/html' },
  ],
];

test.each(BROKEN)(
  '%s: exit 1, nothing written, and the message names the page and what to do',
  async (_, action) => {
    const here = await world();
    here.okta.faults.add({ path: SECOND_PAGE, times: Number.POSITIVE_INFINITY, action });
    const { code, stdout, stderr } = await run(['apply', '--yes', '--approve-held'], here.folder);
    expect(code).toBe(1);
    expect(stderr).toMatch(/Okta users, page 2 \(GET \/api\/v1\/users\)/);
    expect(stderr).toMatch(/[Cc]heck|run again|next run/);
    expect(stderr).toContain('Nothing was written.');
    expect(stderr).not.toMatch(/\n\s+at /);
    expect(stdout).toBe('');
    expect(writesOf(here)).toBe(0);
    expect(here.devin.state.effects).toEqual([]);
  },
);

test('an empty list of people with status 200: exit 1, nothing written, it is not taken for an empty company', async () => {
  const here = await world();
  here.okta.faults.add({
    path: /\/api\/v1\/users\?/,
    times: Number.POSITIVE_INFINITY,
    action: { kind: 'replace', body: '[]' },
  });
  const { code, stderr } = await run(['apply', '--yes'], here.folder);
  expect(code).toBe(1);
  expect(stderr).toMatch(/empty/);
  expect(writesOf(here)).toBe(0);
});

test('plan, apply and plan again from three processes: the last one has nothing to do', async () => {
  const here = await world();
  const plan = await run(['plan', '--fail-on', 'held'], here.folder);
  expect(plan).toMatchObject({ code: 3 });
  const id = /apply ([0-9a-f]{12})/.exec(plan.stdout)?.[1] ?? '';
  expect(writesOf(here)).toBe(0);

  const applied = await run(['apply', id, '--yes', '--approve-held', '--why', 'seen in review'], here.folder);
  expect(applied.stderr).toContain('the next plan is empty');
  expect(applied.code).toBe(0);

  const again = await run(['plan', '--fail-on', 'changes,held,residual'], here.folder);
  expect(again).toMatchObject({ code: 0 });
  expect(again.stdout).toContain('Nothing to do.');

  const review = await run(['review'], here.folder);
  expect(review).toMatchObject({ code: 0 });
  expect(review.stdout).toMatch(/,given by this daemon,Rule,"?rule .+: member of devin-users"?,2\d{3}-/);
  const then = await run(['review', '--plan', id, '--format', 'markdown', '--out', 'then.md'], here.folder);
  expect(then).toMatchObject({ code: 0, stdout: '' });
  expect(await readFile(join(here.folder, 'then.md'), 'utf8')).toMatch(/## .* Access review\n/);
});

test('a reader that goes away early (plan | head) is no failure, and the exit code stays that of the command', async () => {
  const here = await world();
  const cut = (args: readonly string[]) => {
    const { child, ended } = start(args, here.folder);
    child.stdout?.destroy();
    return ended;
  };
  const plan = await cut(['plan']);
  expect(plan.stderr).not.toMatch(/EPIPE|\n\s+at /);
  expect(plan).toMatchObject({ code: 0, stdout: '' });
  expect(await cut(['plan', '--fail-on', 'held'])).toMatchObject({ code: 3 });
  expect(await cut(['plan', '--help'])).toMatchObject({ code: 0, stderr: '' });
});

test('a plan that was seen under another configuration approves nothing', async () => {
  const here = await world();
  const id = /apply ([0-9a-f]{12})/.exec((await run(['plan'], here.folder)).stdout)?.[1] ?? '';
  const file = join(here.folder, 'devin-idp-sync.yaml');
  await writeFile(file, `${await readFile(file, 'utf8')}foreign: remove\n`);
  const { code, stderr } = await run(['apply', id, '--yes', '--approve-held'], here.folder);
  expect(code).toBe(1);
  expect(stderr).toContain(`plan ${id} was made with configuration`);
  expect(writesOf(here)).toBe(0);
});

test('unattended, --yes accepts the configuration but lifts no guard', async () => {
  const here = await world();
  const { code, stderr } = await run(['apply', '--yes'], here.folder);
  expect(code).toBe(0);
  expect(stderr).toMatch(/--approve-held/);
  expect(here.devin.state.effects.filter(({ kind }) => kind === 'invite')).toEqual([]);
});

test('under the default policy the plan shows what is needed and apply writes nothing', async () => {
  const here = await world('');
  const plan = await run(['plan', '--requests'], here.folder);
  expect(plan).toMatchObject({ code: 0 });
  expect(plan.stdout).toContain('Look only.');
  await run(['apply', '--yes', '--approve-held'], here.folder);
  expect(writesOf(here)).toBe(0);
});

test('an unknown plan id, an unknown flag value and a missing configuration are one clear error each', async () => {
  const here = await world();
  const unknown = await run(['apply', 'deadbeefdead', '--yes'], here.folder);
  expect(unknown).toMatchObject({ code: 1 });
  expect(unknown.stderr).toContain('no plan "deadbeefdead" is stored');
  const format = await run(['plan', '--format', 'pdf'], here.folder);
  expect(format).toMatchObject({ code: 1 });
  expect(format.stderr).toContain('terminal, markdown, html, json');
  const missing = await run(['plan', '--config', 'nowhere.yaml'], here.folder);
  expect(missing).toMatchObject({ code: 1 });
  expect(missing.stderr).toContain('nowhere.yaml');
});

test('explain and doctor answer about the same world', async () => {
  const here = await world();
  const email =
    [...here.okta.company.company.people.values()].find(({ status }) => status === 'active')?.email ?? '';
  const explained = await run(['explain', email], here.folder);
  expect(explained).toMatchObject({ code: 0 });
  expect(explained.stdout).toContain(email);
  const doctor = await run(['doctor'], here.folder);
  expect(doctor.stdout).toMatch(/Configuration[\s\S]*Redis[\s\S]*Directory \(okta\)[\s\S]*Devin/);
  expect(doctor).toMatchObject({ code: 0 });
});

test('serve runs, a second process asks for a resync and prints its report, and /metrics shows it', async () => {
  const here = await world();
  const first = await run(['apply', '--yes', '--approve-held'], here.folder);
  expect(first).toMatchObject({ code: 0 });
  const daemon = start(['serve'], here.folder);
  const url = (await daemon.said(/"url":"(http:\/\/127\.0\.0\.1:\d+)"/))[1] ?? '';
  // The schedule's own first run is over before anything changes.
  await daemon.said(/"msg":"run (planned|applied|held)"/);
  const leaver = [...here.devin.state.users.values()][0]?.email ?? '';
  here.okta.company.deactivate(leaver);
  await writeFile(join(here.folder, 'token'), `${TOKEN}\n`);

  const resync = await run(['resync', '--url', url, '--token-file', 'token'], here.folder);
  expect(resync).toMatchObject({ code: 0 });
  expect(resync.stdout).toContain(leaver);
  expect(here.devin.state.usersByEmail(leaver)).toEqual([]);

  // Counted right after it is stored, which is what the other process has seen.
  const metrics = async () => (await fetch(`${url}/metrics`)).text();
  await expect.poll(metrics).toMatch(/devin_idp_sync_runs_total\{result="applied"\} [1-9]/);
  await expect.poll(metrics).toMatch(/devin_idp_sync_writes_total\{kind="remove-user",outcome="done"\} 1/);
  expect((await fetch(`${url}/healthz`)).status).toBe(200);
  expect((await fetch(`${url}/readyz`)).status).toBe(200);
  expect((await fetch(`${url}/api/v1/runs`)).status).toBe(401);

  daemon.child.kill('SIGTERM');
  expect(await daemon.ended).toMatchObject({ code: 0 });
  const left = await readdir(join(here.folder, '.devin-idp-sync'), { recursive: true });
  expect(left.filter((name) => name.endsWith('.sock'))).toEqual([]);
});

test('the demo plays through by itself, ends well, and leaves no file but its report', async () => {
  const folder = await configured('');
  const { code, stdout, stderr } = await run(['demo', '--yes', '--people', '60'], folder);
  expect(stderr).not.toMatch(/\n\s+at /);
  expect(code).toBe(0);
  expect(stdout).toMatch(/next plan is empty/);
  expect(stdout).toMatch(/Remove from the enterprise/);
  expect(stdout).toMatch(/Okta changed users, page 1/);
  expect(existsSync(join(folder, 'devin-idp-sync-demo.html'))).toBe(true);
  expect((await readdir(folder)).sort()).toEqual(['devin-idp-sync-demo.html', 'devin-idp-sync.yaml']);
});
