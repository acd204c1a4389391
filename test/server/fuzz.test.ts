/** Every route under requests that nobody would send by mistake. What a run found is repeated by its seed. */
import { hash } from 'node:crypto';
import fc from 'fast-check';
import type { FastifyInstance } from 'fastify';
import { expect, test } from 'vitest';
import type { ApiToken } from '../../src/server/auth.ts';
import type { ServerDeps } from '../../src/server/deps.ts';
import { runs } from '../helpers/runs.ts';
import { mixed } from '../report/sample-plans.ts';
import { DONE, FAILED, FakeDaemon, runRecord } from './fake-daemon.ts';
import { CALLERS, type Caller, fault, routesOf, type Shot, shots } from './fuzz.ts';
import { serverOf } from './serving.ts';

const ROLES = ['viewer', 'operator', 'approver'] as const;
const secretOf = (caller: Caller) => `secret-of-the-fuzzed-${caller}`;
const TOKENS: readonly ApiToken[] = ROLES.map((role) => ({
  name: role,
  role,
  hash: hash('sha256', secretOf(role)),
}));
const SESSION_SECRET = 'the-secret-that-signs-every-cookie-here';

function fuzzed() {
  const daemon = new FakeDaemon();
  const plan = mixed();
  daemon.plans.set(plan.id, plan);
  daemon.runs.set('run-0', runRecord('run-0', { ...DONE, planId: plan.id }));
  daemon.outcomes.set('op-1', FAILED);
  const { sessions } = daemon.deps();
  const changes: Partial<ServerDeps> = {
    tokens: () => TOKENS,
    sessions: { ...(sessions as NonNullable<typeof sessions>), secret: SESSION_SECRET },
    async *subscribeRun(id) {
      yield { kind: 'settled', run: daemon.runs.get(id) ?? runRecord(id, DONE) };
    },
  };
  const known = {
    id: [plan.id, plan.id.slice(0, 8), 'run-0', '0'.repeat(64)],
    item: plan.changes.map(({ key }) => key),
    items: plan.changes.map(({ key }) => key),
    email: ['ida@corp.example', '"><script>@x'],
    user: ['ida@corp.example'],
    why: ['agreed'],
    config: ['policy: full', '{ rules: [] }'],
    defaultEnterpriseRole: ['Member'],
    foreign: ['report'],
    page: ['1', '9999999'],
    limit: ['1', '200'],
    after: ['0', '1790000000000-1'],
    from: ['0', '999999999999999'],
    token: TOKENS.map(({ role }) => secretOf(role)),
  };
  return { ...serverOf(changes, daemon), daemon, changes, known };
}

interface Seat {
  readonly cookie: string;
  readonly csrf: string;
}

/** A logged-in browser for each role. */
async function seats(app: FastifyInstance): Promise<ReadonlyMap<Caller, Seat>> {
  const found = new Map<Caller, Seat>();
  for (const role of ROLES) {
    const page = await app.inject('/login');
    const first = cookieOf(page.headers['set-cookie']);
    const answer = await app.inject({
      method: 'POST',
      url: '/login',
      headers: { cookie: first, 'content-type': 'application/x-www-form-urlencoded' },
      payload: new URLSearchParams({ token: secretOf(role), _csrf: csrfIn(page.body) }).toString(),
    });
    const cookie = cookieOf(answer.headers['set-cookie']);
    found.set(role, { cookie, csrf: csrfIn((await app.inject({ url: '/', headers: { cookie } })).body) });
  }
  return found;
}

const cookieOf = (header: unknown) => String(header).split(';', 1)[0] ?? '';
const csrfIn = (body: string) => /name="_csrf" value="([^"]+)"/.exec(body)?.[1] ?? '';

let address = 0;
/** Another one each time, so that the rate limit does not keep the routes from being tried. */
const nextAddress = () => `10.${(++address >> 16) & 255}.${(address >> 8) & 255}.${address & 255}`;

async function fire(app: FastifyInstance, { method, path, body, as }: Shot, at: ReadonlyMap<Caller, Seat>) {
  const page = !/^\/(api|metrics|healthz|readyz)\b/.test(path);
  const seat = at.get(as);
  const bearer = as === 'nobody' ? {} : { authorization: `Bearer ${secretOf(as)}` };
  const form = page && method === 'POST' && path !== '/logout';
  const answer = await app.inject({
    method,
    url: path,
    remoteAddress: nextAddress(),
    headers: {
      ...(page ? { cookie: seat?.cookie ?? '' } : bearer),
      ...(body === undefined
        ? {}
        : { 'content-type': form ? 'application/x-www-form-urlencoded' : 'application/json' }),
    },
    ...(body === undefined
      ? {}
      : { payload: form ? formText(body, seat?.csrf ?? '') : JSON.stringify(body) }),
  });
  return {
    status: answer.statusCode,
    type: String(answer.headers['content-type'] ?? ''),
    body: answer.body,
    headers: JSON.stringify(answer.headers),
  };
}

function formText(body: unknown, csrf: string): string {
  const fields = typeof body === 'object' && body !== null ? Object.entries(body) : [];
  const pairs = fields
    .filter(([name]) => name !== '_csrf')
    .flatMap(([name, value]) =>
      (Array.isArray(value) ? value : [value]).map((one): [string, string] => [
        name,
        typeof one === 'string' ? one : (JSON.stringify(one) ?? ''),
      ]),
    );
  return new URLSearchParams([['_csrf', csrf], ...pairs]).toString();
}

test('whatever is sent to any route, the answer is 2xx, 3xx or 4xx and gives nothing away', async () => {
  const { app, changes, known } = fuzzed();
  const routes = (await routesOf(changes)).filter(({ url }) => url !== '/logout');
  const at = await seats(app);
  const secrets = [...CALLERS.map(secretOf), SESSION_SECRET, ...TOKENS.map((token) => token.hash)];
  const reached = new Map<string, Set<number>>();
  await fc.assert(
    fc.asyncProperty(shots(routes, known), async (shot) => {
      const answer = await fire(app, shot, at);
      const route = `${shot.method} ${shot.path.split('?', 1)[0]?.split('/').slice(0, 4).join('/')}`;
      reached.set(route, (reached.get(route) ?? new Set()).add(answer.status));
      // What a caller sends may come back to the same caller as text.
      const told = secrets.filter((secret) => !JSON.stringify([shot.path, shot.body]).includes(secret));
      expect(fault(answer, told)).toBeNull();
      if (answer.status >= 400 && shot.path.startsWith('/api/'))
        expect(answer.type).toContain('problem+json');
    }),
    runs(2_500),
  );
  // Not everything was refused: the requests reach what stands behind the schemas.
  const statuses = new Set([...reached.values()].flatMap((some) => [...some]));
  for (const status of [200, 202, 303, 400, 401, 403, 404]) expect(statuses).toContain(status);
}, 300_000);

test('whatever somebody without the right sends, nothing is started, decided, paused or logged in', async () => {
  const { app, changes, known, daemon } = fuzzed();
  const routes = (await routesOf(changes)).filter(
    ({ method, url }) => method === 'POST' && url !== '/logout',
  );
  const at = await seats(app);
  const weak = shots(routes, known).map(
    (shot): Shot => ({
      ...shot,
      as: shot.as === 'operator' || shot.as === 'approver' ? 'viewer' : shot.as,
    }),
  );
  const before = daemon.sessions.size;
  await fc.assert(
    fc.asyncProperty(weak, async (shot) => {
      if (shot.path.startsWith('/login')) return;
      const { status } = await fire(app, shot, at);
      expect(status).not.toBe(200);
      expect(status).not.toBe(202);
    }),
    runs(400),
  );
  expect([daemon.triggers, daemon.approved, daemon.rejected, daemon.paused]).toEqual([[], [], [], null]);
  expect(daemon.sessions.size).toBe(before);
}, 300_000);

test('a form of one session with the token of another does nothing, whatever else it has', async () => {
  const { app, changes, known, daemon } = fuzzed();
  const routes = (await routesOf(changes)).filter(
    ({ method, url }) => method === 'POST' && !/^\/(api|login|hooks)/.test(url),
  );
  const at = await seats(app);
  const [mine, other] = [at.get('approver'), at.get('operator')];
  const crossed = new Map([['approver' as Caller, { cookie: mine?.cookie ?? '', csrf: other?.csrf ?? '' }]]);
  await fc.assert(
    fc.asyncProperty(shots(routes, known), async (shot) => {
      const { status } = await fire(app, { ...shot, as: 'approver' }, crossed);
      expect([400, 401, 403, 404, 413, 414]).toContain(status);
    }),
    runs(150),
  );
  expect([daemon.triggers, daemon.approved, daemon.rejected, daemon.paused]).toEqual([[], [], [], null]);
}, 300_000);
