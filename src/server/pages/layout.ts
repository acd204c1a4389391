/** What every page has: its head, the bar on top, and the one place where a page leaves. */
import { html, type SafeHtml } from '@remix-run/html-template';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { shownActor } from '../../actions/same-person.ts';
import { clean } from '../../report/text.ts';
import { CSS_PATH, SCRIPT_PATH } from './assets.ts';

const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "form-action 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join('; ');

export interface PageView {
  readonly title: string;
  /** Seconds after which a browser without script asks again. */
  readonly refresh?: number | null;
  readonly body: SafeHtml | SafeHtml[];
}

const PLACES = [
  { href: '/', name: 'Overview' },
  { href: '/plans', name: 'Plans' },
  { href: '/runs', name: 'Runs' },
  { href: '/people', name: 'People' },
  { href: '/orgs', name: 'Organizations' },
  { href: '/groups', name: 'Groups' },
  { href: '/configuration', name: 'Configuration' },
] as const;

export function sendPage(request: FastifyRequest, reply: FastifyReply, view: PageView): FastifyReply {
  reply.header('content-security-policy', POLICY).type('text/html; charset=utf-8');
  return reply.send(pageHtml(request, reply, view));
}

function pageHtml(request: FastifyRequest, reply: FastifyReply, { title, refresh, body }: PageView): string {
  const again =
    refresh == null ? null : html`<noscript><meta http-equiv="refresh" content="${refresh}"></noscript>`;
  const page = html`<!doctype html>
<html lang="en"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark"><meta name="robots" content="noindex">
<title>${clean(title)} · devin-idp-sync</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="${CSS_PATH}">
<script src="${SCRIPT_PATH}" defer></script>${again}</head>
<body><a class="skip" href="#main">To the content</a>
${request.actor === '' ? null : bar(request, reply)}
<main id="main" class="sheet">${notice(request)}${body}</main></body></html>
`;
  return String(page);
}

function notice(request: FastifyRequest): SafeHtml | null {
  // A logout has ended it.
  const session = request.session as FastifyRequest['session'] | null;
  const words = session?.notice;
  if (session === null || words === undefined) return null;
  session.notice = undefined;
  return html`<p class="notice" role="status">${clean(words)}</p>`;
}

function bar(request: FastifyRequest, reply: FastifyReply): SafeHtml {
  const here = request.url.split('?', 1)[0] ?? '/';
  const links = PLACES.map(({ href, name }) => {
    const current = href === '/' ? here === '/' : here === href || here.startsWith(`${href}/`);
    return html`<li>${
      current ? html`<a href="${href}" aria-current="page">${name}</a>` : html`<a href="${href}">${name}</a>`
    }</li>`;
  });
  const who = shownActor(request.actor);
  return html`<div class="bar" role="banner"><nav aria-label="Pages"><ul>${links}</ul></nav>
<form method="post" action="/logout" class="who">${token(reply)}<span><bdi>${clean(who)}</bdi>, ${request.role}</span><button>Log out</button></form></div>`;
}

/** Every form carries it; without it nothing is done. */
export function token(reply: FastifyReply): SafeHtml {
  return html`<input type="hidden" name="_csrf" value="${reply.generateCsrf()}">`;
}
