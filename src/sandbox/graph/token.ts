/** Entra's token endpoint: client credentials with a secret, a certificate or a token of another platform. */
import { randomUUID } from 'node:crypto';
import { type Answer, type Exchange, jsonAnswer } from '../http/exchange.ts';
import { type AppRegistration, checkAssertion } from './assertion.ts';
import { tokenRefusal } from './errors.ts';

const LIFETIME_SECONDS = 3599;

export class GraphTokens {
  readonly #app: AppRegistration;
  readonly #now: () => number;
  readonly #issued = new Map<string, number>();

  constructor(app: AppRegistration, now: () => number) {
    this.#app = app;
    this.#now = now;
  }

  accepts(authorization: string | undefined): boolean {
    if (authorization?.startsWith('Bearer ') !== true) return false;
    return (this.#issued.get(authorization.slice(7)) ?? 0) > this.#now();
  }

  /** Every token issued so far stops working. */
  revoke(): void {
    this.#issued.clear();
  }

  /** @throws Refusal with an OAuth error and its AADSTS code */
  issue(exchange: Exchange, tenant: string): Answer {
    const form = new URLSearchParams(exchange.text);
    this.#checkTenant(tenant);
    const grant = form.get('grant_type');
    if (grant !== 'client_credentials') {
      throw tokenRefusal(400, 'unsupported_grant_type', 70003, `The grant type '${grant}' is not supported.`);
    }
    const clientId = form.get('client_id');
    if (clientId !== this.#app.clientId) {
      const text = `Application with identifier '${clientId}' was not found in the directory '${tenant}'.`;
      throw tokenRefusal(400, 'unauthorized_client', 700016, text);
    }
    if (form.has('client_assertion')) checkAssertion(form, this.#app, this.#now());
    else if (form.get('client_secret') !== this.#app.clientSecret)
      throw tokenRefusal(401, 'invalid_client', 7000215, 'Invalid client secret provided.');
    // A client may ask for more scopes of its own library's making (openid, offline_access); one must be the API.
    const scope = form.get('scope') ?? '';
    if (!scope.split(' ').some((part) => part.endsWith('/.default'))) {
      const text = `The provided value for scope ${scope} is not valid: client credentials need <resource>/.default.`;
      throw tokenRefusal(400, 'invalid_scope', 1002012, text);
    }
    const token = this.#token();
    this.#issued.set(token, this.#now() + LIFETIME_SECONDS * 1000);
    const lifetime = { expires_in: LIFETIME_SECONDS, ext_expires_in: LIFETIME_SECONDS };
    return jsonAnswer(200, { token_type: 'Bearer', ...lifetime, access_token: token });
  }

  /** Shaped as Entra's are, though nobody is promised that: a reader finds its permissions there. */
  #token(): string {
    const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
    const claims = { tid: this.#app.tenantId, roles: this.#app.permissions ?? [], uti: randomUUID() };
    return `${part({ typ: 'JWT', alg: 'none' })}.${part(claims)}.sandbox`;
  }

  /** What client libraries read before they ask for a token. */
  discovery(tenant: string, origin: string): Answer {
    this.#checkTenant(tenant);
    const base = `${origin}/${tenant}`;
    return jsonAnswer(200, {
      token_endpoint: `${base}/oauth2/v2.0/token`,
      token_endpoint_auth_methods_supported: ['client_secret_post'],
      jwks_uri: `${base}/discovery/v2.0/keys`,
      issuer: `${base}/v2.0`,
      authorization_endpoint: `${base}/oauth2/v2.0/authorize`,
      end_session_endpoint: `${base}/oauth2/v2.0/logout`,
      response_types_supported: ['code'],
      subject_types_supported: ['pairwise'],
      id_token_signing_alg_values_supported: ['RS256'],
      scopes_supported: ['openid'],
      tenant_region_scope: 'EU',
      cloud_instance_name: 'example.com',
    });
  }

  #checkTenant(tenant: string): void {
    if (tenant !== this.#app.tenantId) {
      throw tokenRefusal(400, 'invalid_request', 90002, `Tenant '${tenant}' not found.`);
    }
  }
}
