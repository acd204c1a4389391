/** Who is logged in: a session outside of this process, named by a signed cookie. */
import type { FastifySessionOptions, SessionStore } from '@fastify/session';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { type ApiToken, requireRole } from '../auth.ts';
import type { ServerDeps } from '../deps.ts';
import type { SessionKeeper } from '../sessions.ts';

/** The token that somebody logged in with. The login ends when the daemon no longer knows exactly this token. */
export interface SignedIn {
  readonly name: string;
  readonly hash: string;
  /** Epoch ms. */
  readonly expiresAt: number;
}

declare module 'fastify' {
  interface Session {
    user?: SignedIn;
    /** What the last form did, for the next page to say once. */
    notice?: string | undefined;
  }
  interface FastifyContextConfig {
    /** A page that asks for no login. */
    anonymous?: boolean;
  }
}

/** A working day: whoever reviews in the morning is not asked again in the afternoon. */
const LOGIN_MS = 12 * 3_600_000;
/** Long enough to type a token. */
const ANONYMOUS_MS = 15 * 60_000;

export function sessionOptions(keeper: SessionKeeper, secure: boolean): FastifySessionOptions {
  return {
    secret: keeper.secret,
    // A name that only this host may set, where TLS allows it.
    cookieName: secure ? '__Host-idp-sync' : 'idp-sync',
    cookie: { secure, httpOnly: true, sameSite: 'strict', path: '/', maxAge: LOGIN_MS },
    saveUninitialized: false,
    rolling: false,
    store: storeOf(keeper),
  };
}

function storeOf(keeper: SessionKeeper): SessionStore {
  return {
    get: (id, callback) => {
      keeper.get(id).then((text) => callback(null, text === null ? null : JSON.parse(text)), callback);
    },
    set: (id, session, callback) => {
      const ttlMs = session.user === undefined ? ANONYMOUS_MS : session.user.expiresAt - Date.now();
      keeper.set(id, JSON.stringify(session), ttlMs).then(() => callback(), callback);
    },
    destroy: (id, callback) => {
      keeper.delete(id).then(() => callback(), callback);
    },
  };
}

/** Under a new session id, so that one that was known before the login is worth nothing. */
export async function signIn(request: FastifyRequest, { name, hash }: ApiToken): Promise<void> {
  await request.session.regenerate();
  request.session.user = { name, hash, expiresAt: Date.now() + LOGIN_MS };
}

/** Lets logged-in people pass, with the role that their token has now; everybody else is sent to the login. */
export function requireLogin({ tokens }: Pick<ServerDeps, 'tokens'>) {
  return async (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply | undefined> => {
    const { config } = request.routeOptions;
    const token = currentToken(request.session.user, tokens());
    if (token !== null) {
      request.actor = `token:${token.name}`;
      request.role = token.role;
    }
    if (config.anonymous === true) return undefined;
    if (token === null) {
      const next = request.method === 'GET' ? `?next=${encodeURIComponent(request.url)}` : '';
      return reply.redirect(`/login${next}`, 303);
    }
    requireRole(token.role, config.role);
    return undefined;
  };
}

function currentToken(user: SignedIn | undefined, tokens: readonly ApiToken[]): ApiToken | null {
  if (user === undefined || user.expiresAt <= Date.now()) return null;
  return tokens.find(({ name, hash }) => name === user.name && hash === user.hash) ?? null;
}
