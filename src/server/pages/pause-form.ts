/** The switch of the writes, wherever a page offers it. */
import { html, type SafeHtml } from '@remix-run/html-template';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { ServerDeps } from '../deps.ts';
import { mayAct } from '../roles.ts';
import { token } from './layout.ts';

/** Nothing for whoever may not. @param back the page to return to, from its root */
export function pauseForms(
  request: FastifyRequest,
  reply: FastifyReply,
  { pause, resume }: ServerDeps,
  isPaused: boolean,
  back = '/',
): SafeHtml[] {
  if (!mayAct(request.role, 'operator') || pause === undefined || resume === undefined) return [];
  const hidden = html`${token(reply)}<input type="hidden" name="back" value="${back}">`;
  if (isPaused)
    return [
      html`<form method="post" action="/resume" class="fields">${hidden}<button class="main">Resume writes</button></form>`,
    ];
  return [
    html`<form method="post" action="/pause" class="fields">${hidden}
<label class="tick"><input type="checkbox" name="all" value="yes"> Deactivations and runs for one person stop as well</label>
<button>Pause writes</button></form>`,
  ];
}
