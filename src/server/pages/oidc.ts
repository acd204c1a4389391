/** Login through a provider, and the end of any login. */
import { html, type SafeHtml } from '@remix-run/html-template';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { providerActor, shownActor } from '../../actions/same-person.ts';
import { clean, list } from '../../report/text.ts';
import type { Api } from '../api.ts';
import type { ServerDeps } from '../deps.ts';
import { type LoginProvider, openLoginProvider, type ProviderPerson } from '../login-provider.ts';
import { ProviderTrouble } from '../login-trouble.ts';
import type { OidcOptions } from '../options.ts';
import { ProblemError } from '../problem.ts';
import { sendPage } from './layout.ts';
import { localPath, loginPage, overPlainHttp } from './login-page.ts';
import { roleOf, signIn } from './session.ts';

/** Each of these asks the provider something. */
const PACE = { max: 30, timeWindow: 60_000 };

const StartQuery = z.object({ next: z.string().max(2000).default('/') });
/** What the answer says is checked by the library; here only that it is not a flood. */
const Part = z.union([z.string().max(4000), z.array(z.string().max(4000)).max(10)]);
const AnswerQuery = z.record(z.string().max(100), Part);

export function addProviderLogin(api: Api, deps: ServerDeps): void {
  const provider = openLoginProvider();
  const page = loginPage(deps);
  api.get(
    '/login/oidc',
    { config: { anonymous: true, rateLimit: PACE }, schema: { querystring: StartQuery } },
    async (request, reply) => {
      const options = optionsOf(deps);
      const next = localPath(request.query.next);
      if (request.actor !== '') return reply.redirect(next, 303);
      const plain = overPlainHttp(request, deps);
      if (plain !== null) return page(request, reply.code(400), next, plain);
      try {
        const { url, pending } = await provider.begin(options);
        request.session.pending = { ...pending, next };
        return await reply.redirect(url, 303);
      } catch (error) {
        return refused(request, reply, page, next, error);
      }
    },
  );
  api.get(
    '/login/callback',
    { config: { anonymous: true, rateLimit: PACE }, schema: { querystring: AnswerQuery } },
    async (request, reply) => {
      const options = optionsOf(deps);
      const { pending } = request.session;
      // Once: an answer that is shown a second time finds nothing to belong to.
      request.session.pending = undefined;
      const next = pending?.next ?? '/';
      try {
        if (pending === undefined)
          throw new ProviderTrouble(400, STRAY, 'no login is under way in this session');
        const query = request.url.slice(request.url.indexOf('?'));
        const person = await provider.finish(options, query, pending);
        await admit(request, options, person);
        return await reply.redirect(next, 303);
      } catch (error) {
        return refused(request, reply, page, next, error);
      }
    },
  );
  addLogout(api, deps, provider);
}

const STRAY =
  'This answer of the provider does not belong to a login that this browser began, or it was used already. Log in again.';

function optionsOf({ oidc }: ServerDeps): OidcOptions {
  const options = oidc?.() ?? null;
  if (options === null) throw new ProblemError(404, 'No login provider is configured (server.oidc).');
  return options;
}

/** @throws ProviderTrouble when no group of the person has a role here. */
async function admit(
  request: FastifyRequest,
  options: OidcOptions,
  { subject, name, groups, idToken }: ProviderPerson,
): Promise<void> {
  const { issuer, clientId } = options;
  const role = roleOf(groups, options);
  if (role === null) {
    const named = list([...new Set(Object.values(options.roles).flat())].slice(0, NAMED));
    const why = `You are logged in there as ${name}, but in no group that has a role here. Ask for membership in one of: ${named}.`;
    throw new ProviderTrouble(403, why, `${name} is in none of the groups of server.oidc.roles`);
  }
  await signIn(request, {
    issuer,
    clientId,
    subject,
    name,
    // A role that the configuration gives later is found by the next login.
    groups: groups.filter((group) => Object.values(options.roles).some((some) => some.includes(group))),
    idToken,
    expiresAt: Date.now() + options.sessionMs,
  });
  const actor = providerActor(issuer, subject, name);
  request.log.info({ address: request.ip, actor, subject, role }, 'logged in');
}

/** Groups that a refusal names. */
const NAMED = 6;

function refused(
  request: FastifyRequest,
  reply: FastifyReply,
  page: ReturnType<typeof loginPage>,
  next: string,
  error: unknown,
): FastifyReply {
  if (!(error instanceof ProviderTrouble)) throw error;
  request.log.warn({ address: request.ip, why: error.detail }, 'a login through the provider was refused');
  return page(request, reply.code(error.status), next, error.message);
}

function addLogout(api: Api, deps: ServerDeps, provider: LoginProvider): void {
  api.post('/logout', { config: { anonymous: true } }, async (request, reply) => {
    const { user } = request.session;
    const options = deps.oidc?.() ?? null;
    await request.session.destroy();
    if (user === undefined || 'hash' in user || options === null) return reply.redirect('/login', 303);
    const url = await provider.endUrl(options, user.idToken);
    request.log.info({ address: request.ip, name: shownActor(user.name) }, 'logged out');
    request.actor = '';
    return sendPage(request, reply, { title: 'Logged out', body: farewell(options, url) });
  });
}

/** The provider still knows the person, so the next login would ask nothing: on a shared machine that matters. */
function farewell({ issuer }: OidcOptions, url: string | null): SafeHtml {
  const host = new URL(issuer).host;
  const there =
    url === null
      ? html`<p class="note">You may still be logged in at ${clean(host)}.</p>`
      : html`<p>You are still logged in at ${clean(host)}: <a href="${url}">log out there as well</a>.</p>`;
  return html`<section class="login quiet"><h1>Logged out</h1>${there}
<p><a class="button" href="/login">Log in again</a></p></section>`;
}
