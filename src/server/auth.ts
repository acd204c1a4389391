import { hash, timingSafeEqual } from 'node:crypto';
import type { FastifyInstance } from 'fastify';
import { ProblemError } from './problem.ts';

/** A token as the daemon keeps it: who it belongs to, and the SHA-256 (hex) of the secret. */
export interface ApiToken {
  readonly name: string;
  readonly hash: string;
}

declare module 'fastify' {
  interface FastifyRequest {
    /** Who asks, as it goes into triggers and the journal; empty on open routes. */
    actor: string;
  }
  interface FastifyContextConfig {
    /** The route asks for no token. Every other route does, unknown paths included. */
    open?: boolean;
  }
}

const REALM = 'Bearer realm="devin-idp-sync"';

/** Asks every request for a bearer token, except on routes that say `config: { open: true }`. */
export function requireToken(app: FastifyInstance, tokens: () => readonly ApiToken[]): void {
  app.decorateRequest('actor', '');
  app.addHook('onRequest', async (request) => {
    if (request.routeOptions.config.open === true) return;
    request.actor = `token:${ownerOf(request.headers.authorization, tokens())}`;
  });
}

function ownerOf(header: string | undefined, tokens: readonly ApiToken[]): string {
  const secret = /^Bearer +(\S+)$/i.exec(header ?? '')?.[1];
  if (secret === undefined) {
    throw unauthorized('Send "Authorization: Bearer" and an API token.', REALM);
  }
  const digest = hash('sha256', secret, 'buffer');
  let owner: string | null = null;
  // Every token is compared, whichever matches, so that the time taken tells nothing about the list.
  for (const token of tokens) {
    const expected = Buffer.from(token.hash, 'hex');
    if (expected.length === digest.length && timingSafeEqual(expected, digest)) owner = token.name;
  }
  if (owner === null) {
    throw unauthorized('This API token is not known to this daemon.', `${REALM}, error="invalid_token"`);
  }
  return owner;
}

function unauthorized(detail: string, challenge: string): ProblemError {
  return new ProblemError(401, detail, { headers: { 'www-authenticate': challenge } });
}
