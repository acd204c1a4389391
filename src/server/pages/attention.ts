/** What somebody has to look at beside the plan: a configuration that is not in use, and people who are not told. */
import { html, type SafeHtml } from '@remix-run/html-template';
import type { StatusView } from '../../core/model/run.ts';
import type { Line } from '../../report/document.ts';
import { lineHtml } from '../../report/html-parts.ts';
import { time } from '../../report/text.ts';
import { sectionHtml } from './parts.ts';

/** Of the problems of a file that cannot be used: the rest stands in the log. */
const SHOWN = 20;

export function attention({ configuration, webhooks }: StatusView): SafeHtml[] {
  const lines = [...refused(configuration), ...restart(configuration), ...unheard(webhooks)];
  if (lines.length === 0) return [];
  const body = html`<ul class="lines">${lines.map((line) => lineHtml(line))}</ul>`;
  return [
    sectionHtml({ id: 'attention', title: 'Needs attention', tone: 'alarm', count: lines.length, body }),
  ];
}

function refused(configuration: StatusView['configuration']): Line[] {
  const refusal = configuration?.refused ?? null;
  if (refusal === null) return [];
  const action = 'A changed one cannot be used; the one before stays in use';
  const status = `Since ${time(refusal.at)}`;
  return refusal.problems.slice(0, SHOWN).map((problem) => line('Configuration', action, problem, status));
}

function restart(configuration: StatusView['configuration']): Line[] {
  const keys = configuration?.needsRestart ?? [];
  if (keys.length === 0) return [];
  return [line('Configuration', 'Changed, and in use only after a restart', keys.join(', '), 'Restart')];
}

function unheard(webhooks: StatusView['webhooks']): Line[] {
  return (webhooks ?? []).flatMap(({ name, failing, failedAt }) =>
    failing === null
      ? []
      : [
          line(
            name,
            'Messages do not reach this webhook',
            failing,
            failedAt === null ? 'Failing' : time(failedAt),
          ),
        ],
  );
}

function line(subject: string, action: string, reason: string, status: string): Line {
  return { key: null, effect: null, subject, action, reason, status, privileged: false };
}
