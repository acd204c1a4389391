/** A message as Slack's incoming webhooks take it, and what understands the same (Mattermost, Rocket.Chat). */
import type { NotifyEvent } from './event.ts';

const SIGNS = {
  alarm: ':rotating_light:',
  notice: ':information_source:',
  good: ':white_check_mark:',
} as const;

/** JSON text. @param link the page that shows it; null: no address of the pages is configured. */
export function slackBody(event: NotifyEvent, link: string | null): string {
  const counts = Object.entries(event.counts).map(([what, count]) => `${escaped(what)}: ${count}`);
  const lines = [
    `${SIGNS[event.severity]} *devin-idp-sync*: ${escaped(event.title)}`,
    ...(counts.length === 0 ? [] : [counts.join(', ')]),
    ...event.details.map((detail) => `• ${asCode(detail)}`),
    ...(link === null ? [] : [`<${link.replace(/[<>|]/g, encodeURIComponent)}|Open it>`]),
  ];
  return JSON.stringify({ text: lines.join('\n') });
}

/** Slack asks for these three: https://docs.slack.dev/messaging/formatting-message-text */
function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

/** Inside code nothing is a link, a mention or a style, also where Markdown is read. */
function asCode(text: string): string {
  return `\`${escaped(text.replaceAll('`', "'"))}\``;
}
