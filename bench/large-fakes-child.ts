/** Okta and Graph for a company too large for the sandbox: only the lists that a reading and a cheap turn ask for. */
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { emptyCompany } from '../src/sandbox/company.ts';
import { startSandbox } from '../src/sandbox/sandbox.ts';
import type { FakesAsk, FakesOptions, FakesReady, Seen } from './fakes.ts';
import { LargeCompany } from './large-company.ts';
import { shapeOf } from './shape.ts';

const company = new LargeCompany(shapeOf(JSON.parse(process.argv[2] as string) as FakesOptions, 0));
const { people, groups } = company.shape;
// Signing in is the sandbox's.
const sandbox = await startSandbox({ company: emptyCompany() });
const seen = { okta: 0, graph: 0 };

/** Indexes of a page that starts at `start`, and where the next one does; null on the last page. */
function page(total: number, start: number, size: number): { at: number[]; next: number | null } {
  const end = Math.min(total, start + size);
  return {
    at: Array.from({ length: end - start }, (_, index) => start + index),
    next: end < total ? end : null,
  };
}

interface OktaPage {
  readonly items: readonly object[];
  readonly next: number | null;
}

function oktaPage(url: URL): OktaPage {
  const start = Number(url.searchParams.get('after') ?? 0);
  const size = Number(url.searchParams.get('limit'));
  const of = /^\/api\/v1\/groups\/([^/]+)\/users$/.exec(url.pathname)?.[1];
  if (of !== undefined) {
    const members = company.members(company.groupOf(of));
    const { at, next } = page(members.length, start, size);
    return { items: at.map((index) => oktaUser(members[index] as number)), next };
  }
  if (url.pathname === '/api/v1/groups') {
    const { at, next } = page(groups, start, size);
    return { items: at.map(oktaGroup), next };
  }
  // Nobody's own record changes here: people only join groups.
  if (url.searchParams.get('filter')?.startsWith('lastUpdated')) return { items: [], next: null };
  const { at, next } = page(people, start, size);
  return { items: at.map(oktaUser), next };
}

function oktaUser(person: number): object {
  const { id, email, first, last } = company.user(person);
  return { id, status: 'ACTIVE', profile: { login: email, email, firstName: first, lastName: last } };
}

function oktaGroup(group: number): object {
  const profile = { name: company.name(group) };
  return {
    id: company.groupId(group),
    type: 'OKTA_GROUP',
    lastMembershipUpdated: company.updated(group),
    profile,
  };
}

const okta = createServer((request, response) => {
  seen.okta++;
  const url = new URL(request.url as string, urlOf(okta));
  if (url.pathname === '/.well-known/okta-organization') {
    response.end(JSON.stringify({ id: '00olarge' }));
    return;
  }
  const { items, next } = oktaPage(url);
  const links = [`<${url}>; rel="self"`];
  if (next !== null) {
    url.searchParams.set('after', String(next));
    links.push(`<${url}>; rel="next"`);
  }
  response.writeHead(200, { 'content-type': 'application/json', link: links });
  response.end(JSON.stringify(items));
});

/** What each link to later changes was given on: how many had joined each group by then. */
const links: ReadonlyMap<number, number>[] = [];

function deltaLink(kind: string): string {
  const counts = Array.from(company.joined(), ([group, joined]) => [group, joined.length] as const);
  links.push(new Map(counts));
  return `${urlOf(graph)}/v1.0/${kind}/delta?$deltatoken=${links.length - 1}`;
}

function delta(kind: string, token: string): object {
  const then = links[Number(token)];
  const value = [];
  if (kind === 'groups' && then !== undefined) {
    for (const [group, joined] of company.joined()) {
      const late = joined.slice(then.get(group) ?? 0);
      const members = late.map((person) => member(person));
      if (late.length > 0) value.push({ id: company.groupId(group), 'members@delta': members });
    }
  }
  return { value, '@odata.deltaLink': deltaLink(kind) };
}

function member(person: number): object {
  return { '@odata.type': '#microsoft.graph.user', id: company.user(person).id };
}

function graphPage(path: string): object {
  const url = new URL(path, `${urlOf(graph)}/`);
  const [, kind = '', id, below] = url.pathname.replace(/^\/v1\.0/, '').split('/');
  if (id === 'delta') return delta(kind, url.searchParams.get('$deltatoken') ?? '');
  const start = Number(url.searchParams.get('$skiptoken') ?? 0);
  const members = below === 'members' ? company.members(company.groupOf(id as string)) : null;
  const total = members?.length ?? (kind === 'users' ? people : groups);
  const { at, next } = page(total, start, 999);
  const value = at.map((index) => {
    if (members !== null) return member(members[index] as number);
    return kind === 'users' ? graphUser(index) : graphGroup(index);
  });
  if (next === null) return { value };
  url.searchParams.set('$skiptoken', String(next));
  return { '@odata.nextLink': String(url), value };
}

function graphUser(person: number): object {
  const { id, email, first, last } = company.user(person);
  const names = { displayName: `${first} ${last}`, mail: email, userPrincipalName: email };
  return { id, ...names, accountEnabled: true, userType: 'Member' };
}

function graphGroup(group: number): object {
  return {
    id: company.groupId(group),
    displayName: company.name(group),
    securityEnabled: true,
    visibility: null,
  };
}

const graph = createServer((request, response) => {
  seen.graph++;
  void answer(request).then((body) => {
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end(JSON.stringify(body));
  });
});

async function answer(request: IncomingMessage): Promise<object> {
  if (request.url !== '/v1.0/$batch') return graphPage(request.url as string);
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const { requests } = JSON.parse(Buffer.concat(chunks).toString()) as {
    requests: { id: string; url: string }[];
  };
  const one = ({ id, url }: { id: string; url: string }) => ({
    id,
    status: 200,
    body: graphPage(`/v1.0${url}`),
  });
  return { responses: requests.map(one) };
}

function urlOf(server: Server): string {
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

for (const server of [okta, graph])
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
process.on('message', (message: FakesAsk) => {
  if (message.ask === 'change') process.send?.(company.join(message.people));
  if (message.ask !== 'seen') return;
  const told: Seen = { ...seen, devin: 0, devinTimes: [], devin429: 0 };
  seen.okta = 0;
  seen.graph = 0;
  process.send?.(told);
});
process.on('disconnect', () => process.exit());
const { tenantId, clientId, clientSecret, url: authorityUrl } = sandbox.graph;
const ready: FakesReady = {
  okta: { url: urlOf(okta), replayUrl: urlOf(okta), token: sandbox.okta.token },
  graph: { url: urlOf(graph), replayUrl: urlOf(graph), authorityUrl, tenantId, clientId, clientSecret },
  devin: { url: sandbox.devin.url, key: sandbox.devin.key },
};
process.send?.(ready);
