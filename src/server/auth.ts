import { hash, timingSafeEqual } from 'node:crypto';
import type { FastifyInstance } from 'fastify';
import { ProblemError } from './problem.ts';
import { mayAct, type Role } from './roles.ts';

/** A token as the daemon keeps it: who it belongs to, and the SHA-256 (hex) of the secret. */
export interface ApiToken {
  readonly name: string;
  readonly role: Role;
  readonly hash: string;
}

declare module 'fastify' {
  interface FastifyRequest {
    /** Who asks, as it goes into triggers and the journal; empty on open routes. */
    actor: string;
    /** What the caller may do; on open routes nothing but look. */
    role: Role;
  }
  interface FastifyContextConfig {
    /** The route asks for no token. Every other route does, unknown paths included. */
    open?: boolean;
    /** The least role that may call the route; `viewer` unless told. */
    role?: Role;
  }
}

const REALM = 'Bearer realm="devin-idp-sync"';

/** Asks every request for a bearer token, except on routes that say `config: { open: true }`. */
export function requireToken(app: FastifyInstance, tokens: () => readonly ApiToken[]): void {
  app.decorateRequest('actor', '');
  app.decorateRequest('role', 'viewer');
  app.addHook('onRequest', async (request) => {
    const { config } = request.routeOptions;
    if (config.open === true) return;
    const { name, role } = ownerOf(request.headers.authorization, tokens());
    request.actor = `token:${name}`;
    request.role = role;
    requireRole(role, config.role);
  });
}

/** @throws ProblemError 403 */
export function requireRole(role: Role, needed: Role = 'viewer'): void {
  if (mayAct(role, needed)) return;
  throw new ProblemError(403, `This needs the role ${needed}; yours is ${role}.`);
}

function ownerOf(header: string | undefined, tokens: readonly ApiToken[]): ApiToken {
  const secret = /^Bearer +(\S+)$/i.exec(header ?? '')?.[1];
  if (secret === undefined) {
    throw unauthorized('Send "Authorization: Bearer" and an API token.', REALM);
  }
  const owner = tokenOf(secret, tokens);
  if (owner === null) {
    throw unauthorized('This API token is not known to this daemon.', `${REALM}, error="invalid_token"`);
  }
  return owner;
}

/** The token that has this secret; null: none. */
export function tokenOf(secret: string, tokens: readonly ApiToken[]): ApiToken | null {
  const digest = hash('sha256', secret, 'buffer');
  let owner: ApiToken | null = null;
  // Every token is compared, whichever matches, so that the time taken tells nothing about the list.
  for (const token of tokens) {
    const expected = Buffer.from(token.hash, 'hex');
    if (expected.length === digest.length && timingSafeEqual(expected, digest)) owner = token;
  }
  return owner;
}

function unauthorized(detail: string, challenge: string): ProblemError {
  return new ProblemError(401, detail, { headers: { 'www-authenticate': challenge } });
}
