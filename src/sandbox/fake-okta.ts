/** An Okta org over loopback HTTP, strict to what Okta documents. */
import { randomUUID } from 'node:crypto';
import { type CompanyDirectory, directoryOf } from './company/directory.ts';
import type { Company } from './company/model.ts';
import { Faults } from './faults.ts';
import { type Answer, type Exchange, Refusal } from './http/exchange.ts';
import { findRoute } from './http/routes.ts';
import { serve } from './http/serve.ts';
import type { OktaApp, OktaContext } from './okta/context.ts';
import { oktaFailure, oktaRefusal } from './okta/errors.ts';
import type { Overrides } from './okta/objects.ts';
import { OktaRate } from './okta/rate.ts';
import { OKTA_ROUTES } from './okta/routes.ts';
import { OktaTokens, sandboxKey } from './okta/token.ts';
import type { LoggedRequest } from './request-log.ts';

export interface FakeOktaOptions {
  company: Company | CompanyDirectory;
  port?: number;
  /** Most items on a page, whatever is asked for; 200 when absent. */
  pageSize?: number;
  /** For each class of endpoint; more than any client asks for when absent. */
  rateLimitPerMinute?: number;
  /** Scopes that the service app was granted; reading everything when absent. */
  scopes?: readonly string[];
  /** The service app must prove possession of its key (DPoP). */
  dpop?: boolean;
  /** Applications and who is assigned to them, by id; asked for at each request, so it may change. */
  apps?: ReadonlyMap<string, OktaApp>;
  /** Properties to answer with instead, by id of a user or a group. */
  overrides?: Overrides;
  now?: () => number;
}

export interface FakeOkta {
  readonly url: string;
  /** An API token, for `Authorization: SSWS …`. */
  readonly token: string;
  readonly orgId: string;
  readonly clientId: string;
  /** The service app's RSA key, PKCS #8. */
  readonly privateKeyPem: string;
  readonly company: CompanyDirectory;
  readonly requests: LoggedRequest[];
  readonly faults: Faults;
  /** DPoP proofs that were accepted. */
  readonly proofs: number;
  /** Access tokens issued so far stop working. */
  revokeTokens(): void;
  close(): Promise<void>;
}

const TOKEN = '00sandbox-okta-token';
const CLIENT_ID = '0oasandboxclient00000';
const ORG_ID = '00osandbox0000000000';
const SCOPES = ['okta.users.read', 'okta.groups.read', 'okta.apps.read', 'okta.logs.read', 'okta.orgs.read'];
const DEFAULT_PER_MINUTE = 1_000_000;
const DEFAULT_PAGE = 200;

interface Org {
  readonly context: OktaContext;
  readonly tokens: OktaTokens;
  readonly rate: OktaRate;
  readonly now: () => number;
}

export async function startFakeOkta(options: FakeOktaOptions): Promise<FakeOkta> {
  const now = options.now ?? Date.now;
  const key = sandboxKey();
  const client = {
    clientId: CLIENT_ID,
    publicKey: key.publicKey,
    granted: options.scopes ?? SCOPES,
    dpop: options.dpop ?? false,
  };
  const tokens = new OktaTokens(client, now);
  const rate = new OktaRate(options.rateLimitPerMinute ?? DEFAULT_PER_MINUTE, now);
  const company = directoryOf(options.company);
  const requests: LoggedRequest[] = [];
  const faults = new Faults();
  let org: Org | undefined;
  const served = await serve({
    port: options.port,
    faults,
    requests,
    now,
    handle: (exchange) => handle(org as Org, exchange),
    failure: oktaFailure,
  });
  const { url } = served;
  const overrides = options.overrides ?? new Map();
  const pageSize = options.pageSize ?? DEFAULT_PAGE;
  const apps = options.apps ?? new Map();
  org = { context: { url, company, overrides, apps, orgId: ORG_ID, pageSize }, tokens, rate, now };
  return {
    url,
    token: TOKEN,
    orgId: ORG_ID,
    clientId: CLIENT_ID,
    privateKeyPem: key.pem,
    company,
    requests,
    faults,
    get proofs() {
      return tokens.proofs.accepted;
    },
    revokeTokens: () => tokens.revoke(),
    close: served.close,
  };
}

function handle(org: Org, exchange: Exchange): Answer {
  const headers: Record<string, string> = {
    'x-okta-request-id': randomUUID(),
    date: new Date(org.now()).toUTCString(),
  };
  try {
    Object.assign(headers, org.rate.take(exchange.pathname));
    const answer = routed(org, exchange);
    return { ...answer, headers: { ...answer.headers, ...headers } };
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    const { answer } = error;
    throw new Refusal({ ...answer, headers: { ...headers, ...answer.headers } });
  }
}

function routed({ context, tokens }: Org, exchange: Exchange): Answer {
  if (exchange.pathname === '/oauth2/v1/token' && exchange.method === 'POST') {
    return tokens.issue(exchange, `${context.url}/oauth2/v1/token`);
  }
  const found = findRoute(OKTA_ROUTES, exchange.method, exchange.pathname);
  if (found.kind === 'found' && found.route.scope === null) {
    return found.route.handle(context, found.params, exchange);
  }
  const scopes = identify(tokens, exchange, context.url);
  if (found.kind === 'none') throw oktaRefusal('notFound', exchange.pathname);
  if (found.kind === 'wrong-method') throw oktaRefusal('method');
  const { scope, handle: answer } = found.route;
  if (scopes !== 'all' && scope !== null && !scopes.has(scope)) {
    throw oktaRefusal('denied', null, {
      'www-authenticate': `Bearer error="insufficient_scope", scope="${scope}"`,
    });
  }
  return answer(context, found.params, exchange);
}

/** An API token may do what its creator may; an access token only what its scopes say. */
function identify(tokens: OktaTokens, exchange: Exchange, origin: string): ReadonlySet<string> | 'all' {
  if (exchange.headers.authorization === `SSWS ${TOKEN}`) return 'all';
  const scopes = tokens.scopes(exchange, origin);
  if (scopes === null) throw oktaRefusal('badToken');
  return scopes;
}
