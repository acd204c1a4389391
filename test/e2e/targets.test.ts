/** The same year in the life of one company, with each kind of key: what it can do it does, and what not it says. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import { rollback } from '../../src/actions/rollback.ts';
import type { Plan } from '../../src/core/model/change.ts';
import { renderPlan } from '../../src/report/render.ts';
import { type FakeDevin, startFakeDevin } from '../../src/sandbox/fake-devin.ts';
import { CONTEXT, type Live, live, scratch } from './live.ts';

// A whole year of writes each; the cores may be busy with other files.
vi.setConfig({ testTimeout: 400_000 });

const OWNER = 'root@corp.example';

interface Target {
  readonly name: string;
  readonly devin: (devin: FakeDevin) => string;
}

const ENTERPRISES: readonly Target[] = [
  { name: 'v3', devin: ({ url, key }) => `{ url: ${url}, key: ${key} }` },
  { name: 'v3beta1', devin: ({ url, key }) => `{ url: ${url}, key: ${key}, prefix: /v3beta1 }` },
  {
    name: 'v2',
    devin: ({ url, personalKey }) => `{ url: ${url}, key: ${personalKey}, api: v2, keyOwner: ${OWNER} }`,
  },
];

interface Company {
  readonly devin: FakeDevin;
  readonly program: Live;
  /** Who is in `devin-users` and in `pay`; the others of the list are deactivated. */
  staff(people: readonly string[], pay: readonly string[], gone?: readonly string[]): Promise<void>;
}

const RULES = `  - { group: pay, org: Pay, role: Member }
  - { group: devin-users, role: Member }
  - { group: lab, org: Lab, role: Member, via: group }`;
const PAY_ONLY = '  - { group: pay, org: Pay, role: Member }';

const ofPay: Target['devin'] = ({ url, orgKey, state }) =>
  `{ url: ${url}, key: ${orgKey}, api: organization, organizations: [{ id: ${state.org('Pay').id}, name: Pay }] }`;

async function company(devinText: Target['devin'], rules = RULES): Promise<Company> {
  const devin = await startFakeDevin({ orgs: ['Pay', 'Lab'], keyOwner: OWNER, keyOrg: 'Pay' });
  onTestFinished(() => devin.close());
  const folder = await scratch();
  const text = `directory: { file: { path: people.yaml } }
devin: ${devinText(devin)}
policy: full
guards: { minAdmins: 0 }
rules:
${rules}
limits: { devin: { maxPerSecond: 1000 } }
`;
  const staff: Company['staff'] = async (people, pay, gone = []) => {
    const everybody = [...people, ...gone];
    const rows = everybody.map(
      (who) =>
        `  - { id: ${who}, email: ${who}@corp.example, name: ${who}, status: ${gone.includes(who) ? 'deactivated' : 'active'} }`,
    );
    const yaml = `people:
${rows.join('\n')}
groups:
  - { id: g1, name: devin-users, members: [${people.join(', ')}] }
  - { id: g2, name: pay, members: [${pay.join(', ')}] }
  - { id: g3, name: lab, members: [] }
`;
    await writeFile(join(folder, 'people.yaml'), yaml);
  };
  await staff(['ada', 'bob', 'cleo'], ['ada', 'bob']);
  const program = await live(text, folder);
  return { devin, program, staff };
}

function lines(plan: Plan): string[] {
  return plan.changes.map(({ kind, subject, verdict }) => {
    const by = verdict.state === 'held' ? ` by ${verdict.by.join(', ')}` : '';
    return `${kind} ${subject.label.split('@')[0]}: ${verdict.state}${by}`;
  });
}

function rolesOf({ state }: FakeDevin, who: string): string[] {
  const [user] = state.usersByEmail(`${who}@corp.example`);
  return [...(user?.direct ?? [])].map(
    ([place, role]) => `${place === '' ? '' : `${state.org(place).name} `}${role}`,
  );
}

async function takenBack({ bench }: Live, of: string) {
  const writes = await bench.writes();
  const approver = { by: 'test', why: 'test' };
  const request = { of, items: 'all' as const, approver, consent: async () => 'held' as const };
  const carried = { settled: writes.settled, onProgress: () => {} };
  return rollback(await bench.loop(), writes.submit, request, CONTEXT, carried);
}

function writes({ requests }: FakeDevin): number {
  return requests.filter(({ method }) => method !== 'GET').length;
}

test.each(ENTERPRISES)('$name: from the first run to the last removal', async ({ name, devin: text }) => {
  const { devin, program, staff } = await company(text);

  // The first run waits for approval and writes nothing until it has one.
  const first = await program.plan();
  expect(first.changes.filter(({ verdict }) => verdict.state === 'ready')).toEqual([]);
  expect(lines(first)).toContain('invite ada: held by first-plan');
  expect(writes(devin)).toBe(0);
  const applied = await program.apply('held');
  expect(applied).toMatchObject({ state: 'applied', progress: { failed: 0, skipped: 0 } });
  expect(rolesOf(devin, 'ada')).toEqual(['account_member', 'Pay org_member']);
  expect(rolesOf(devin, 'cleo')).toEqual(['account_member']);
  const lab = devin.state.org('Lab').id;
  expect(devin.state.groups.get('lab')?.roles.get(lab)).toBe('org_member');
  // Only v2 needs no enterprise role for a group, and has no call for one.
  expect(devin.state.groups.get('lab')?.roles.has('')).toBe(name !== 'v2');

  const again = await program.plan();
  expect(lines(again)).toEqual([]);
  expect(again.residual).toEqual([]);

  // Drift: what was taken by hand is held, what was given by hand is named, and the owner of a key is left alone.
  const pay = devin.state.org('Pay').id;
  devin.state.setUserRole(devin.state.user('ada@corp.example'), pay, null);
  devin.state.setUserRole(devin.state.user('cleo@corp.example'), pay, 'org_member');
  const drifted = await program.plan();
  expect(lines(drifted)).toEqual(['add-to-org ada: held by by-hand']);
  expect(drifted.notices.filter(({ kind }) => kind === 'foreign').map(({ subject }) => subject)).toContain(
    'cleo@corp.example',
  );
  // Who did it is named where the key can ask; where it cannot, that is said once.
  const untold = drifted.notices.filter(({ kind }) => kind === 'not-told');
  expect(untold.map(({ message }) => message)).toEqual(
    name === 'v2'
      ? [expect.stringMatching(/^who made the drift is not shown: .* v2 API holds is not documented/)]
      : [],
  );
  const report = [...renderPlan(drifted, 'terminal', { colour: false, width: 100 })].join('');
  expect(report.split('who made the drift is not shown')).toHaveLength(untold.length + 1);
  const [held] = drifted.changes;
  const approved = await program.apply('held');
  expect(approved).toMatchObject({ state: 'applied', progress: { done: 1, failed: 0 } });
  expect(rolesOf(devin, 'ada')).toEqual(['account_member', 'Pay org_member']);
  expect((await program.plan()).changes.map(({ key }) => key)).not.toContain(held?.key);

  // Rollback: what was approved is taken back, and held from then on until somebody approves it again.
  if (approved.state !== 'applied') throw new Error(approved.state);
  const taken = await takenBack(program, approved.plan.id);
  expect(taken).toMatchObject({ state: 'given' });
  expect(rolesOf(devin, 'ada')).toEqual(['account_member']);
  expect(lines(await program.plan())).toEqual(['add-to-org ada: held by rolled-back']);
  expect(await program.apply('held')).toMatchObject({ state: 'applied', progress: { done: 1, failed: 0 } });

  // Removal: one leaves a group, one leaves the company.
  await staff(['ada', 'cleo'], [], ['bob']);
  const removal = await program.apply('held');
  expect(removal).toMatchObject({ state: 'applied', progress: { failed: 0 } });
  // What the removal means is asked as far as the key may; what it may not is said once, and not as an empty column.
  const lacks = removal.plan.impact?.lacks ?? ['nothing was asked'];
  expect(lacks).toEqual(name === 'v2' ? ['ACU use of single people is not in the v2 API'] : []);
  const shown = [...renderPlan(removal.plan, 'terminal', { colour: false, width: 100 })].join('');
  expect(shown.split('ACU use of single people')).toHaveLength(lacks.length + 1);
  expect(rolesOf(devin, 'bob')).toEqual([]);
  expect(rolesOf(devin, 'ada')).toEqual(['account_member']);
  expect(lines(await program.plan())).toEqual([]);
  expect(rolesOf(devin, 'root')).toEqual(['account_admin']);
  const refused = devin.requests.filter(({ method, status }) => method !== 'GET' && status >= 400);
  expect(refused).toEqual([]);
});

test('the key of one organization reads it, plans everything and tries nothing', async () => {
  const { devin, program, staff } = await company(ofPay, PAY_ONLY);
  const ada = devin.state.addUser({
    email: 'ada@corp.example',
    orgs: { Pay: 'org_admin', Lab: 'org_admin' },
  });
  devin.state.addUser({ email: 'dan@corp.example', orgs: { Lab: 'org_member' } });

  const first = await program.plan();
  expect(lines(first)).toEqual(['invite bob: barred', 'add-to-org bob: barred']);
  expect(first.changes[0]?.verdict).toMatchObject({
    why: expect.stringMatching(/^not possible with this key: a service user of one organization may look/),
  });
  expect(first.notices.filter(({ kind }) => kind === 'foreign').map(({ message }) => message)).toEqual([
    'ada@corp.example holds Admin in Pay, which this daemon neither gave nor adopted',
  ]);
  const html = [...renderPlan(first, 'terminal', { colour: false, width: 100 })].join('');
  expect(html).toContain('not possible with this key');

  // Drift and a removal are seen as well, an approval changes nothing, and the second run says the same.
  devin.state.setUserRole(ada, devin.state.org('Pay').id, null);
  devin.state.addUser({ email: 'bob@corp.example', orgs: { Pay: 'org_member' } });
  await staff(['ada', 'cleo'], ['ada'], ['bob']);
  const second = await program.apply('held');
  expect(second.state).toBe('nothing');
  expect(lines(second.plan)).toEqual([
    'invite ada: barred',
    'add-to-org ada: barred',
    'remove-user bob: barred',
  ]);
  expect((await program.plan()).id).toBe(second.plan.id);
  // Nothing was written, so there is nothing to take back either.
  await expect(takenBack(program, second.plan.id)).rejects.toThrow(/has written nothing/);
  expect(writes(devin)).toBe(0);
  expect(devin.requests.filter(({ status }) => status >= 400)).toEqual([]);
});

test.each([
  ['v2', (ENTERPRISES[2] as Target).devin, /the v2 API has no call for it/],
  ['one organization', ofPay, /cannot see the git permissions/],
] as const)(
  'declared repositories with a key of %s are said not to be possible, once',
  async (_, text, why) => {
    const repositories = '[{ connection: GitHub, repo: corp/pay }, { connection: GitHub, repo: corp/app }]';
    const organizations = `organizations:\n  - { name: Pay, repositories: ${repositories} }`;
    const { devin, program } = await company(text, `${PAY_ONLY}\n${organizations}`);
    const plan = await program.plan();
    const said = plan.notices.filter(({ kind }) => kind === 'not-possible').map(({ message }) => message);
    expect(said).toEqual([expect.stringContaining('repositories of Pay are neither given nor taken')]);
    expect(said[0]).toMatch(why);
    expect(plan.changes.filter(({ kind }) => kind.endsWith('-repository'))).toEqual([]);
    expect(devin.requests.filter(({ status }) => status >= 400)).toEqual([]);
  },
);

test.each([
  ['of another organization', { organizations: '[{ id: org-other, name: Pay }]' }, /org-other/],
  ['of the whole enterprise', { key: 'cog_sandbox_key' }, /Set devin.api to v3/],
])('a key %s is told apart before anything is read', async (_, over, words) => {
  const text: Target['devin'] = (devin) => {
    const { id } = devin.state.org('Pay');
    const options = {
      url: devin.url,
      key: devin.orgKey,
      organizations: `[{ id: ${id}, name: Pay }]`,
      ...over,
    };
    return `{ api: organization, ${Object.entries(options)
      .map(([key, value]) => `${key}: ${value}`)
      .join(', ')} }`;
  };
  const { program } = await company(text, PAY_ONLY);
  await expect(program.plan()).rejects.toThrow(words);
});

test('the owner of a personal key must be a member, and is never touched', async () => {
  const stranger = await company(
    ({ url, personalKey }) => `{ url: ${url}, key: ${personalKey}, api: v2, keyOwner: eve@corp.example }`,
  );
  await expect(stranger.program.plan()).rejects.toThrow(
    /keyOwner is eve@corp.example, but the enterprise has no such member/,
  );
  const { devin, program, staff } = await company((ENTERPRISES[2] as Target).devin);
  await staff(['ada'], [], ['root']);
  const plan = await program.plan();
  expect(lines(plan).filter((line) => line.includes('root'))).toEqual([]);
  expect(plan.notices).toContainEqual(expect.objectContaining({ kind: 'suppressed', subject: OWNER }));
  expect(rolesOf(devin, 'root')).toEqual(['account_admin']);
});
