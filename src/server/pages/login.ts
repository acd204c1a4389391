import { z } from 'zod';
import type { Api } from '../api.ts';
import { tokenOf } from '../auth.ts';
import type { ServerDeps } from '../deps.ts';
import { localPath, loginPage, overPlainHttp } from './login-page.ts';
import { LOGIN_MS, signIn } from './session.ts';

/** Guesses of one address in a minute; a person who pastes a token needs one. */
const TRIES_PER_MINUTE = 10;
const VIEWS_PER_MINUTE = 60;

const LoginQuery = z.object({ next: z.string().max(2000).default('/') });
const LoginForm = z.object({
  token: z.string().max(1000),
  next: z.string().max(2000).default('/'),
  _csrf: z.string(),
});

export function addLogin(api: Api, deps: ServerDeps): void {
  const page = loginPage(deps);
  api.get(
    '/login',
    {
      // Each page shown makes a session, so these are counted as well.
      config: { anonymous: true, rateLimit: { max: VIEWS_PER_MINUTE, timeWindow: 60_000 } },
      schema: { querystring: LoginQuery },
    },
    async (request, reply) => {
      const next = localPath(request.query.next);
      return request.actor === '' ? page(request, reply, next) : reply.redirect(next, 303);
    },
  );
  api.post(
    '/login',
    {
      config: { anonymous: true, rateLimit: { max: TRIES_PER_MINUTE, timeWindow: 60_000 } },
      schema: { body: LoginForm },
    },
    async (request, reply) => {
      const next = localPath(request.body.next);
      const plain = overPlainHttp(request, deps);
      if (plain !== null) return page(request, reply.code(400), next, plain);
      const known = tokenOf(request.body.token.trim(), deps.tokens());
      if (known === null) {
        request.log.warn({ address: request.ip }, 'a login was refused');
        return page(request, reply.code(401), next, 'This token is not known to this daemon.');
      }
      await signIn(request, { name: known.name, hash: known.hash, expiresAt: Date.now() + LOGIN_MS });
      request.log.info({ address: request.ip, token: known.name }, 'logged in');
      return reply.redirect(next, 303);
    },
  );
}
