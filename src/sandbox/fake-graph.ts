/** An Entra tenant over loopback HTTP: the token endpoint and the part of Graph that a reader needs. */
import { createHash, randomUUID } from 'node:crypto';
import { type CompanyDirectory, directoryOf } from './company/directory.ts';
import type { Company } from './company/model.ts';
import { Faults } from './faults.ts';
import { batchAnswer } from './graph/batch.ts';
import { RecycleBin } from './graph/bin.ts';
import { type DeltaOptions, GraphDelta } from './graph/delta.ts';
import { graphFailure, graphRefusal } from './graph/errors.ts';
import type { Overrides } from './graph/objects.ts';
import { GRAPH_ROUTES, type GraphContext } from './graph/routes.ts';
import type { Subscription } from './graph/subscriptions.ts';
import { GraphTokens } from './graph/token.ts';
import type { Answer, Exchange } from './http/exchange.ts';
import { findRoute } from './http/routes.ts';
import { serve } from './http/serve.ts';
import type { LoggedRequest } from './request-log.ts';

export interface FakeGraphOptions {
  company: Company | CompanyDirectory;
  port?: number;
  /** Most items on a page, whatever is asked for; 999 when absent. */
  pageSize?: number;
  /** Application permissions; reading users, group members and the organization when absent. */
  permissions?: readonly string[];
  /** Properties to answer with instead, by id of a user or a group. */
  overrides?: Overrides;
  delta?: DeltaOptions;
  /** Ids of users and groups by the application (appId) that they are assigned to; may change at any time. */
  assignments?: ReadonlyMap<string, ReadonlySet<string>>;
  /** PEM of the certificate that is registered with the app; its private key may stand beside it. */
  certificate?: string;
  /** The one token of another platform that the app trusts at this moment. */
  federatedToken?: () => string;
  /** Share of the throttling limit in use, told from 0.8 on. */
  load?: () => number;
  now?: () => number;
}

export interface FakeGraph {
  /** Serves `/v1.0/…`. */
  readonly url: string;
  /** Serves `/{tenant}/oauth2/v2.0/token`; the same server. */
  readonly authorityUrl: string;
  readonly tenantId: string;
  readonly clientId: string;
  readonly clientSecret: string;
  readonly company: CompanyDirectory;
  readonly requests: LoggedRequest[];
  /** The items of batches, which are no HTTP requests. Faults with `status` or `replace` meet them too. */
  readonly batched: LoggedRequest[];
  readonly faults: Faults;
  /** Of changes, with the state that Graph itself never tells. */
  readonly subscriptions: Subscription[];
  /** Access tokens issued so far stop working. */
  revokeTokens(): void;
  /** Links to later changes that were given so far are unknown from now on. */
  expireDeltaLinks(): void;
  /** Deletes a user who can be restored; `company.deletePerson` deletes for ever. */
  softDelete(key: string): string;
  /** Back with the same id and memberships. */
  restore(id: string): void;
  close(): Promise<void>;
}

const PERMISSIONS = ['User.Read.All', 'GroupMember.Read.All', 'Organization.Read.All'];
const DEFAULT_PAGE = 999;

interface Tenant {
  readonly context: GraphContext;
  readonly tokens: GraphTokens;
  readonly permissions: ReadonlySet<string>;
  readonly faults: Faults;
  readonly batched: LoggedRequest[];
  readonly now: () => number;
  readonly load: () => number;
}

export async function startFakeGraph(options: FakeGraphOptions): Promise<FakeGraph> {
  const now = options.now ?? Date.now;
  const app = { tenantId: guid('tenant'), clientId: guid('client'), clientSecret: 'sandbox~graph~secret' };
  const permissions = new Set(options.permissions ?? PERMISSIONS);
  const { certificate, federatedToken } = options;
  const tokens = new GraphTokens({ ...app, certificate, federatedToken, permissions: [...permissions] }, now);
  const company = directoryOf(options.company);
  const bin = new RecycleBin(company);
  const requests: LoggedRequest[] = [];
  const batched: LoggedRequest[] = [];
  const faults = new Faults();
  let tenant: Tenant | undefined;
  const served = await serve({
    port: options.port,
    faults,
    requests,
    now,
    handle: (exchange) => handle(tenant as Tenant, exchange),
    failure: graphFailure,
  });
  const { url, close } = served;
  const context = contextOf(options, { url, company, bin, tenantId: app.tenantId, permissions });
  tenant = { context, tokens, permissions, faults, batched, now, load: options.load ?? (() => 0) };
  return {
    url,
    authorityUrl: url,
    ...app,
    company,
    requests,
    batched,
    faults,
    revokeTokens: () => tokens.revoke(),
    subscriptions: context.subscriptions,
    expireDeltaLinks: () => context.delta.expire(),
    softDelete: (key) => bin.softDelete(key),
    restore: (id) => bin.restore(id),
    close,
  };
}

interface ContextParts extends Pick<GraphContext, 'url' | 'company' | 'bin' | 'tenantId'> {
  readonly permissions: ReadonlySet<string>;
}

function contextOf(options: FakeGraphOptions, parts: ContextParts): GraphContext {
  const { permissions, ...rest } = parts;
  const directory = { url: rest.url, company: rest.company, overrides: options.overrides ?? new Map() };
  return {
    ...rest,
    ...directory,
    pageSize: options.pageSize ?? DEFAULT_PAGE,
    delta: new GraphDelta(directory, options.delta ?? {}, rest.bin),
    assignments: options.assignments ?? new Map(),
    subscriptions: [],
    seesHidden: permissions.has('Member.Read.Hidden'),
  };
}

function guid(name: string): string {
  const hex = createHash('sha256').update(`sandbox ${name}`).digest('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}

const TOKEN = /^\/([^/]+)\/oauth2\/v2\.0\/token$/;
const DISCOVERY = /^\/([^/]+)\/v2\.0\/\.well-known\/openid-configuration$/;

function handle(tenant: Tenant, exchange: Exchange): Answer {
  const { pathname, method } = exchange;
  const token = TOKEN.exec(pathname);
  if (token !== null && method === 'POST') return tenant.tokens.issue(exchange, token[1] as string);
  const discovery = DISCOVERY.exec(pathname);
  if (discovery !== null) {
    // Entra states https and client libraries refuse anything else; whoever gets here by http rewrites it anyway.
    return tenant.tokens.discovery(discovery[1] as string, tenant.context.url.replace(/^http:/, 'https:'));
  }
  const answer = graph(tenant, exchange);
  const load = tenant.load();
  const near = load >= 0.8 ? { 'x-ms-throttle-limit-percentage': String(load) } : {};
  const headers = { 'request-id': randomUUID(), 'odata-version': '4.0', ...near, ...answer.headers };
  return { ...answer, headers };
}

function graph(tenant: Tenant, exchange: Exchange): Answer {
  if (!tenant.tokens.accepts(exchange.headers.authorization)) {
    throw graphRefusal(
      401,
      'InvalidAuthenticationToken',
      'Access token is empty, has expired or is not valid.',
    );
  }
  if (exchange.pathname === '/v1.0/$batch' && exchange.method === 'POST') {
    const { faults, batched, now } = tenant;
    return batchAnswer(exchange, { faults, batched, now, handle: (item) => routed(tenant, item) });
  }
  return routed(tenant, exchange);
}

function routed({ context, permissions }: Tenant, exchange: Exchange): Answer {
  const found = findRoute(GRAPH_ROUTES, exchange.method, exchange.pathname);
  if (found.kind === 'none') {
    const segment = exchange.pathname.split('/').at(-1);
    throw graphRefusal(400, 'BadRequest', `Resource not found for the segment '${segment}'.`);
  }
  if (found.kind === 'wrong-method') {
    throw graphRefusal(
      405,
      'Request_BadRequest',
      'Specified HTTP method is not allowed for the request target.',
    );
  }
  if (!found.route.permissions.some((permission) => permissions.has(permission))) {
    throw graphRefusal(
      403,
      'Authorization_RequestDenied',
      'Insufficient privileges to complete the operation.',
    );
  }
  return found.route.handle(context, found.params, exchange);
}
