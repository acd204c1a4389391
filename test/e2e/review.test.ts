/** What a reviewer sees beside the changes: what a removal means, who made the drift, and organizations and repositories. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import type { Plan } from '../../src/core/model/change.ts';
import { renderPlan } from '../../src/report/render.ts';
import { type FakeDevin, type FakeDevinOptions, startFakeDevin } from '../../src/sandbox/fake-devin.ts';
import { type Live, live, scratch } from './live.ts';

const DAY = 86_400;

interface Company {
  readonly devin: FakeDevin;
  readonly program: Live;
  staff(active: readonly string[], gone?: readonly string[]): Promise<void>;
}

async function company(more: string, options: FakeDevinOptions = {}, api = ''): Promise<Company> {
  const devin = await startFakeDevin({ orgs: ['Pay'], keyOwner: 'root@corp.example', ...options });
  onTestFinished(() => devin.close());
  const folder = await scratch();
  const staff: Company['staff'] = async (active, gone = []) => {
    const row = (who: string) =>
      `  - { id: ${who}, email: ${who}@corp.example, name: ${who}, status: ${gone.includes(who) ? 'deactivated' : 'active'} }`;
    const people = [...active, ...gone].map(row).join('\n');
    const groups = `groups:\n  - { id: g1, name: pay, members: [${active.join(', ')}] }`;
    await writeFile(join(folder, 'people.yaml'), `people:\n${people}\n${groups}\n`);
  };
  await staff(['ada', 'bob', 'cleo']);
  const key = api === '' ? devin.key : devin.personalKey;
  const text = `directory: { file: { path: people.yaml } }
devin: { url: ${devin.url}, key: ${key}${api} }
policy: full
guards: { minAdmins: 0 }
rules:
  - { group: pay, org: Pay, role: Member }
limits: { devin: { maxPerSecond: 1000 } }
${more}`;
  return { devin, program: await live(text, folder), staff };
}

function shown(plan: Plan, format: 'terminal' | 'json' = 'terminal'): string {
  return [...renderPlan(plan, format, { colour: false, width: 120 })].join('');
}

function asked({ requests }: FakeDevin, path: RegExp): number {
  return requests.filter((request) => path.test(request.path)).length;
}

/** Bob has left, and worked with Devin until yesterday. */
async function leaving({ devin, program, staff }: Company): Promise<{ readonly yesterday: string }> {
  await program.apply('held');
  const now = Math.floor(Date.now() / 1000);
  devin.state.cycles.push(
    { after: now - 40 * DAY, before: now - 10 * DAY },
    { after: now - 10 * DAY, before: now + 20 * DAY },
  );
  const { id } = devin.state.user('bob@corp.example');
  for (const [at, acus] of [
    [2, 3.5],
    [1, 4],
    [45, 100],
  ] as const)
    devin.state.sessions.push({
      id: `devin-${at}`,
      user: id,
      createdAt: now - at * DAY,
      updatedAt: now - at * DAY,
      acus,
    });
  devin.requests.length = 0;
  await staff(['ada', 'cleo'], ['bob']);
  return { yesterday: new Date((now - DAY) * 1000).toISOString().slice(0, 10) };
}

test('a removal shows when the person was last active, and their sessions and ACUs of this cycle', async () => {
  const here = await company('');
  const { yesterday } = await leaving(here);
  const plan = await here.program.plan();
  expect(plan.impact?.people).toMatchObject([{ email: 'bob@corp.example', sessions: 2, acus: 7.5 }]);
  expect(shown(plan)).toMatch(
    new RegExp(`What the removals mean[\\s\\S]*bob@corp\\.example\\s+${yesterday}\\s+2\\s+7\\.5`),
  );
  expect(JSON.parse(shown(plan, 'json')).impact).toMatchObject({ leftOut: 0, lacks: [] });
  expect(asked(here.devin, /consumption|sessions/)).toBe(3);
  // The same plan again asks nothing more, and neither does an idle turn.
  expect((await here.program.plan()).impact).toEqual(plan.impact);
  expect(asked(here.devin, /consumption|sessions/)).toBe(3);
  await here.program.apply('held');
  here.devin.requests.length = 0;
  expect((await here.program.plan()).impact).toBeUndefined();
  expect(asked(here.devin, /consumption|sessions|audit/)).toBe(0);
});

test.each([
  ['ManageBilling', /ACU use cannot be read: the key lacks ManageBilling\./, { sessions: 2, acus: null }],
  [
    'ViewAccountSessions',
    /Sessions and last activity cannot be read: the key lacks ViewAccountSessions\./,
    { sessions: null, acus: 7.5 },
  ],
] as const)('without %s its column is dropped and said once', async (missing, words, known) => {
  const all = [
    'ManageAccountMembership',
    'ManageOrganizations',
    'ManageBilling',
    'ViewAccountSessions',
  ] as const;
  const here = await company('', { permissions: all.filter((one) => one !== missing) });
  await leaving(here);
  const plan = await here.program.plan();
  expect(plan.impact?.people).toMatchObject([known]);
  const text = shown(plan);
  expect(text).toMatch(words);
  expect(text.match(new RegExp(missing, 'g'))).toHaveLength(1);
  expect(/Person .*ACUs/.test(text)).toBe(known.acus !== null);
});

test('with v2 it shows the last sign-in and all sessions', async () => {
  const here = await company('', {}, ', api: v2, keyOwner: root@corp.example');
  await leaving(here);
  here.devin.state.user('bob@corp.example').lastLogin = Date.UTC(2026, 10, 1) / 1000;
  const plan = await here.program.plan();
  expect(plan.impact?.people).toMatchObject([
    { lastActiveAt: Date.UTC(2026, 10, 1), sessions: 3, acus: null },
  ]);
  expect(shown(plan)).toMatch(/bob@corp\.example\s+2026-11-01\s+3/);
});

test('a plan goes on where what removals mean cannot be read at all', async () => {
  const here = await company('');
  await leaving(here);
  here.devin.faults.add({
    path: /consumption/,
    times: Number.POSITIVE_INFINITY,
    action: { kind: 'status', status: 418 },
  });
  const plan = await here.program.plan();
  expect(plan.changes.map(({ kind }) => kind)).toEqual(['remove-user']);
  expect(plan.impact).toBeUndefined();
});

test('drift names who made it and when, and is asked about once', async () => {
  const { devin, program } = await company('');
  await program.apply('held');
  const pay = devin.state.org('Pay').id;
  devin.state.setUserRole(devin.state.user('ada@corp.example'), pay, null, { person: 'lin@corp.example' });
  devin.state.addUser({ email: 'eve@corp.example', orgs: { Pay: 'org_admin' } });
  devin.requests.length = 0;
  const plan = await program.plan();
  const by = Object.fromEntries(
    plan.notices.flatMap(({ subject, by }) => (by === undefined ? [] : [[subject, by]])),
  );
  expect(by).toEqual({
    'ada@corp.example': expect.stringMatching(
      /^removed by lin@corp\.example in the web app on \d{4}-\d\d-\d\d \d\d:\d\d UTC$/,
    ),
    'eve@corp.example': expect.stringMatching(/^added by admin@corp\.example in the web app on /),
    'root@corp.example': expect.stringMatching(/^added by admin@corp\.example/),
  });
  expect(shown(plan)).toContain('removed by lin@corp.example in the web app');
  expect(asked(devin, /audit-logs/)).toBe(1);
  await program.plan();
  expect(asked(devin, /audit-logs/)).toBe(1);
});

test('without the right to read the audit log drift is shown without a name, and nobody asks again', async () => {
  const { devin, program } = await company('', {
    permissions: ['ManageAccountMembership', 'ManageOrganizations'],
  });
  await program.apply('held');
  devin.state.setUserRole(devin.state.user('ada@corp.example'), devin.state.org('Pay').id, null);
  devin.requests.length = 0;
  for (const plan of [await program.plan(), await program.plan()])
    expect(plan.notices.find(({ subject }) => subject === 'ada@corp.example')?.by).toBeNull();
  expect(asked(devin, /audit-logs/)).toBe(1);
});

test('a declared organization is created, kept at its limits and given its repositories', async () => {
  const { devin, program } = await company(`organizations:
  - { name: Pay, maxSessionAcuLimit: 10, maxCycleAcuLimit: 200, repositories: [{ connection: GitHub, repo: corp/pay }] }
  - { name: Lab, create: true, maxSessionAcuLimit: 1, maxCycleAcuLimit: 20 }
`);
  const { id: connection } = devin.state.addConnection('GitHub');
  const pay = devin.state.org('Pay');
  const old = { connection, repo: null, prefix: 'corp/', group: null };
  devin.state.allow(pay, old);
  expect(await program.apply('held')).toMatchObject({ state: 'applied', progress: { failed: 0 } });
  expect(pay).toMatchObject({ name: 'Pay', maxSessionAcuLimit: 10, maxCycleAcuLimit: 200 });
  expect([...devin.state.permissions.values()].map(({ repo, prefix }) => repo ?? prefix)).toEqual([
    'corp/pay',
  ]);
  expect((await program.plan()).changes).toEqual([]);
  // Somebody changes both by hand: drift, put right under the policy.
  devin.state.updateOrg(pay, { maxCycleAcuLimit: 9999 });
  devin.state.allow(pay, old);
  const drift = await program.plan();
  expect(drift.changes.map(({ kind, verdict }) => `${kind} ${verdict.state}`)).toEqual([
    'update-org ready',
    'deny-repository held',
  ]);
  expect(shown(drift)).toContain('Take the repository away: corp/ and all that begins so (GitHub)');
  await program.apply('ready');
  expect(pay.maxCycleAcuLimit).toBe(200);
  expect(devin.state.permissions.size).toBe(2);
});

test('without the right to see repositories the rest goes on, and the plan says what is missing', async () => {
  const { program } = await company('organizations: [{ name: Pay, repositories: [] }]\n', {
    permissions: ['ManageAccountMembership', 'ManageOrganizations'],
  });
  const plan = await program.plan();
  expect(plan.changes.length).toBeGreaterThan(0);
  expect(plan.notices.find(({ kind }) => kind === 'not-possible')?.message).toMatch(/ManageGitIntegrations/);
});
