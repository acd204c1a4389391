/** What somebody has to look at beside the plan: a configuration that is not in use, and people who are not told. */
import { html, type SafeHtml } from '@remix-run/html-template';
import type { StatusView } from '../../core/model/run.ts';
import { clean, time } from '../../report/text.ts';
import { sectionHtml } from './parts.ts';

export function attention({ configuration, webhooks }: StatusView): SafeHtml[] {
  const lines = [...refused(configuration), ...restart(configuration), ...unheard(webhooks)];
  if (lines.length === 0) return [];
  const body = html`<ul class="rows">${lines}</ul>`;
  return [
    sectionHtml({ id: 'attention', title: 'Needs attention', tone: 'alarm', count: lines.length, body }),
  ];
}

function refused(configuration: StatusView['configuration']): SafeHtml[] {
  const problem = configuration?.refused ?? null;
  if (problem === null) return [];
  const all = problem.problems.slice(0, 20).map((one) => html`<li>${clean(one)}</li>`);
  return [
    html`<li class="alarm"><b>A changed configuration cannot be used; the one before stays in use.</b>
<span class="why">Since ${time(problem.at)}:</span><ul>${all}</ul></li>`,
  ];
}

function restart(configuration: StatusView['configuration']): SafeHtml[] {
  const keys = configuration?.needsRestart ?? [];
  if (keys.length === 0) return [];
  return [
    html`<li class="caution"><b>Changed, and in use only after a restart:</b> ${keys.map((key, at) => html`${at === 0 ? '' : ', '}<code>${clean(key)}</code>`)}</li>`,
  ];
}

function unheard(webhooks: StatusView['webhooks']): SafeHtml[] {
  return (webhooks ?? []).flatMap(({ name, failing, failedAt }) =>
    failing === null
      ? []
      : [
          html`<li class="alarm"><b>Messages do not reach <bdi>${clean(name)}</bdi>.</b>
<span class="why">${failedAt === null ? '' : `At ${time(failedAt)}: `}${clean(failing)}</span></li>`,
        ],
  );
}
