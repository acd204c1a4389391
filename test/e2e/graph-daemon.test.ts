/** A daemon on Entra over its life: it keeps its subscriptions, and a notification becomes an effect in Devin. */
import { expect, onTestFinished, test, vi } from 'vitest';
import type { RunRecord, StatusView } from '../../src/core/model/run.ts';
import { fictionalCompany } from '../../src/sandbox/company.ts';
import { startFakeDevin } from '../../src/sandbox/fake-devin.ts';
import { type FakeGraph, startFakeGraph } from '../../src/sandbox/fake-graph.ts';
import { live } from './live.ts';

const TOKEN = 'a-token-of-the-daemon-for-tests';
const STATE = 'the-client-state-of-our-subscriptions';
const SOON = { timeout: 60_000, interval: 50 };
const DAY = 86_400_000;

async function daemon(graph: FakeGraph) {
  const devin = await startFakeDevin({ orgs: [] });
  onTestFinished(() => Promise.all([graph.close(), devin.close()]).then(() => {}));
  const { tenantId, clientId, clientSecret, url: graphUrl, authorityUrl } = graph;
  const { bench } = await live(`directory:
  entra: ${JSON.stringify({ tenantId, clientId, clientSecret, graphUrl, authorityUrl, maxRetries: 0 })}
devin: { url: ${devin.url}, key: ${devin.key} }
policy: full
rules: [{ group: devin-users, role: Member }]
limits: { devin: { maxPerSecond: 500 } }
schedule: { interval: 24h }
server:
  listen: '127.0.0.1:0'
  token: ${TOKEN}
  publicUrl: https://idp-sync.corp.example
  hooks: { entra: { clientState: ${STATE}, subscribe: true }, windowSeconds: 1 }
`);
  const { url } = await bench.serve(new AbortController().signal);
  return { devin, ...callsOf(url) };
}

function callsOf(url: string) {
  const headers = { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/json' };
  const text = async (path: string) => (await fetch(url + path, { headers })).text();
  const post = (path: string, body: unknown) =>
    fetch(url + path, { method: 'POST', headers, body: JSON.stringify(body) });
  const runs = async () => (JSON.parse(await text('/api/v1/runs')) as { runs: RunRecord[] }).runs;
  const settled = (fits: (run: RunRecord) => boolean, times = 1) =>
    vi.waitFor(async () => {
      const found = (await runs()).filter((run) => run.endedAt !== null && fits(run));
      expect(found).toHaveLength(times);
      return found[0] as RunRecord;
    }, SOON);
  const metrics = async () => (await fetch(`${url}/metrics`)).text();
  return { text, post, runs, settled, metrics };
}

/** What Graph sends of users and groups, or of the subscription itself. */
function notice(graph: FakeGraph, rest: object | readonly object[], clientState = STATE) {
  const { tenantId } = graph;
  const common = { subscriptionId: graph.subscriptions[0]?.id, clientState, tenantId };
  return { value: [rest].flat().map((one) => ({ ...common, ...one })) };
}

const changed = (kind: 'users' | 'groups', id: string) => ({
  changeType: 'updated',
  resource: `${kind}/${id}`,
  resourceData: { id },
});

function measured(text: string): Record<string, number> {
  const lines = text.matchAll(/^devin_idp_sync_propagation_seconds_count\{since="(\w+)"\} (\d+)/gm);
  return Object.fromEntries(Array.from(lines, ([, since, count]) => [since, Number(count)]));
}

test('subscriptions are made and renewed, and who has left is gone from Devin by a notification, which is measured', async () => {
  const company = fictionalCompany({ seed: 3, people: 30, teams: 2 });
  const graph = await startFakeGraph({ company });
  const { devin, text, post, runs, settled, metrics } = await daemon(graph);
  await vi.waitFor(() => expect(graph.subscriptions).toHaveLength(2), SOON);
  for (const { notificationUrl } of graph.subscriptions)
    expect(notificationUrl).toMatch(/^https:\/\/idp-sync\.corp\.example\/hooks\/graph\?v=[0-9a-f]{12}$/);

  // The first plan, approved: what was given counts from the run that saw it.
  const first = await settled(({ trigger }) => trigger.kind === 'schedule');
  await post(`/api/v1/plans/${first.planId}/approve`, { items: 'held', why: 'first plan' });
  await post('/api/v1/resync', {});
  await settled(({ trigger, writes }) => trigger.kind === 'manual' && writes?.failed === 0);
  const users = () => [...devin.state.users.values()];
  expect(users().length).toBeGreaterThan(5);
  // Measured right after a write is stored, which is what ends the run.
  await vi.waitFor(async () => expect(measured(await metrics()).reading).toBeGreaterThan(5), SOON);
  expect(measured(await metrics()).event).toBeUndefined();

  // What another rule would do is answered on this company, at the cost of a reading, and leaves nothing behind.
  const kept = await Promise.all([text('/api/v1/plans'), text('/api/v1/runs'), text('/api/v1/journal')]);
  const rules = [{ group: 'devin-users', role: 'Admin', allowAdmin: true }];
  const whatIf = await post('/api/v1/what-if', { rules });
  const { added, current, keys } = (await whatIf.json()) as {
    added: { total: number; changes: { kind: string }[] };
    current: { changes: { all: number } };
    keys: { proposed: string[] };
  };
  expect([current.changes.all, added.total, keys.proposed]).toEqual([0, users().length, ['rules']]);
  const unknown = await post('/api/v1/what-if', { rules: [{ group: 'devin-users', role: 'Chief' }] });
  expect([unknown.status, await unknown.text()]).toEqual([409, expect.stringContaining('Chief')]);
  // The second comes while the first still reads.
  const refused = Promise.withResolvers<void>();
  graph.faults.add({ method: 'GET', path: /users/, action: { kind: 'wait', until: refused.promise } });
  const judged = post('/api/v1/what-if', {});
  await vi.waitFor(() => expect(graph.faults.unfired()).toEqual([]), SOON);
  expect((await post('/api/v1/what-if', {})).status).toBe(429);
  refused.resolve();
  expect((await judged).status).toBe(200);
  expect(await Promise.all([text('/api/v1/plans'), text('/api/v1/runs'), text('/api/v1/journal')])).toEqual(
    kept,
  );

  // Somebody leaves; the notification names them, and a run looks at them alone.
  const [leaver] = [...graph.company.company.people.values()].filter(({ email, status }) => {
    return status === 'active' && users().some((user) => user.email === email);
  });
  const { id, email } = leaver ?? { id: '', email: '' };
  graph.company.deactivate(email);
  expect((await post('/hooks/graph', notice(graph, changed('users', id), 'not-our-state'))).status).toBe(202);
  expect((await post('/hooks/graph', notice(graph, changed('users', id)))).status).toBe(202);
  const alone = await settled(({ trigger }) => trigger.kind === 'event');
  const { sides } = JSON.parse(await text('/api/v1/status')) as StatusView;
  expect(sides?.people, 'of the run about everything').toBeGreaterThan(20);
  expect(alone.trigger).toMatchObject({ by: 'Graph notification', scope: { user: email } });
  await vi.waitFor(() => expect(users().map((user) => user.email)).not.toContain(email), SOON);
  await vi.waitFor(async () => expect(measured(await metrics()).event).toBe(1), SOON);

  // One group is a run about that group; whom nobody knows yet, and many at once, are a run about everything.
  const group = [...graph.company.company.groups.values()][0]?.id ?? '';
  await post('/hooks/graph', notice(graph, changed('groups', group)));
  await settled(({ trigger }) => trigger.kind === 'event' && trigger.scope.group === group);
  await post('/hooks/graph', notice(graph, changed('users', '00000000-0000-4000-8000-000000000000')));
  await settled(({ trigger }) => trigger.kind === 'event' && Object.keys(trigger.scope).length === 0);
  const before = (await runs()).length;
  await post('/hooks/graph', notice(graph, [changed('groups', group), changed('groups', 'another')]));
  await settled(({ trigger }) => trigger.kind === 'event' && Object.keys(trigger.scope).length === 0, 2);
  expect((await runs()).length).toBe(before + 1);

  // Graph says that one ends: it is renewed at once; it says that one is gone: it is made again.
  const [one] = graph.subscriptions;
  if (one !== undefined) one.expirationDateTime = new Date(Date.now() + DAY).toISOString();
  await post('/hooks/graph', notice(graph, { lifecycleEvent: 'reauthorizationRequired' }));
  await vi.waitFor(
    () => expect(Date.parse(one?.expirationDateTime ?? '')).toBeGreaterThan(Date.now() + 20 * DAY),
    SOON,
  );
  graph.subscriptions.splice(1, 1);
  await post('/hooks/graph', notice(graph, { lifecycleEvent: 'subscriptionRemoved' }));
  await vi.waitFor(
    () => expect(graph.subscriptions.map(({ resource }) => resource)).toEqual(['users', 'groups']),
    SOON,
  );
}, 300_000);
