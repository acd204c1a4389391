/** The org's token endpoint for API service apps: client credentials with a signed assertion (`private_key_jwt`). */
import { createPublicKey, generateKeyPairSync, type KeyObject, randomUUID, verify } from 'node:crypto';
import { type Answer, type Exchange, jsonAnswer, Refusal } from '../http/exchange.ts';
import { DpopProofs } from './dpop.ts';

const ASSERTION_TYPE = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';
const LIFETIME_SECONDS = 3600;
/** Okta refuses assertions that are valid for longer than an hour. */
const MAX_ASSERTION_SECONDS = 3600;

let pair: { pem: string; publicKey: KeyObject } | undefined;

/** One key pair a process: making one takes longer than most tests. */
export function sandboxKey(): { readonly pem: string; readonly publicKey: KeyObject } {
  if (pair === undefined) {
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }) as string;
    pair = { pem, publicKey: createPublicKey(privateKey) };
  }
  return pair;
}

export interface TokenClient {
  readonly clientId: string;
  readonly publicKey: KeyObject;
  /** Scopes that an administrator has granted to the app. */
  readonly granted: readonly string[];
  /** "Require DPoP": a token is sold only for a proof with a nonce, and is bound to the proof's key. */
  readonly dpop: boolean;
}

interface Issued {
  readonly scopes: ReadonlySet<string>;
  readonly endsAt: number;
  /** Thumbprint of the key that it is bound to; null: whoever bears it may use it. */
  readonly boundTo: string | null;
}

export class OktaTokens {
  readonly #client: TokenClient;
  readonly #now: () => number;
  readonly proofs = new DpopProofs();
  readonly #issued = new Map<string, Issued>();
  readonly #assertions = new Set<string>();

  constructor(client: TokenClient, now: () => number) {
    this.#client = client;
    this.#now = now;
  }

  /** Scopes of the token that the call bears, or proves to own; null: none that was issued here and lasts. */
  scopes(exchange: Exchange, origin: string): ReadonlySet<string> | null {
    const [scheme, token = ''] = (exchange.headers.authorization ?? '').split(' ');
    const issued = this.#issued.get(token);
    if (issued === undefined || issued.endsAt <= this.#now()) return null;
    if (issued.boundTo === null) return scheme === 'Bearer' ? issued.scopes : null;
    if (scheme !== 'DPoP') return null;
    const wanted = { url: `${origin}${exchange.pathname}`, now: this.#now(), token };
    const proof = this.proofs.check(exchange, wanted, false);
    return proof.kind === 'good' && proof.thumbprint === issued.boundTo ? issued.scopes : null;
  }

  /** Every token issued so far stops working. */
  revoke(): void {
    this.#issued.clear();
  }

  /** @throws Refusal with an OAuth error */
  issue(exchange: Exchange, endpoint: string): Answer {
    if (!/^application\/x-www-form-urlencoded\b/i.test(exchange.headers['content-type'] ?? '')) {
      throw oauthRefusal(400, 'invalid_request', 'The request body must be form encoded.');
    }
    const form = new URLSearchParams(exchange.text);
    if (form.get('grant_type') !== 'client_credentials') {
      throw oauthRefusal(400, 'unsupported_grant_type', 'Only client_credentials is supported.');
    }
    if (form.get('client_assertion_type') !== ASSERTION_TYPE) {
      throw oauthRefusal(401, 'invalid_client', 'client_assertion_type is missing or wrong.');
    }
    this.#checkAssertion(form.get('client_assertion') ?? '', endpoint);
    const scopes = (form.get('scope') ?? '').split(' ').filter((scope) => scope !== '');
    const refused = scopes.filter((scope) => !this.#client.granted.includes(scope));
    if (scopes.length === 0 || refused.length > 0) {
      const what = scopes.length === 0 ? 'no scope was asked for' : refused.join(' ');
      throw oauthRefusal(400, 'invalid_scope', `Scopes not granted to the client application: ${what}.`);
    }
    const boundTo = this.#client.dpop ? this.#proven(exchange, endpoint) : null;
    const token = `sandbox.${randomUUID()}`;
    const endsAt = this.#now() + LIFETIME_SECONDS * 1000;
    this.#issued.set(token, { scopes: new Set(scopes), endsAt, boundTo });
    return jsonAnswer(200, {
      token_type: boundTo === null ? 'Bearer' : 'DPoP',
      expires_in: LIFETIME_SECONDS,
      access_token: token,
      scope: scopes.join(' '),
    });
  }

  #proven(exchange: Exchange, endpoint: string): string {
    const wanted = { url: endpoint, now: this.#now(), token: null };
    const proof = this.proofs.check(exchange, wanted, true);
    if (proof.kind === 'good') return proof.thumbprint;
    if (proof.kind === 'bad') throw oauthRefusal(400, 'invalid_dpop_proof', `The DPoP proof: ${proof.why}.`);
    const words = 'Authorization server requires nonce in DPoP proof.';
    throw oauthRefusal(400, 'use_dpop_nonce', words, { 'dpop-nonce': proof.nonce });
  }

  #checkAssertion(assertion: string, endpoint: string): void {
    const [head, payload, signature] = assertion.split('.');
    const header = decodePart(head);
    const claims = decodePart(payload);
    if (header?.alg !== 'RS256') throw badClient('The assertion must be signed with RS256.');
    const signed = Buffer.from(`${head}.${payload}`);
    if (!verify('RSA-SHA256', signed, this.#client.publicKey, Buffer.from(signature ?? '', 'base64url'))) {
      throw badClient('The signature of the assertion does not verify.');
    }
    if (claims?.iss !== this.#client.clientId || claims.sub !== this.#client.clientId) {
      throw badClient('iss and sub of the assertion must be the client id.');
    }
    if (claims.aud !== endpoint) throw badClient(`aud of the assertion must be ${endpoint}.`);
    const seconds = this.#now() / 1000;
    const expires = Number(claims.exp);
    if (!(expires > seconds)) throw badClient('The assertion has expired.');
    if (expires > seconds + MAX_ASSERTION_SECONDS) throw badClient('The assertion is valid for too long.');
    this.#useOnce(claims.jti);
  }

  #useOnce(id: unknown): void {
    if (typeof id !== 'string') return;
    if (this.#assertions.has(id)) throw badClient('The assertion was used before.');
    this.#assertions.add(id);
  }
}

function decodePart(part: string | undefined): Record<string, unknown> | null {
  try {
    return JSON.parse(Buffer.from(part ?? '', 'base64url').toString('utf8')) as Record<string, unknown>;
  } catch {
    return null;
  }
}

function badClient(description: string): Refusal {
  return oauthRefusal(401, 'invalid_client', description);
}

function oauthRefusal(
  status: number,
  error: string,
  description: string,
  headers: Readonly<Record<string, string>> = {},
): Refusal {
  return new Refusal(jsonAnswer(status, { error, error_description: description }, headers));
}
