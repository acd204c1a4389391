/** Proofs of possession (RFC 9449), checked as an authorization server and a resource must. */
import { createHash, createPublicKey, type JsonWebKey, randomUUID, verify } from 'node:crypto';
import type { Exchange } from '../http/exchange.ts';

/** What a proof must be about. */
export interface ProofFor {
  /** Whole URL without its query. */
  readonly url: string;
  /** Unix ms. */
  readonly now: number;
  /** The access token that the call uses; null where one is bought. */
  readonly token: string | null;
}

/** `nonce`: a good proof but for a nonce, which has to be asked for. */
export type ProofCheck =
  | { readonly kind: 'good'; readonly thumbprint: string }
  | { readonly kind: 'nonce'; readonly nonce: string }
  | { readonly kind: 'bad'; readonly why: string };

const MAX_AGE_SECONDS = 300;

export class DpopProofs {
  readonly #seen = new Set<string>();
  readonly #nonces = new Set<string>();

  /** Proofs that were accepted; each had a `jti` of its own. */
  get accepted(): number {
    return this.#seen.size;
  }

  check(exchange: Exchange, wanted: ProofFor, demandNonce: boolean): ProofCheck {
    const { dpop } = exchange.headers;
    if (typeof dpop !== 'string') return bad('there is no DPoP header');
    const [head = '', payload = '', signature = ''] = dpop.split('.');
    const header = decoded(head);
    const claims = decoded(payload);
    const problem = headProblem(header) ?? claimProblem(claims, exchange.method, wanted);
    if (problem !== null) return bad(problem);
    const key = publicKeyOf(header.jwk);
    if (key === null) return bad('jwk is not a public RSA key');
    const signed = Buffer.from(`${head}.${payload}`);
    if (!verify('RSA-SHA256', signed, key, Buffer.from(signature, 'base64url')))
      return bad('the signature does not verify');
    const jti = String(claims.jti);
    if (this.#seen.has(jti)) return bad('jti was used before');
    if (demandNonce && !this.#nonces.has(String(claims.nonce)))
      return { kind: 'nonce', nonce: this.#newNonce() };
    this.#seen.add(jti);
    return { kind: 'good', thumbprint: thumbprintOf(header.jwk as JsonWebKey) };
  }

  #newNonce(): string {
    const nonce = randomUUID();
    this.#nonces.add(nonce);
    return nonce;
  }
}

type Claims = Record<string, unknown>;

function headProblem(header: Claims): string | null {
  if (header.typ !== 'dpop+jwt') return 'typ must be dpop+jwt';
  return header.alg === 'RS256' ? null : 'alg must be RS256';
}

function claimProblem(claims: Claims, method: string, { url, now, token }: ProofFor): string | null {
  if (claims.htm !== method) return `htm must be ${method}`;
  if (claims.htu !== url) return `htu must be ${url}`;
  if (!(Math.abs(now / 1000 - Number(claims.iat)) <= MAX_AGE_SECONDS)) return 'iat is too far from now';
  if (typeof claims.jti !== 'string' || claims.jti === '') return 'jti is missing';
  if (token === null) return null;
  const hash = createHash('sha256').update(token).digest('base64url');
  return claims.ath === hash ? null : 'ath is not the hash of the access token';
}

function publicKeyOf(jwk: unknown) {
  const key = jwk as JsonWebKey;
  if (key?.kty !== 'RSA' || key.d !== undefined) return null;
  try {
    return createPublicKey({ key, format: 'jwk' });
  } catch {
    return null;
  }
}

/** RFC 7638: the required members in alphabetical order. */
function thumbprintOf({ e, kty, n }: JsonWebKey): string {
  return createHash('sha256').update(JSON.stringify({ e, kty, n })).digest('base64url');
}

function decoded(part: string): Claims {
  try {
    const value: unknown = JSON.parse(Buffer.from(part, 'base64url').toString('utf8'));
    return typeof value === 'object' && value !== null ? (value as Claims) : {};
  } catch {
    return {};
  }
}

function bad(why: string): ProofCheck {
  return { kind: 'bad', why };
}
