/** A Devin enterprise over loopback HTTP, strict to the published contract. */
import { createHash } from 'node:crypto';
import { z } from 'zod';
import { type DevinContext, type RefusalCodes, USUAL_CODES } from './devin/context.ts';
import { ENTERPRISE, type FakePrincipal, type FakeRole } from './devin/model.ts';
import { queryOf, refuseBody } from './devin/parse.ts';
import { Problem, problemAnswer, v2ProblemAnswer } from './devin/problem.ts';
import { RateWindow } from './devin/rate-window.ts';
import {
  DEVIN_ROUTES,
  type DevinRoute,
  ORG_ROUTES,
  PERMISSIONS,
  type Permission,
  V2_ROUTES,
} from './devin/routes.ts';
import { FakeDevinState } from './devin/state.ts';
import { Faults } from './faults.ts';
import type { Answer, Exchange } from './http/exchange.ts';
import { findRoute } from './http/routes.ts';
import { serve } from './http/serve.ts';
import type { LoggedRequest } from './request-log.ts';

export interface FakeDevinOptions {
  /** Names. */
  orgs?: readonly string[];
  customRoles?: readonly { name: string; scope: FakeRole['scope']; id?: string }[];
  /** Permissions of the key; all that membership needs when absent. */
  permissions?: readonly Permission[];
  rate?: { perSecond: number };
  /** Status of refusals whose real code is unknown. */
  codes?: Partial<RefusalCodes>;
  /** Whose key it is; `pat_user` is a person's. */
  principalType?: FakePrincipal['type'];
  /** Lists a user with direct roles in `idp-users` too; the documentation says that it does not. */
  directInIdpUsers?: boolean;
  /** E-mail of an administrator whose personal key opens the v2 API; they become a user with that role. */
  keyOwner?: string;
  /** Name of the organization whose own service user `orgKey` belongs to. */
  keyOrg?: string;
  port?: number;
  now?: () => number;
}

export interface FakeDevin {
  readonly url: string;
  readonly key: string;
  /** Opens v2 where there is a `keyOwner`. */
  readonly personalKey: string;
  /** Opens one organization where there is a `keyOrg`. */
  readonly orgKey: string;
  readonly principalId: string;
  readonly state: FakeDevinState;
  readonly requests: LoggedRequest[];
  readonly faults: Faults;
  /** From now on only this key of the same service user is accepted. */
  rotateKey(key: string): void;
  close(): Promise<void>;
}

const KEYS = {
  key: 'cog_sandbox_key',
  personalKey: 'apk_user_sandbox_key',
  orgKey: 'cog_sandbox_org_key',
} as const;

interface Door {
  key: string;
  readonly personalKey: string;
  readonly orgKey: string;
  readonly keyOrg: string | null;
  readonly permissions: ReadonlySet<Permission>;
  readonly rate: RateWindow | null;
}

export async function startFakeDevin(options: FakeDevinOptions = {}): Promise<FakeDevin> {
  const now = options.now ?? Date.now;
  const state = new FakeDevinState(now);
  for (const role of options.customRoles ?? []) state.addRole(role);
  for (const name of options.orgs ?? []) state.addOrg(name);
  const id = `service-user-${createHash('sha256').update('devin-idp-sync').digest('hex').slice(0, 24)}`;
  const context: DevinContext = {
    state,
    principal: { type: options.principalType ?? 'service_user', id, name: 'devin-idp-sync' },
    codes: { ...USUAL_CODES, ...options.codes },
    directInIdpUsers: options.directInIdpUsers ?? false,
    owner: options.keyOwner ?? null,
    beta: false,
    keyOrg: null,
  };
  if (options.keyOwner !== undefined) state.addUser({ email: options.keyOwner, role: 'account_admin' });
  const keyOrg = options.keyOrg === undefined ? null : state.org(options.keyOrg).id;
  const door: Door = {
    ...KEYS,
    keyOrg,
    permissions: granted(options.permissions ?? PERMISSIONS),
    rate: options.rate === undefined ? null : new RateWindow(options.rate.perSecond, now),
  };
  const requests: LoggedRequest[] = [];
  const faults = new Faults();
  const { url, close } = await serve({
    port: options.port,
    faults,
    requests,
    now,
    handle: (exchange) => handle(context, door, exchange),
    failure: (status, detail) => problemAnswer(new Problem(status, detail), null),
  });
  const rotateKey = (key: string) => {
    door.key = key;
  };
  return { url, ...KEYS, principalId: id, state, requests, faults, rotateKey, close };
}

/** Who may manage may also look. */
function granted(permissions: readonly Permission[]): ReadonlySet<Permission> {
  const all = new Set(permissions);
  if (all.has('ManageAccountMembership')) all.add('ViewAccountMembership');
  return all;
}

const NoQuery = z.strictObject({});
const LISTS =
  /\/(users|idp-users|idp-groups|organizations|roles|audit-logs|connections|permissions|cycles|sessions|members|groups)$|\/daily\/users\/\{user_id\}$/;

function handle(shared: DevinContext, door: Door, sent: Exchange): Answer {
  const isOlder = sent.pathname.startsWith('/v2/');
  try {
    const exchange = moved(sent);
    const { route, params, keyOrg } = admit(door, shared, exchange);
    const context = { ...shared, beta: exchange !== sent, keyOrg };
    if (exchange.method === 'GET' || exchange.method === 'DELETE') refuseBody(exchange);
    if (!(exchange.method === 'GET' && LISTS.test(route.path))) queryOf(exchange, NoQuery);
    return route.handle(context, params, exchange);
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    return isOlder ? v2ProblemAnswer(error) : problemAnswer(error, sent.pathname);
  }
}

/** The enterprise under /v3beta1 is the one under /v3, but for what it did not know yet. */
function moved(exchange: Exchange): Exchange {
  const { pathname } = exchange;
  if (pathname === '/v3beta1/enterprise/self') return { ...exchange, pathname: '/v3/self' };
  if (!pathname.startsWith('/v3beta1/enterprise/')) return exchange;
  return { ...exchange, pathname: pathname.replace('/v3beta1', '/v3') };
}

interface Admitted {
  readonly route: DevinRoute;
  readonly params: Readonly<Record<string, string>>;
  readonly keyOrg: string | null;
}

function admit(door: Door, context: DevinContext, exchange: Exchange): Admitted {
  const waitMs = door.rate?.ask() ?? 0;
  if (waitMs > 0) {
    const headers = { 'retry-after': String(Math.ceil(waitMs / 1000)) };
    throw new Problem(429, 'Rate limit exceeded.', { headers });
  }
  const { routes, keyOrg } = opened(door, context, exchange);
  const routed = findRoute(routes, exchange.method, exchange.pathname);
  if (routed.kind === 'none') throw new Problem(404, `No such path: ${exchange.pathname}`);
  if (routed.kind === 'wrong-method') {
    const headers = { allow: routed.allow.join(', ') };
    throw new Problem(405, `${exchange.method} is not allowed here.`, { headers });
  }
  const { permission } = routed.route;
  const isOwn = keyOrg === null || (routed.params.org_id ?? keyOrg) === keyOrg;
  if (!isOwn || (permission !== null && !door.permissions.has(permission))) {
    throw new Problem(403, `This key lacks the permission ${permission ?? 'for another organization'}.`);
  }
  return { ...routed, keyOrg };
}

/** Each key opens its own part of the API. @throws Problem 401 for a key that nobody has, 403 at the wrong part. */
function opened(
  door: Door,
  context: DevinContext,
  exchange: Exchange,
): { routes: readonly DevinRoute[]; keyOrg: string | null } {
  const { authorization } = exchange.headers;
  const isOlder = exchange.pathname.startsWith('/v2/');
  if (authorization === `Bearer ${door.key}`) {
    if (isOlder) throw new Problem(403, 'The v2 API needs the personal key of an administrator.');
    return { routes: DEVIN_ROUTES, keyOrg: null };
  }
  if (context.owner !== null && authorization === `Bearer ${door.personalKey}`) {
    if (!isOlder) throw new Problem(403, 'A personal key opens the v2 API only.');
    const owner = context.state.usersByEmail(context.owner)[0];
    if (owner?.direct.get(ENTERPRISE) !== 'account_admin')
      throw new Problem(403, 'The owner of this key is no administrator of the enterprise.');
    return { routes: V2_ROUTES, keyOrg: null };
  }
  if (door.keyOrg !== null && authorization === `Bearer ${door.orgKey}`) {
    const isOwn = /^\/(v3\/self|v3\w*\/organizations\/)/.test(exchange.pathname);
    if (!isOwn) throw new Problem(403, 'This key belongs to one organization.');
    return { routes: ORG_ROUTES, keyOrg: door.keyOrg };
  }
  throw new Problem(401, 'The key is missing, wrong, expired or revoked.', {
    headers: { 'www-authenticate': 'Bearer' },
  });
}
