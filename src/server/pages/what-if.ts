/** Another configuration, tried on the company as it is now: a text to paste, and what it would change. */
import { html, type SafeHtml } from '@remix-run/html-template';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { comparePlans } from '../../core/compare-plans.ts';
import type { Change } from '../../core/model/change.ts';
import type { Tone } from '../../report/document.ts';
import { lineHtml, verdictHtml } from '../../report/html-parts.ts';
import { changeLine } from '../../report/lines.ts';
import { byEffect, tally, totals } from '../../report/shelves.ts';
import { clean, count, list, plural } from '../../report/text.ts';
import { whatIfDocument } from '../../report/what-if.ts';
import type { Api } from '../api.ts';
import type { ServerDeps } from '../deps.ts';
import { ProblemError } from '../problem.ts';
import { mayAct } from '../roles.ts';
import { type Judged, judgedOf, NAMES } from '../routes/what-if.ts';
import { sendPage, token } from './layout.ts';
import { personHref, sectionHtml } from './parts.ts';

/** Characters of a configuration; the same as over the API. */
const MOST = 128 * 1024;
/** Lines of each list; the report has all. */
const SHOWN = 200;

const Form = z.object({
  _csrf: z.string(),
  config: z.string().max(MOST),
  others: z.enum(['in-use', 'default']).default('in-use'),
});

type Values = Omit<z.output<typeof Form>, '_csrf'>;

export function addWhatIfPage(api: Api, deps: ServerDeps): void {
  const { whatIf } = deps;
  if (whatIf === undefined) return;
  api.get('/what-if', async (request, reply) =>
    send(request, reply, { config: '', others: 'in-use' }, html``),
  );
  api.post('/what-if', { config: { role: 'operator' }, schema: { body: Form } }, async (request, reply) => {
    const { config, others } = request.body;
    try {
      const judged = await judgedOf(whatIf, { config, others }, reply.raw);
      return send(request, reply, { config, others }, resultHtml(judged));
    } catch (error) {
      // What was typed must not be lost over a word that is wrong in it.
      if (!(error instanceof ProblemError)) throw error;
      return send(request, reply.code(error.statusCode), { config, others }, troubleHtml(error));
    }
  });
}

function send(request: FastifyRequest, reply: FastifyReply, values: Values, result: SafeHtml): FastifyReply {
  return sendPage(request, reply, {
    title: 'What if',
    body: [
      html`<h1>What if the configuration were another one?</h1>`,
      result,
      askHtml(request, reply, values),
    ],
  });
}

const EXAMPLE = `policy: leavers
guards:
  grants: { count: 100 }`;

function askHtml(request: FastifyRequest, reply: FastifyReply, { config, others }: Values): SafeHtml {
  const may = mayAct(request.role, 'operator');
  const tick =
    others === 'default'
      ? html`<input type="checkbox" name="others" value="default" checked>`
      : html`<input type="checkbox" name="others" value="default">`;
  const form = html`<form method="post" action="/what-if" class="stacked">${token(reply)}
<label>Keys of the configuration as YAML, such as rules, policy or guards
<textarea name="config" required rows="14" maxlength="${MOST}" spellcheck="false" autocomplete="off" placeholder="${EXAMPLE}">
${config}</textarea></label>
<label class="tick">${tick} Keys that are left out are at their default, not as in use</label>
<button class="main">Show what would change</button></form>`;
  return sectionHtml({
    id: 'ask',
    title: 'Try a configuration',
    tone: 'quiet',
    note: 'Both sides are read now, and nothing is stored or written. A key counts whole; keys about connections, secrets and files are not taken.',
    body: may ? form : html`<p>This needs the role operator; yours is ${request.role}.</p>`,
  });
}

function troubleHtml(error: ProblemError): SafeHtml {
  const lines = (error.extra.errors ?? [{ detail: error.message }]).map(
    ({ detail }) => html`<li>${clean(detail)}</li>`,
  );
  return html`<div class="trouble" role="alert"><p>Nothing was judged.</p><ul>${lines}</ul></div>`;
}

function resultHtml(judged: Judged): SafeHtml {
  const { current, proposed, keys } = judged;
  const { verdict } = whatIfDocument({ ...judged, ...NAMES });
  const { added, dropped, judged: other } = comparePlans(current, proposed);
  const facts = [
    { label: 'Now', value: words(current.changes) },
    { label: 'Then', value: words(proposed.changes) },
    { label: 'Taken from here', value: list(keys.proposed) || 'nothing' },
    ...(keys.default.length === 0 ? [] : [{ label: 'At their default', value: list(keys.default) }]),
  ];
  return html`${verdictHtml({ verdict, facts })}
${changesHtml('added', 'Only with the proposed configuration', 'caution', added)}
${changesHtml('dropped', 'Only with the configuration in use', 'caution', dropped)}
${changesHtml('judged', 'Judged differently with the proposed configuration', 'caution', other)}`;
}

function words(changes: readonly Change[]): string {
  const { all, ready, held } = totals(tally(changes));
  return `${plural(all, 'change')}, ${count(ready)} ready, ${count(held)} held`;
}

function changesHtml(id: string, title: string, tone: Tone, changes: readonly Change[]): SafeHtml {
  if (changes.length === 0) return html``;
  const lines = changes
    .toSorted(byEffect)
    .slice(0, SHOWN)
    .map((change) => {
      const { type, label } = change.subject;
      // An item of a plan that nobody stored cannot be approved, so that its key is of no use.
      const line = { ...changeLine(change, { withCause: true, withStatus: true }), key: null };
      return lineHtml(line, { href: type === 'person' ? personHref(label) : null });
    });
  const more =
    changes.length <= SHOWN ? null : html`<p class="note">… and ${count(changes.length - SHOWN)} more.</p>`;
  return sectionHtml({
    id,
    title,
    tone,
    count: changes.length,
    body: html`<ul class="lines">${lines}</ul>${more}`,
  });
}
