import { readFileSync } from 'node:fs';
import { expect, onTestFinished, test, vi } from 'vitest';

import { companyFromOrgChart } from '../../src/sandbox/company.ts';
import { type FakeDevin, startFakeDevin } from '../../src/sandbox/fake-devin.ts';
import { startFakeGraph } from '../../src/sandbox/fake-graph.ts';
import { startFakeOkta } from '../../src/sandbox/fake-okta.ts';
import type { LoggedRequest } from '../../src/sandbox/request-log.ts';
import { live } from './live.ts';

// Some 4,000 writes each; two cores may be busy with other files.
vi.setConfig({ testTimeout: 400_000 });

interface Chart {
  readonly users: readonly { id: string; email: string }[];
  readonly groups: readonly {
    name: string;
    kind: 'org' | 'team';
    org?: string;
    members: string[];
    maintainers?: string[];
  }[];
}

const chart = JSON.parse(
  readFileSync(new URL('../fixtures/open-source-org.json', import.meta.url), 'utf8'),
) as Chart;
const orgs = chart.groups.filter(({ kind }) => kind === 'org').map(({ name }) => name.replace(/^org-/, ''));

/** `email org role` of every membership the mapping asks for, from the chart alone. */
function expectedEdges(): string[] {
  const roles = new Map<string, string>();
  for (const { name, kind, members } of chart.groups) {
    if (kind === 'org')
      for (const member of members)
        roles.set(`${member}@corp.example ${name.replace(/^org-/, '')}`, 'org_member');
  }
  for (const { org, maintainers } of chart.groups) {
    for (const member of maintainers ?? []) roles.set(`${member}@corp.example ${org}`, 'org_admin');
  }
  return [...roles].map(([edge, role]) => `${edge} ${role}`).sort();
}

function edgesOf(devin: FakeDevin): string[] {
  const edges: string[] = [];
  for (const user of devin.state.users.values()) {
    for (const [org, role] of user.direct) {
      if (org !== '') edges.push(`${user.email} ${devin.state.org(org).name} ${role}`);
    }
  }
  return edges.sort();
}

const RULES = `
policy: full
rules:
  - { pattern: 'org-(?<org>(?:(?!-maintainers$).)+)', org: '{org}', role: Member }
  - { pattern: 'org-(?<org>.+)-maintainers', org: '{org}', role: Admin, allowAdmin: true, priority: 10 }
limits: { devin: { maxPerSecond: 1000 } }
`;

function devinLines(devin: FakeDevin): string {
  return `devin: { url: ${devin.url}, key: ${devin.key} }`;
}

function gets(requests: readonly LoggedRequest[], path: RegExp): number {
  return requests.filter((request) => request.method === 'GET' && path.test(request.path)).length;
}

const pages = (count: number, size: number) => Math.max(1, Math.ceil(count / size));
const company = () => companyFromOrgChart(chart);

/** Reads, applies everything, reads again; the end state is the chart's, edge for edge. */
async function converges(text: string, devin: FakeDevin): Promise<void> {
  const program = await live(text);
  const first = await program.plan();
  const people = new Set(expectedEdges().map((edge) => edge.split(' ')[0])).size;
  expect(first.changes.filter(({ kind }) => kind === 'invite')).toHaveLength(people);
  expect(devin.requests.every(({ method }) => method === 'GET')).toBe(true);

  const result = await program.apply('held');
  if (result.state !== 'applied') throw new Error(`nothing was applied: ${result.state}`);
  expect(result.progress).toMatchObject({ failed: 0, skipped: 0, done: result.plan.operations.length });
  expect(edgesOf(devin)).toEqual(expectedEdges());
  expect([...devin.state.users.values()].every(({ direct }) => direct.get('') === 'account_member')).toBe(
    true,
  );
  expect(
    devin.requests.filter(({ method, path }) => method === 'POST' && path === '/v3/enterprise/members/users'),
  ).toHaveLength(pages(people, 100));
  expect(result.after.changes).toEqual([]);
  expect(result.after.residual).toEqual([]);

  const before = devin.requests.length;
  expect((await program.plan()).changes).toEqual([]);
  const read = devin.requests.slice(before);
  const bound = pages(people, 200) + 1 + 2 + pages(orgs.length, 200) + 1 + 1;
  expect(read.length).toBe(bound);
}

test('a real organisation of 1,509 people and 774 groups converges from Okta, edge for edge, in the fewest calls', async () => {
  const okta = await startFakeOkta({ company: company(), rateLimitPerMinute: 1_000_000 });
  const devin = await startFakeDevin({ orgs });
  onTestFinished(() => Promise.all([okta.close(), devin.close()]).then(() => {}));
  const text = `directory: { okta: { url: ${okta.url}, token: ${okta.token} } }\n${devinLines(devin)}${RULES}`;
  await converges(text, devin);

  const groups = okta.company.company.groups;
  const members = [...groups.values()].reduce((sum, group) => sum + pages(group.members.size, 200), 0);
  okta.requests.length = 0;
  const program = await live(text);
  await program.plan().catch(() => {});
  expect(gets(okta.requests, /^\/api\/v1\/users\?/)).toBe(pages(chart.users.length, 200));
  expect(gets(okta.requests, /^\/api\/v1\/groups\?/)).toBe(pages(groups.size, 200));
  expect(gets(okta.requests, /^\/api\/v1\/groups\/[^/]+\/users/)).toBe(members);
});

test('the same organisation converges from Entra, edge for edge, in the fewest calls', async () => {
  const graph = await startFakeGraph({ company: company() });
  const devin = await startFakeDevin({ orgs });
  onTestFinished(() => Promise.all([graph.close(), devin.close()]).then(() => {}));
  const { tenantId, clientId, clientSecret } = graph;
  const entra = `{ tenantId: ${tenantId}, clientId: ${clientId}, clientSecret: ${clientSecret}, graphUrl: ${graph.url}, authorityUrl: ${graph.authorityUrl} }`;
  const text = `directory: { entra: ${entra} }\n${devinLines(devin)}${RULES}`;
  await converges(text, devin);

  graph.requests.length = 0;
  const program = await live(text);
  await program.plan().catch(() => {});
  const calls = graph.requests.filter(({ path }) => path.startsWith('/v1.0/'));
  const groups = [...company().groups.values()];
  const further = groups.reduce(
    (sum, { members, children }) => sum + pages(members.size + children.size, 999) - 1,
    0,
  );
  expect(calls.length).toBeLessThanOrEqual(
    pages(chart.users.length, 999) + pages(groups.length, 999) + Math.ceil(groups.length / 20) + further + 2,
  );
});
