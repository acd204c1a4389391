/** Decisions of people from the command line, each in a process of its own, on one state folder. */
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { startFakeDevin } from '../../src/sandbox/fake-devin.ts';
import { configured, run } from './process.ts';

async function company() {
  const devin = await startFakeDevin({ orgs: ['Pay'] });
  onTestFinished(() => devin.close());
  const folder = await configured(`directory: { file: { path: people.yaml } }
devin: { url: ${devin.url}, key: ${devin.key} }
policy: full
rules:
  - { group: devin-users, role: Member }
  - { group: pay-admins, org: Pay, role: Admin, allowAdmin: true }
limits: { devin: { maxPerSecond: 500 } }
`);
  await writeFile(
    join(folder, 'people.yaml'),
    `people:
  - { id: '1', email: ada@corp.example, name: Ada, status: active }
groups:
  - { id: g1, name: devin-users, members: ['1'] }
  - { id: g2, name: pay-admins, members: ['1'] }
`,
  );
  return { folder, devin };
}

test('what one process planned another approves and a third writes', async () => {
  const { folder } = await company();
  const plan = await run(['plan'], folder);
  const id = /apply ([0-9a-f]{12})/.exec(plan.stdout)?.[1] ?? '';
  const rejected = await run(['reject', 'ffffffff'], folder);
  expect(rejected).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('no plan "ffffffff" is stored'),
  });
  const approved = await run(['approve', id, '--why', 'ticket 4711'], folder);
  expect(approved).toMatchObject({
    code: 0,
    stderr: expect.stringMatching(/Approved: \d of plan [0-9a-f]{12}\./),
  });
  expect(approved.stderr).toContain('ada@corp.example');
  const applied = await run(['apply', '--yes'], folder);
  expect(applied.stderr).toContain('the next plan is empty');
});

test('what was given can be released and adopted', async () => {
  const { folder } = await company();
  await run(['apply', '--yes', '--approve-held'], folder);
  expect((await run(['release', '--all'], folder)).stderr).toContain('2 roles released');
  const adopted = await run(['adopt', '--person', 'ada@corp.example'], folder);
  expect(adopted.stdout).toContain('ada@corp.example\tPay\tAdmin');
  expect((await run(['adopt', '--org', 'Nowhere'], folder)).stderr).toContain(
    'no organization "Nowhere" exists',
  );
});

test('a lost state is said, and comes back from the exported journal', async () => {
  const { folder } = await company();
  await run(['apply', '--yes', '--approve-held'], folder);
  expect((await run(['ledger', 'export', 'journal.jsonl'], folder)).code).toBe(0);
  const lines = (await readFile(join(folder, 'journal.jsonl'), 'utf8')).trim().split('\n');
  expect(lines.map((line) => JSON.parse(line).kind)).toEqual(expect.arrayContaining(['approve', 'write']));
  const config = await readFile(join(folder, 'devin-idp-sync.yaml'), 'utf8');
  await writeFile(join(folder, 'devin-idp-sync.yaml'), `${config}stateDir: lost\n`);
  expect((await run(['plan'], folder)).stdout).toContain('the ledger is empty');
  const missing = await run(['ledger', 'rebuild', 'nowhere.jsonl'], folder);
  expect(missing.stderr).toContain('nowhere.jsonl cannot be opened (ENOENT)');
  const rebuilt = await run(['ledger', 'rebuild', 'journal.jsonl'], folder);
  expect(rebuilt.stderr).toContain('1 people (1 still in Devin)');
});

test('what a run has written is taken back, stays back, and the journal on disk tells of it until somebody edits it', async () => {
  const { folder, devin } = await company();
  await run(['apply', '--yes', '--approve-held'], folder);
  const first = await run(['journal', 'verify'], folder);
  expect(first).toMatchObject({ code: 0, stderr: expect.stringContaining('Whole: ') });
  const journal = join(folder, '.devin-idp-sync', 'journal');
  const [name = ''] = (await readdir(journal)).filter((one) => one.endsWith('.jsonl'));
  const rows = (await readFile(join(journal, name), 'utf8')).trim().split('\n');
  const write = rows.map((row) => JSON.parse(row)).find(({ kind }) => kind === 'write');
  expect(write).toMatchObject({
    request: { method: 'POST' },
    outcome: 'done',
    reason: expect.stringContaining('devin-users'),
    change: { before: null, after: { name: 'Member' } },
  });
  const guards = `${await readFile(join(folder, 'devin-idp-sync.yaml'), 'utf8')}guards: { minAdmins: 0 }\n`;
  await writeFile(join(folder, 'devin-idp-sync.yaml'), guards);
  const undone = await run(['rollback', write.run, '--yes', '--why', 'ticket 4711'], folder);
  expect(undone.stdout).toContain('ada@corp.example was invited by mail: that cannot be called back');
  expect(undone).toMatchObject({ code: 0, stderr: expect.stringContaining('are held from now on') });
  expect(devin.state.users.size).toBe(0);
  expect((await run(['rollback', write.run, '--yes'], folder)).stderr).toContain('Nothing to take back.');
  expect((await run(['plan'], folder)).stdout).toContain('Held by a rollback');
  await writeFile(join(journal, name), `${rows.join('\n').replace('ada@', 'eve@')}\n`);
  const broken = await run(['journal', 'verify', join(journal, name)], folder);
  expect(broken).toMatchObject({
    code: 1,
    stderr: expect.stringMatching(/Broken: .*, line \d+: it is not as it was/),
  });
});

test('a pause set by one process holds the writes of another until it is ended', async () => {
  const { folder, devin } = await company();
  expect((await run(['pause', '--all'], folder)).stderr).toContain('Nothing is written until');
  expect((await run(['resume'], folder)).stderr).toContain('Resumed what os:');
  expect((await run(['resume'], folder)).stderr).toContain('Nothing was paused.');
  expect(devin.requests.filter(({ method }) => method !== 'GET')).toEqual([]);
});

test('a write that failed for good is listed, discarded with a reason, and tried again, each by its own process', async () => {
  const { folder, devin } = await company();
  const refused = { kind: 'status', status: 422 } as const;
  devin.faults.add({ method: 'POST', path: /organizations/, action: refused });
  expect((await run(['apply', '--yes', '--approve-held'], folder)).code).toBe(1);
  const list = (await run(['failures', 'list'], folder)).stdout;
  const [, id, key] = /^Plan (\w{12}): 1 failed\.\n {2}(\S+)\n/.exec(list) as unknown as [
    string,
    string,
    string,
  ];
  expect(list).toContain('add-to-org: ada@corp.example');
  expect((await run(['failures', 'discard', id], folder)).stderr).toContain('--why');
  const wrong = await run(['failures', 'discard', id, 'nothing', '--why', 'x'], folder);
  expect(wrong).toMatchObject({ code: 1, stderr: expect.stringContaining('no write that failed begins') });
  const retried = await run(['failures', 'retry', id, key.slice(0, 8)], folder);
  expect(retried).toMatchObject({ code: 0, stderr: expect.stringContaining('Open again: 1') });
  expect(devin.state.effects.filter(({ kind }) => kind === 'add-to-org')).toHaveLength(1);
  const none = await run(['failures', 'discard', id, '--why', 'nothing is left'], folder);
  expect(none).toMatchObject({ code: 0, stderr: expect.stringContaining('Discarded: 0') });
  expect((await run(['failures', 'list'], folder)).stderr).toContain('No write of the newest plans failed.');
});
