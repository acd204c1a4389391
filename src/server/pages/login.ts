import { html } from '@remix-run/html-template';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { Api } from '../api.ts';
import { tokenOf } from '../auth.ts';
import type { ServerDeps } from '../deps.ts';
import { sendPage, token } from './layout.ts';
import { signIn } from './session.ts';

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
  api.get(
    '/login',
    {
      // Each page shown makes a session, so these are counted as well.
      config: { anonymous: true, rateLimit: { max: VIEWS_PER_MINUTE, timeWindow: 60_000 } },
      schema: { querystring: LoginQuery },
    },
    async (request, reply) => {
      const next = localPath(request.query.next);
      return request.actor === '' ? loginPage(request, reply, next, null) : reply.redirect(next, 303);
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
      if (deps.secureCookies === true && request.protocol !== 'https') {
        return loginPage(request, reply.code(400), next, PLAIN);
      }
      const known = tokenOf(request.body.token.trim(), deps.tokens());
      if (known === null) {
        request.log.warn({ address: request.ip }, 'a login was refused');
        return loginPage(request, reply.code(401), next, 'This token is not known to this daemon.');
      }
      await signIn(request, known);
      request.log.info({ address: request.ip, token: known.name }, 'logged in');
      return reply.redirect(next, 303);
    },
  );
  api.post('/logout', { config: { anonymous: true } }, async (request, reply) => {
    await request.session.destroy();
    return reply.redirect('/login', 303);
  });
}

const PLAIN =
  'This page was reached without TLS, but server.publicUrl begins with https://. Use that address; a proxy in front must send X-Forwarded-Proto.';

function loginPage(
  request: FastifyRequest,
  reply: FastifyReply,
  next: string,
  trouble: string | null,
): FastifyReply {
  const alert = trouble === null ? null : html`<p class="trouble" role="alert">${trouble}</p>`;
  return sendPage(request, reply, {
    title: 'Log in',
    body: html`<section class="login quiet"><h1>Log in to devin-idp-sync</h1>${alert}
<form method="post" action="/login">${token(reply)}<input type="hidden" name="next" value="${next}">
<label>API token<input type="password" name="token" required autocomplete="current-password" autofocus></label>
<button class="main">Log in</button></form>
<p class="note">Tokens stand in the configuration under <code>server.tokens</code>, each with a role: viewer, operator or approver.</p></section>`,
  });
}

/** Only a path of this server: a login must not send anybody elsewhere. */
function localPath(text: string): string {
  return /^\/(?![/\\])[\x21-\x7e]*$/.test(text) && !text.startsWith('/log') ? text : '/';
}
