/** Rules with `via: scim`: the real program between a directory, a fake Devin and a SCIM service that is not ours. */
import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { expect, onTestFinished, test, vi } from 'vitest';
import { journalLines } from '../../src/actions/journal-lines.ts';
import { rebuildLedger } from '../../src/actions/rebuild.ts';
import { recallLedger } from '../../src/actions/recall.ts';
import { rollback } from '../../src/actions/rollback.ts';
import type { Plan } from '../../src/core/model/change.ts';
import { companyFromOrgChart } from '../../src/sandbox/company.ts';
import { startFakeDevin } from '../../src/sandbox/fake-devin.ts';
import { startFakeOkta } from '../../src/sandbox/fake-okta.ts';
import { SCIM_TOKEN, type ScimService, startScimService } from '../helpers/scim-service.ts';
import { CONTEXT, type Live, live, open, scratch } from './live.ts';

vi.setConfig({ testTimeout: 400_000 });

interface Company {
  readonly scim: ScimService;
  readonly folder: string;
  readonly text: string;
  staff(people: readonly string[], lab: readonly string[], gone?: readonly string[]): Promise<void>;
}

async function company(people: readonly string[]): Promise<Company> {
  const devin = await startFakeDevin({ orgs: ['Lab'] });
  const scim = await startScimService();
  onTestFinished(() => Promise.all([devin.close(), scim.close()]).then(() => {}));
  const folder = await scratch();
  const service = `{ url: ${scim.url}, token: ${SCIM_TOKEN}, loginGroupSync: off, maxPerSecond: 1000 }`;
  const text = `directory: { file: { path: people.yaml } }
devin: { url: ${devin.url}, key: ${devin.key}, scim: ${service} }
policy: full
guards: { minAdmins: 0, grants: { count: 1000 } }
rules:
  - { group: lab, org: Lab, role: Member, via: scim }
limits: { devin: { maxPerSecond: 1000 } }
`;
  const staff: Company['staff'] = async (all, lab, gone = []) => {
    const rows = [...all, ...gone].map(
      (who) =>
        `  - { id: d-${who}, email: ${who}@corp.example, name: ${who}, status: ${gone.includes(who) ? 'deactivated' : 'active'} }`,
    );
    const members = lab.map((who) => `d-${who}`).join(', ');
    const yaml = `people:\n${rows.join('\n')}\ngroups:\n  - { id: g-lab, name: lab, members: [${members}] }\n`;
    await writeFile(join(folder, 'people.yaml'), yaml);
  };
  await staff(people, people);
  return { scim, folder, text, staff };
}

function lines(plan: Plan): string[] {
  return plan.changes.map(({ kind, subject, verdict }) => {
    const by = verdict.state === 'held' ? ` by ${verdict.by.join(', ')}` : '';
    return `${kind} ${subject.label.split('@')[0]}: ${verdict.state}${by}`;
  });
}

function count({ requests }: ScimService, method: string, path: RegExp): number {
  return requests.filter((line) => line.startsWith(method) && path.test(line)).length;
}

async function applied(program: Live, done?: number): Promise<void> {
  const result = await program.apply('held');
  if (result.state !== 'applied') throw new Error(`nothing was applied: ${result.state}`);
  expect(result.progress).toMatchObject({ failed: 0, skipped: 0, ...(done === undefined ? {} : { done }) });
}

test('one group through SCIM, from the first plan to the last leaver, with an answer lost and a write refused for each kind', async () => {
  const { scim, folder, text, staff } = await company(['ada', 'bob', 'cleo']);
  const program = await live(text, folder);
  const first = await program.plan();
  expect(lines(first).filter((line) => line.includes('scim'))).toEqual([
    'scim-create-group lab: held by first-plan',
    'scim-create-user ada: held by first-plan',
    'scim-add-member ada: held by first-plan',
    'scim-create-user bob: held by first-plan',
    'scim-add-member bob: held by first-plan',
    'scim-create-user cleo: held by first-plan',
    'scim-add-member cleo: held by first-plan',
  ]);
  expect(scim.requests.every((line) => line.startsWith('GET'))).toBe(true);

  // Every kind that makes something loses its answer once: nothing comes twice.
  scim.troubles.push(
    { method: 'POST', path: /Groups/, times: 1, how: 'lost' },
    { method: 'POST', path: /Users/, times: 2, how: 'lost' },
    { method: 'PATCH', path: /Groups/, times: 1, how: 'lost' },
  );
  await applied(program);
  expect(scim.memberships()).toEqual(['lab: ada@corp.example, bob@corp.example, cleo@corp.example']);
  expect([...scim.users.values()].map(({ externalId }) => externalId).sort()).toEqual([
    'd-ada',
    'd-bob',
    'd-cleo',
  ]);
  expect([
    count(scim, 'POST', /Users$/),
    count(scim, 'POST', /Groups$/),
    count(scim, 'PATCH', /Groups/),
  ]).toEqual([3, 1, 1]);
  expect(lines(await program.plan())).toEqual([]);

  // Taken out by hand, and switched off by hand: held.
  const [team] = scim.groups.values();
  const [ada] = scim.users.values();
  if (team === undefined || ada === undefined) throw new Error('nobody is there');
  team.members = team.members?.slice(1) ?? [];
  ada.active = false;
  expect(lines(await program.plan())).toEqual([
    'scim-activate-user ada: held by by-hand',
    'scim-add-member ada: held by by-hand',
  ]);
  scim.troubles.push({ method: 'PATCH', path: /Users/, times: 1, how: 'lost' });
  await applied(program, 2);
  expect(scim.users.get(ada.id)?.active).toBe(true);

  // A name that changes by hand is put right, once the service stops being overloaded.
  const [bob] = [...scim.users.values()].filter(({ externalId }) => externalId === 'd-bob');
  Object.assign(bob ?? {}, { displayName: 'Robert' });
  scim.troubles.push({ method: 'PATCH', path: /Users/, times: 1, how: 429 });
  await applied(program, 1);
  expect(scim.users.get(bob?.id ?? '')?.displayName).toBe('bob');

  // One leaves the group, one the company; the answers to both are lost.
  await staff(['ada', 'bob'], ['ada'], ['cleo']);
  scim.troubles.push(
    { method: 'PATCH', path: /Users/, times: 1, how: 'lost' },
    { method: 'PATCH', path: /Groups/, times: 2, how: 'lost' },
  );
  await applied(program, 3);
  expect(scim.memberships()).toEqual(['lab: ada@corp.example']);
  expect([...scim.users.values()].map(({ userName, active }) => `${userName} ${active}`)).toEqual([
    'ada@corp.example true',
    'bob@corp.example true',
    'cleo@corp.example false',
  ]);
  expect(lines(await program.plan())).toEqual(['scim-deactivate-user bob: waiting']);

  // What the service refuses fails alone, in its words, and the next run tries it again.
  await staff(['ada', 'bob', 'dan', 'eve'], ['ada', 'dan', 'eve'], ['cleo']);
  scim.troubles.push({ method: 'POST', path: /Users/, times: 1, how: 400 });
  const refused = await program.apply('held');
  expect(refused).toMatchObject({ state: 'applied', progress: { failed: 2, done: 1 } });
  expect(scim.memberships()[0]).toMatch(/^lab: ada@corp.example, (dan|eve)@corp.example$/);
  await applied(program);
  expect(scim.memberships()).toEqual(['lab: ada@corp.example, dan@corp.example, eve@corp.example']);

  // A batch that is refused is taken apart, so that one bad member costs itself only.
  await staff(['ada', 'bob', 'dan', 'eve'], ['ada'], ['cleo']);
  scim.troubles.push({ method: 'PATCH', path: /Groups/, times: 2, how: 400 });
  const halved = await program.apply('held');
  expect(halved).toMatchObject({ state: 'applied', progress: { failed: 1 } });
  expect(scim.memberships()[0]?.split(', ')).toHaveLength(2);
  await applied(program);
  expect(scim.memberships()).toEqual(['lab: ada@corp.example']);
  expect(new Set([...scim.users.values()].map(({ userName }) => userName)).size).toBe(scim.users.size);
});

test('a run is taken back, and stays so after the state was lost and built again from the journal', async () => {
  const { scim, folder, text, staff } = await company(['ada', 'bob', 'cleo']);
  await staff(['ada', 'bob', 'cleo'], ['ada']);
  const home = await scratch();
  const first = await open(text, folder);
  await applied(first);
  await staff(['ada', 'bob', 'cleo'], ['bob', 'cleo']);
  const second = await first.apply('held');
  if (second.state !== 'applied') throw new Error(`nothing was applied: ${second.state}`);
  expect(scim.memberships()).toEqual(['lab: bob@corp.example, cleo@corp.example']);

  const { bench } = first;
  const writes = await bench.writes();
  const request = {
    ...({ of: second.plan.id, items: 'all' } as const),
    approver: { by: 'os:eve', why: 'wrong group' },
    consent: async () => 'held' as const,
  };
  const carried = { settled: writes.settled, onProgress: () => {} };
  const back = await rollback(await bench.loop(), writes.submit, request, CONTEXT, carried);
  expect(lines(back.plan)).toEqual([
    'scim-add-member ada: ready',
    'scim-deactivate-user bob: ready',
    'scim-remove-member bob: ready',
    'scim-deactivate-user cleo: ready',
    'scim-remove-member cleo: ready',
  ]);
  expect(scim.memberships()).toEqual(['lab: ada@corp.example']);
  expect([...scim.users.values()].map(({ active }) => active)).toEqual([true, false, false]);
  const held = [
    'scim-remove-member ada: held by rolled-back',
    'scim-activate-user bob: held by rolled-back',
    'scim-add-member bob: held by rolled-back',
    'scim-activate-user cleo: held by rolled-back',
    'scim-add-member cleo: held by rolled-back',
  ];
  expect(lines(await first.plan())).toEqual(held);

  // The folder of the second program has no state, but the exported journal.
  const { store } = await bench.loop();
  const exported: string[] = [];
  for await (const line of journalLines(store.journal)) exported.push(line);
  await first.bench.close();
  const people = readFileSync(join(folder, 'people.yaml'), 'utf8');
  await writeFile(join(home, 'people.yaml'), people);
  const other = await live(text, home);
  const loop = await other.bench.loop();
  expect((await recallLedger(loop, 'os:eve', CONTEXT)).untold).toBe(2);
  expect(lines(await other.plan())).not.toEqual(held);
  const files = [{ name: 'journal.jsonl', lines: () => Readable.from(exported) }];
  expect(await rebuildLedger(loop, { files, by: 'os:eve' }, CONTEXT)).toMatchObject({ marks: 4 });
  expect(lines(await other.plan())).toEqual(held);
});

interface Chart {
  readonly users: readonly { id: string; email: string }[];
  readonly groups: readonly { name: string; kind: 'org' | 'team'; members: string[] }[];
}

test('a real organisation of 1,509 people converges in a service of somebody else, member for member', async () => {
  const chart = JSON.parse(
    readFileSync(new URL('../fixtures/open-source-org.json', import.meta.url), 'utf8'),
  ) as Chart;
  const teams = chart.groups.filter(({ kind }) => kind === 'org');
  const okta = await startFakeOkta({
    company: companyFromOrgChart(chart as Parameters<typeof companyFromOrgChart>[0]),
    rateLimitPerMinute: 1_000_000,
  });
  const devin = await startFakeDevin({ orgs: teams.map(({ name }) => name.replace(/^org-/, '')) });
  const scim = await startScimService();
  onTestFinished(() => Promise.all([okta.close(), devin.close(), scim.close()]).then(() => {}));
  const program = await live(`directory: { okta: { url: ${okta.url}, token: ${okta.token} } }
devin:
  url: ${devin.url}
  key: ${devin.key}
  scim: { url: ${scim.url}, token: ${SCIM_TOKEN}, loginGroupSync: off, maxPerSecond: 1000, pageSize: 1000 }
policy: full
rules:
  - { pattern: 'org-(?<org>(?:(?!-maintainers$).)+)', org: '{org}', role: Member, via: scim }
limits: { devin: { maxPerSecond: 1000 } }
`);
  await applied(program);
  const expected = teams.map(({ name, members }) => {
    const addresses = members.map((member) => `${member}@corp.example`);
    return `${name}: ${addresses.sort().join(', ')}`;
  });
  expect(scim.memberships()).toEqual(expected.sort());
  const people = new Set(teams.flatMap(({ members }) => members));
  expect(scim.users.size).toBe(people.size);
  const batches = teams.reduce((sum, { members }) => sum + Math.ceil(members.length / 100), 0);
  expect(count(scim, 'PATCH', /Groups/)).toBe(batches);
  const before = scim.requests.length;
  expect((await program.plan()).changes).toEqual([]);
  expect(scim.requests.length - before).toBe(Math.ceil(people.size / 999) + 1);
});
