/** The page on which people log in, and what both ways of logging in share. */
import { html, type SafeHtml } from '@remix-run/html-template';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { clean } from '../../report/text.ts';
import type { ServerDeps } from '../deps.ts';
import type { OidcOptions } from '../options.ts';
import { sendPage, token } from './layout.ts';

type LoginPage = (
  request: FastifyRequest,
  reply: FastifyReply,
  next: string,
  trouble?: string | null,
) => FastifyReply;

/** @returns sends the page, with what went wrong where something did. */
export function loginPage({ oidc }: Pick<ServerDeps, 'oidc'>): LoginPage {
  return (request, reply, next, trouble = null) => {
    const alert = trouble === null ? null : html`<p class="trouble" role="alert">${clean(trouble)}</p>`;
    const provider = oidc?.() ?? null;
    const ways = provider === null ? tokenForm(reply, next, true) : withProvider(provider, reply, next);
    return sendPage(request, reply, {
      title: 'Log in',
      body: html`<section class="login quiet"><h1>Log in to devin-idp-sync</h1>${alert}
${ways}</section>`,
    });
  };
}

function withProvider({ issuer }: OidcOptions, reply: FastifyReply, next: string): SafeHtml {
  return html`<p><a class="button main" href="${`/login/oidc?${new URLSearchParams({ next })}`}">Log in with ${new URL(issuer).host}</a></p>
<details><summary>With an API token</summary>${tokenForm(reply, next, false)}</details>`;
}

function tokenForm(reply: FastifyReply, next: string, first: boolean): SafeHtml {
  return html`<form method="post" action="/login">${token(reply)}<input type="hidden" name="next" value="${next}">
<label>API token<input type="password" name="token" required autocomplete="current-password"${first ? html` autofocus` : null}></label>
<button${first ? html` class="main"` : null}>Log in</button></form>
<p class="note">Tokens stand in the configuration under <code>server.tokens</code>, each with a role: viewer, operator or approver.</p>`;
}

/** Only a path of this server: a login must not send anybody elsewhere. */
export function localPath(text: string): string {
  return /^\/(?![/\\])[\x21-\x7e]*$/.test(text) && !text.startsWith('/log') ? text : '/';
}

/** Why no login can be kept here; null: it can. */
export function overPlainHttp(request: FastifyRequest, { secureCookies }: ServerDeps): string | null {
  return secureCookies === true && request.protocol !== 'https' ? PLAIN : null;
}

const PLAIN =
  'This page was reached without TLS, but server.publicUrl begins with https://. Use that address; a proxy in front must send X-Forwarded-Proto.';
