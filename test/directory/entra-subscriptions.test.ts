import { expect, onTestFinished, test } from 'vitest';
import { entraOptions } from '../../src/directory/entra/options.ts';
import { subscriptionKeeper } from '../../src/directory/entra/subscriptions.ts';
import { fictionalCompany } from '../../src/sandbox/company.ts';
import { startFakeGraph } from '../../src/sandbox/fake-graph.ts';

const DAY = 86_400_000;

test('subscriptions are made once, renewed when half their life is over, and made anew for another secret', async () => {
  const graph = await startFakeGraph({ company: fictionalCompany({ seed: 3, people: 10, teams: 1 }) });
  onTestFinished(() => graph.close());
  const { tenantId, clientId, clientSecret, url } = graph;
  const options = entraOptions.parse({
    tenantId,
    clientId,
    clientSecret,
    graphUrl: url,
    authorityUrl: graph.authorityUrl,
  });
  let now = Date.now();
  const keep = subscriptionKeeper(options, () => now);
  const receiver = 'https://idp-sync.corp.example/hooks/graph';
  const wanted = { receiver, clientState: 'the-first-client-state' };
  const signal = new AbortController().signal;

  expect(await keep(wanted, signal)).toEqual({ made: ['users', 'groups'], renewed: [] });
  expect(
    graph.subscriptions.map(({ resource, changeType, clientState }) => [resource, changeType, clientState]),
  ).toEqual([
    ['users', 'updated,deleted', wanted.clientState],
    ['groups', 'updated,deleted', wanted.clientState],
  ]);
  for (const { notificationUrl } of graph.subscriptions)
    expect(notificationUrl.startsWith(`${receiver}?v=`)).toBe(true);
  expect(await keep(wanted, signal)).toEqual({ made: [], renewed: [] });

  for (const one of graph.subscriptions) one.expirationDateTime = new Date(now + 10 * DAY).toISOString();
  now += 1;
  expect(await keep(wanted, signal)).toEqual({ made: [], renewed: ['users', 'groups'] });
  expect(Date.parse(graph.subscriptions[0]?.expirationDateTime ?? '')).toBeGreaterThan(now + 27 * DAY);

  expect(await keep({ receiver, clientState: 'the-second-client-state' }, signal)).toMatchObject({
    made: ['users', 'groups'],
  });
  expect(graph.subscriptions).toHaveLength(4);
});

test('a permission that is missing is said in words, without the secret', async () => {
  const graph = await startFakeGraph({
    company: fictionalCompany({ seed: 3, people: 10, teams: 1 }),
    permissions: ['GroupMember.Read.All'],
  });
  onTestFinished(() => graph.close());
  const { tenantId, clientId, clientSecret, url } = graph;
  const options = entraOptions.parse({
    tenantId,
    clientId,
    clientSecret,
    graphUrl: url,
    authorityUrl: graph.authorityUrl,
  });
  const keep = subscriptionKeeper(options);
  const refused = keep(
    { receiver: 'https://a.example/hooks/graph', clientState: 'the-client-state' },
    new AbortController().signal,
  );
  await expect(refused).rejects.toThrow(/Graph subscriptions .*403/s);
});
