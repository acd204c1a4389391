/** The report room's door: a plan or an explanation in, text in chunks out. */
import type { Plan } from '../core/model/change.ts';
import type { Explanation } from '../core/model/explanation.ts';
import type { Operation } from '../core/model/operation.ts';
import type { Review } from '../core/model/review.ts';
import { renderPlanCsv } from './csv.ts';
import type { Document, RequestView } from './document.ts';
import { explanationDocument } from './explain.ts';
import { renderExplanationJson } from './explain-json.ts';
import { type History, historyCsv, historyDocument, historyJsonText } from './history.ts';
import { renderHtml } from './html.ts';
import { renderPlanJson } from './json.ts';
import { renderMarkdown } from './markdown.ts';
import { planDocument } from './plan-document.ts';
import { reviewCsv, reviewDocument, reviewJsonText } from './review.ts';
import { renderTerminal } from './terminal.ts';
import { type Compared, whatIfDocument } from './what-if.ts';

export type PlanFormat = 'terminal' | 'markdown' | 'html' | 'json' | 'csv';
export type ExplanationFormat = Exclude<PlanFormat, 'csv'>;

export interface RenderOptions {
  /** terminal: colours and weights; off unless told. */
  readonly colour?: boolean;
  /** terminal: columns; 80 unless told, 60 at least. */
  readonly width?: number;
  /** terminal and markdown: lines a section shows; 20 unless told, `Infinity` shows all. */
  readonly limit?: number;
  /** markdown: characters of the whole; 60,000 unless told, for a comment. */
  readonly maxLength?: number;
}

export interface PlanRenderOptions extends RenderOptions {
  /** The very HTTP request of an operation; without it the report shows no requests. */
  readonly requests?: (operation: Operation) => RequestView;
}

/** The report of a plan, in chunks that a caller may write one by one; together they end with a line break. */
export function renderPlan(
  plan: Plan,
  format: PlanFormat,
  options: PlanRenderOptions = {},
): Iterable<string> {
  if (format === 'csv') return renderPlanCsv(plan);
  return format === 'json'
    ? renderPlanJson(plan, options)
    : renderDocument(planDocument(plan, options), format, options);
}

/** Sections that say what happens to people; the rest is for whoever signs. */
const BRIEF = new Set([
  'deactivated',
  'residual',
  'privileged',
  'held',
  'removals',
  'role-changes',
  'grants',
  'waiting',
  'notices',
]);

/** The verdict and what happens to whom, for a terminal: no figures, no cost, no advice. */
export function renderBrief(plan: Plan, options: RenderOptions = {}): Iterable<string> {
  const document = planDocument(plan);
  const sections = document.sections
    .filter(({ id }) => BRIEF.has(id))
    .map((section) => ({ ...section, folded: false }));
  return renderTerminal({ ...document, facts: [], sections, brief: false }, options);
}

export function renderExplanation(
  explanation: Explanation,
  format: ExplanationFormat,
  options: RenderOptions = {},
): Iterable<string> {
  return format === 'json'
    ? renderExplanationJson(explanation)
    : renderDocument(explanationDocument(explanation), format, options);
}

function renderDocument(
  document: Document,
  format: Exclude<PlanFormat, 'json' | 'csv'>,
  options: RenderOptions,
): Iterable<string> {
  switch (format) {
    case 'terminal':
      return renderTerminal(document, options);
    case 'markdown':
      return renderMarkdown(document, options);
    case 'html':
      return renderHtml(document);
  }
}

export type HistoryFormat = 'terminal' | 'markdown' | 'json' | 'csv';

/** Everything that is known is shown, however long it is. */
export function renderHistory(
  history: History,
  format: HistoryFormat,
  options: RenderOptions = {},
): Iterable<string> {
  if (format === 'json') return historyJsonText(history);
  if (format === 'csv') return historyCsv(history);
  const whole = { limit: Number.POSITIVE_INFINITY, ...options };
  return renderDocument(historyDocument(history), format, whole);
}

export type ReviewFormat = 'csv' | 'markdown' | 'json';

/** A review is whole in every format: what is left out of it is signed by nobody. */
export function renderReview(review: Review, format: ReviewFormat): Iterable<string> {
  if (format === 'json') return reviewJsonText(review);
  if (format === 'csv') return reviewCsv(review);
  const all = Number.POSITIVE_INFINITY;
  return renderMarkdown(reviewDocument(review), { limit: all, maxLength: all });
}

/** As JSON and CSV it is the proposed plan; the difference is for readers. */
export function renderWhatIf(
  compared: Compared,
  format: PlanFormat,
  options: PlanRenderOptions = {},
): Iterable<string> {
  return format === 'json' || format === 'csv'
    ? renderPlan(compared.proposed, format, options)
    : renderDocument(whatIfDocument(compared), format, options);
}
