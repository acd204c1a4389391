/** Who is logged in: a session outside of this process, named by a signed cookie. */
import type { FastifySessionOptions, SessionStore } from '@fastify/session';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { providerActor } from '../../actions/same-person.ts';
import { requireRole } from '../auth.ts';
import type { ServerDeps } from '../deps.ts';
import type { PendingLogin } from '../login-provider.ts';
import type { OidcOptions } from '../options.ts';
import { ROLES, type Role } from '../roles.ts';
import type { SessionKeeper } from '../sessions.ts';

/** What somebody logged in with, and until when. */
export type SignedIn = TokenLogin | ProviderLogin;

/** The login ends when the daemon no longer knows exactly this token. */
export interface TokenLogin {
  readonly name: string;
  readonly hash: string;
  /** Epoch ms. */
  readonly expiresAt: number;
}

/** The login ends when the provider is another one, and its role is what the configuration gives these groups now. */
export interface ProviderLogin {
  readonly issuer: string;
  readonly clientId: string;
  readonly subject: string;
  readonly name: string;
  readonly groups: readonly string[];
  /** For the end of the login at the provider. */
  readonly idToken: string;
  readonly expiresAt: number;
}

declare module 'fastify' {
  interface Session {
    user?: SignedIn;
    /** A login at the provider that is under way. */
    pending?: (PendingLogin & { readonly next: string }) | undefined;
    /** What the last form did, for the next page to say once. */
    notice?: string | undefined;
  }
  interface FastifyContextConfig {
    /** A page that asks for no login. */
    anonymous?: boolean;
  }
}

/** A working day: whoever reviews in the morning is not asked again in the afternoon. */
export const LOGIN_MS = 12 * 3_600_000;
/** Long enough to type a token. */
const ANONYMOUS_MS = 15 * 60_000;

export function sessionOptions(keeper: SessionKeeper, secure: boolean): FastifySessionOptions {
  return {
    secret: keeper.secret,
    // A name that only this host may set, where TLS allows it.
    cookieName: secure ? '__Host-idp-sync' : 'idp-sync',
    // Lax, because people come from elsewhere: from the provider, and by links in messages. No GET does anything.
    cookie: { secure, httpOnly: true, sameSite: 'lax', path: '/', maxAge: LOGIN_MS },
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
export async function signIn(request: FastifyRequest, user: SignedIn): Promise<void> {
  await request.session.regenerate();
  request.session.user = user;
}

type Known = Pick<ServerDeps, 'tokens' | 'oidc'>;

interface Identity {
  readonly actor: string;
  readonly role: Role;
}

/** Lets logged-in people pass, with the role that they have now; everybody else is sent to the login. */
export function requireLogin(known: Known) {
  return async (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply | undefined> => {
    const { config } = request.routeOptions;
    const who = identityOf(request.session.user, known);
    if (who !== null) {
      request.actor = who.actor;
      request.role = who.role;
    }
    if (config.anonymous === true) return undefined;
    if (who === null) {
      const next = request.method === 'GET' ? `?next=${encodeURIComponent(request.url)}` : '';
      return reply.redirect(`/login${next}`, 303);
    }
    requireRole(who.role, config.role);
    return undefined;
  };
}

function identityOf(user: SignedIn | undefined, { tokens, oidc }: Known): Identity | null {
  if (user === undefined || user.expiresAt <= Date.now()) return null;
  if ('hash' in user) {
    const token = tokens().find(({ name, hash }) => name === user.name && hash === user.hash);
    return token === undefined ? null : { actor: `token:${token.name}`, role: token.role };
  }
  const options = oidc?.() ?? null;
  if (options === null || options.issuer !== user.issuer || options.clientId !== user.clientId) return null;
  const role = roleOf(user.groups, options);
  return role === null ? null : { actor: providerActor(user.issuer, user.subject, user.name), role };
}

/** The highest role that one of the groups has; null: none has any. */
export function roleOf(groups: readonly string[], { roles }: Pick<OidcOptions, 'roles'>): Role | null {
  const mine = new Set(groups);
  return ROLES.findLast((role) => roles[role].some((group) => mine.has(group))) ?? null;
}
