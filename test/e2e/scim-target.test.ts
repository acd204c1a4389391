/** Rules with `via: scim`: the real program between a directory, a fake Devin and a SCIM service that is not ours. */
import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import type { Plan } from '../../src/core/model/change.ts';
import { type FakeDevin, startFakeDevin } from '../../src/sandbox/fake-devin.ts';
import { SCIM_TOKEN, type ScimService, startScimService } from '../helpers/scim-service.ts';
import { type Live, live, scratch } from './live.ts';

vi.setConfig({ testTimeout: 120_000 });

interface Company {
  readonly devin: FakeDevin;
  readonly scim: ScimService;
  readonly program: Live;
  readonly folder: string;
  staff(people: readonly string[], lab: readonly string[], gone?: readonly string[]): Promise<void>;
}

async function company(): Promise<Company> {
  const devin = await startFakeDevin({ orgs: ['Lab'] });
  const scim = await startScimService();
  onTestFinished(() => Promise.all([devin.close(), scim.close()]).then(() => {}));
  const folder = await scratch();
  const text = `directory: { file: { path: people.yaml } }
devin: { url: ${devin.url}, key: ${devin.key}, scim: { url: ${scim.url}, token: ${SCIM_TOKEN}, maxPerSecond: 1000 } }
policy: full
guards: { minAdmins: 0 }
rules:
  - { group: lab, org: Lab, role: Member, via: scim }
limits: { devin: { maxPerSecond: 1000 } }
`;
  const staff: Company['staff'] = async (people, lab, gone = []) => {
    const rows = [...people, ...gone].map(
      (who) =>
        `  - { id: d-${who}, email: ${who}@corp.example, name: ${who}, status: ${gone.includes(who) ? 'deactivated' : 'active'} }`,
    );
    const members = lab.map((who) => `d-${who}`).join(', ');
    const yaml = `people:\n${rows.join('\n')}\ngroups:\n  - { id: g-lab, name: lab, members: [${members}] }\n`;
    await writeFile(join(folder, 'people.yaml'), yaml);
  };
  await staff(['ada', 'bob', 'cleo'], ['ada', 'bob']);
  const program = await live(text, folder);
  return { devin, scim, program, folder, staff };
}

function lines(plan: Plan): string[] {
  return plan.changes.map(({ kind, subject, verdict }) => {
    const by = verdict.state === 'held' ? ` by ${verdict.by.join(', ')}` : '';
    return `${kind} ${subject.label.split('@')[0]}: ${verdict.state}${by}`;
  });
}

test('the working life of one group, from the first plan to the last leaver', async () => {
  const { scim, program, staff } = await company();
  const first = await program.plan();
  console.log(lines(first), first.notices);
  const applied = await program.apply('held');
  console.log(JSON.stringify(applied).slice(0, 3000));
  console.log(scim.memberships(), [...scim.users.values()], scim.requests);
  console.log(lines(await program.plan()));
});
