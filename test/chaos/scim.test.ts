/** The program killed between a write through SCIM and its outcome, as a process of its own. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { startFakeDevin } from '../../src/sandbox/fake-devin.ts';
import { configured, start } from '../e2e/process.ts';
import { SCIM_TOKEN, startScimService } from '../helpers/scim-service.ts';

test('killed with no warning again and again, the program leaves no user, group or member twice', async () => {
  const people = Array.from({ length: 40 }, (_, at) => `p${at}`);
  const devin = await startFakeDevin({ orgs: ['Lab'] });
  const scim = await startScimService();
  onTestFinished(() => Promise.all([devin.close(), scim.close()]).then(() => {}));
  const rows = people
    .map((who) => `  - { id: d-${who}, email: ${who}@corp.example, name: ${who} }`)
    .join('\n');
  const members = people.map((who) => `d-${who}`).join(', ');
  const folder = await configured(`directory: { file: { path: people.yaml } }
devin:
  url: ${devin.url}
  key: ${devin.key}
  scim: { url: ${scim.url}, token: ${SCIM_TOKEN}, loginGroupSync: off, maxPerSecond: 1000 }
policy: full
rules:
  - { group: lab, org: Lab, role: Member, via: scim }
limits: { devin: { maxPerSecond: 1000 } }
`);
  await writeFile(
    join(folder, 'people.yaml'),
    `people:\n${rows}\ngroups:\n  - { id: g-lab, name: lab, members: [${members}] }\n`,
  );
  const args = ['apply', '--yes', '--approve-held', '--why', 'test'];
  // Each life is killed right after the service has carried out a write: between the write and its outcome.
  const deaths = [
    (writes: number) => writes === 1,
    (writes: number) => writes === 9,
    (_: number, line: string) => line.startsWith('PATCH'),
  ];
  for (const isLast of deaths) {
    const { child, ended } = start(args, folder);
    let writes = 0;
    scim.onWrite = (line) => {
      if (isLast(++writes, line)) child.kill('SIGKILL');
    };
    expect((await ended).code).toBeNull();
  }
  scim.onWrite = () => {};
  const last = await start(args, folder).ended;
  expect(`${last.stdout}${last.stderr}`).toMatch(/nothing|the next plan is empty/i);
  expect(last.code).toBe(0);
  expect(scim.groups.size).toBe(1);
  expect(scim.users.size).toBe(people.length);
  const inside = [...scim.groups.values()].flatMap((group) => group.members ?? []);
  expect(inside.length).toBe(people.length);
  expect(new Set(inside.map(({ value }) => value)).size).toBe(people.length);
});
