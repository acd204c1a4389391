/** A Devin enterprise over loopback HTTP, strict to the published contract. */
import { createHash } from 'node:crypto';
import { z } from 'zod';
import { type DevinContext, type RefusalCodes, USUAL_CODES } from './devin/context.ts';
import type { FakePrincipal, FakeRole } from './devin/model.ts';
import { queryOf, refuseBody } from './devin/parse.ts';
import { Problem, problemAnswer } from './devin/problem.ts';
import { RateWindow } from './devin/rate-window.ts';
import { DEVIN_ROUTES, type DevinRoute, PERMISSIONS, type Permission } from './devin/routes.ts';
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
  port?: number;
  now?: () => number;
}

export interface FakeDevin {
  readonly url: string;
  readonly key: string;
  readonly principalId: string;
  readonly state: FakeDevinState;
  readonly requests: LoggedRequest[];
  readonly faults: Faults;
  /** From now on only this key of the same service user is accepted. */
  rotateKey(key: string): void;
  close(): Promise<void>;
}

interface Door {
  key: string;
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
  };
  const door: Door = {
    key: 'cog_sandbox_key',
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
  return { url, key: door.key, principalId: id, state, requests, faults, rotateKey, close };
}

/** Who may manage may also look. */
function granted(permissions: readonly Permission[]): ReadonlySet<Permission> {
  const all = new Set(permissions);
  if (all.has('ManageAccountMembership')) all.add('ViewAccountMembership');
  return all;
}

const NoQuery = z.strictObject({});
const LISTS = /\/(users|idp-users|idp-groups|organizations|roles|audit-logs)$/;

function handle(context: DevinContext, door: Door, exchange: Exchange): Answer {
  try {
    const { route, params } = admit(door, exchange);
    if (exchange.method === 'GET' || exchange.method === 'DELETE') refuseBody(exchange);
    if (!(exchange.method === 'GET' && LISTS.test(route.path))) queryOf(exchange, NoQuery);
    return route.handle(context, params, exchange);
  } catch (error) {
    if (error instanceof Problem) return problemAnswer(error, exchange.pathname);
    throw error;
  }
}

interface Admitted {
  readonly route: DevinRoute;
  readonly params: Readonly<Record<string, string>>;
}

function admit(door: Door, exchange: Exchange): Admitted {
  const waitMs = door.rate?.ask() ?? 0;
  if (waitMs > 0) {
    const headers = { 'retry-after': String(Math.ceil(waitMs / 1000)) };
    throw new Problem(429, 'Rate limit exceeded.', { headers });
  }
  if (exchange.headers.authorization !== `Bearer ${door.key}`) {
    throw new Problem(401, 'The key is missing, wrong, expired or revoked.', {
      headers: { 'www-authenticate': 'Bearer' },
    });
  }
  const routed = findRoute(DEVIN_ROUTES, exchange.method, exchange.pathname);
  if (routed.kind === 'none') throw new Problem(404, `No such path: ${exchange.pathname}`);
  if (routed.kind === 'wrong-method') {
    const headers = { allow: routed.allow.join(', ') };
    throw new Problem(405, `${exchange.method} is not allowed here.`, { headers });
  }
  const { permission } = routed.route;
  if (permission !== null && !door.permissions.has(permission)) {
    throw new Problem(403, `This key lacks the permission ${permission}.`);
  }
  return routed;
}
