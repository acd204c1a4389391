/** Commands around adoption, as a person types them. */
import { readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import { startFakeDevin } from '../../src/sandbox/fake-devin.ts';
import { configured, run } from './process.ts';

vi.setConfig({ testTimeout: 400_000 });

const PEOPLE = `
people:
  - { id: 1, email: ada@corp.example, name: Ada }
  - { id: 2, email: lin@corp.example, name: Lin }
groups:
  - { id: g1, name: users, members: [1, 2] }
`;

test('dump keeps secrets and files, its first plan is empty, and a moved state is shown before it is moved', async () => {
  const devin = await startFakeDevin({ orgs: ['Payments'] });
  onTestFinished(() => devin.close());
  devin.state.addUser({ email: 'ada@corp.example', orgs: { Payments: 'org_admin' } });
  devin.state.addUser({ email: 'lin@corp.example' });
  devin.state.addUser({ email: 'guest@else.example' });
  const folder = await configured(`# ours
directory: { file: { path: people.yaml } }
devin: { url: ${devin.url}, key: ${devin.key} }
policy: full
rules: [{ group: other, role: Member }]
`);
  await writeFile(join(folder, 'people.yaml'), PEOPLE);

  const shown = await run(['dump', '--out', 'new.yaml'], folder);
  expect(shown.code).toBe(0);
  expect(shown.stderr).toContain('the directory does not have them (1): guest@else.example');
  expect(shown.stderr).toContain('DEVIN_KEY');
  expect(shown.stderr).toContain('its first plan has nothing to do');
  const file = join(folder, 'new.yaml');
  const written = await readFile(file, 'utf8');
  expect(written).toContain('- { group: users, role: Member }');
  expect(written).toContain('email: ada@corp.example, org: Payments, role: Admin');
  expect(written).toContain('# ours');
  expect(written).not.toContain(devin.key);
  expect((await stat(file)).mode & 0o077).toBe(0);
  const again = await run(['dump', '--out', 'new.yaml'], folder);
  expect(again).toMatchObject({ code: 1, stderr: expect.stringContaining('a dump replaces nothing') });
  const text = written.replace(/"\$\{DEVIN_KEY\}"/, devin.key);
  await writeFile(file, text);

  const adopted = await run(
    ['adopt', '--all', '--config', 'new.yaml', '--attest', 'ours', '--keep-days', '3'],
    folder,
  );
  expect(adopted.stderr).toContain('3 roles adopted');
  await writeFile(
    join(folder, 'elsewhere.yaml'),
    text.replace('path: people.yaml', 'path: people.yaml, name: moved'),
  );
  const other = await run(['plan', '--config', 'elsewhere.yaml'], folder);
  expect(other).toMatchObject({ code: 1, stderr: expect.stringContaining('devin-idp-sync relink') });
  await writeFile(join(folder, 'ids.csv'), '1,1\nnonsense\n');
  const map = await run(['relink', '--config', 'elsewhere.yaml', '--map', 'ids.csv'], folder);
  expect(map).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('ids.csv, line 2: give "old id,new id"'),
  });
  const looked = await run(['relink', '--config', 'elsewhere.yaml'], folder);
  expect(looked.stdout).toContain('The next plan: 0 removals, 0 invitations, 0 changes in all.');
  expect(looked.stderr).toContain('Nothing was written.');
  const moved = await run(['relink', '--config', 'elsewhere.yaml', '--yes', '--why', 'ticket'], folder);
  expect(moved.stderr).toContain('Moved.');
  expect(devin.requests.every(({ method }) => method === 'GET')).toBe(true);
});
