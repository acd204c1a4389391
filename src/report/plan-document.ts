/** A plan in the order in which a reviewer signs it. Pure: the same plan gives the same document. */
import type { Cause, Change, Notice, NoticeKind, Plan } from '../core/model/change.ts';
import type { Operation } from '../core/model/operation.ts';
import { costSection, nextSection, requestsSection } from './action-sections.ts';
import type { Block, Document, Items, RequestView, Section, Tone } from './document.ts';
import { day, impactTable, massTable, readsTable, reconciliationTables, summaryTable } from './figures.ts';
import {
  type ChangeLineOptions,
  changeLine,
  items,
  noticeLine,
  residualLine,
  violationLine,
} from './lines.ts';
import { byPlace, looksOnly, placeOf, placeTitle, type Shelves, shelve, tally } from './shelves.ts';
import { plural, shortId, time } from './text.ts';
import { headline } from './verdict.ts';
import { CAUSES, guardNames, NOTICES, policyWords } from './words.ts';

export interface PlanDocumentOptions {
  /** The very HTTP request of an operation; without it the report shows no requests. */
  readonly requests?: (operation: Operation) => RequestView;
}

export function planDocument(plan: Plan, { requests }: PlanDocumentOptions = {}): Document {
  const counts = tally(plan.changes);
  const looking = looksOnly(plan);
  const shelves = shelve(plan.changes, looking);
  const sections = [
    summarySection(plan, counts),
    readsSection(plan),
    reconciliationSection(plan),
    deactivatedSection(shelves, looking),
    residualSection(plan),
    privilegedSection(shelves, looking),
    heldSection(plan, shelves),
    noticesSection(plan, 'watch', 'To know before you sign', WATCH),
    removalsSection(shelves),
    impactSection(plan),
    massSection(plan),
    placesSection('role-changes', 'Role changes', 'caution', shelves['role-changes']),
    placesSection('grants', 'Grants', 'calm', shelves.grants),
    { ...placesSection('waiting', 'Waiting', 'quiet', shelves.waiting), note: WAITING_NOTE, folded: true },
    { ...placesSection('barred', 'Not allowed by the policy', 'quiet', shelves.barred), folded: true },
    placesSection('impossible', 'Not possible with this key', 'caution', shelves.impossible),
    {
      ...noticesSection(plan, 'notices', 'Not touched', REST),
      folded: plan.only?.rollback === undefined,
    },
    costSection(plan),
    nextSection(plan),
    requestsSection(plan, requests),
  ];
  return {
    title: `Plan ${shortId(plan.id)}`,
    verdict: headline(plan, counts),
    facts: planFacts(plan),
    brief: plan.changes.length === 0 && !plan.notices.some(({ kind }) => LOUD.has(kind)),
    sections: sections.filter((section) => section.blocks.length > 0),
  };
}

/** Said also where nothing is to do. */
const LOUD: ReadonlySet<NoticeKind> = new Set([
  'blind',
  'other-writer',
  'changed-by-hand',
  'break-glass',
  'grant-ending',
  'calendar',
  'irreversible',
  'not-undone',
  'protected-missing',
  'unassigned',
]);

const WAITING_NOTE = 'These are planned again at the next run, and become ready by themselves.';

/** What a plan was made of and when. */
export function planFacts(plan: Plan): Document['facts'] {
  return [
    { label: 'Plan', value: `${shortId(plan.id)}, made ${time(plan.createdAt)}` },
    ...(plan.only === null ? [] : [{ label: 'Only', value: scopeWords(plan.only) }]),
    { label: 'Directory', value: plan.tenants.directory },
    { label: 'Devin', value: plan.tenants.devin },
    { label: 'Readings', value: readings(plan) },
    { label: 'Policy', value: policyWords(plan.policy) },
    { label: 'Configuration', value: shortId(plan.configHash) },
  ];
}

function scopeWords({ user, group, org, rollback }: NonNullable<Plan['only']>): string {
  if (rollback !== undefined) return `what run ${rollback.slice(0, 12)} has written, taken back`;
  const parts = [
    ...(user === undefined ? [] : [user]),
    ...(group === undefined ? [] : [`group ${group}`]),
    ...(org === undefined ? [] : [`organization ${org}`]),
  ];
  return `${parts.join(', ')}; everything else was read and judged, but is not part of this plan`;
}

function section(id: string, title: string, tone: Tone, blocks: readonly Block[]): Section {
  const count = blocks.reduce((sum, block) => (block.type === 'items' ? sum + block.count : sum), 0);
  return { id, title, tone, blocks, count: count === 0 ? null : count, note: null, folded: false };
}

function summarySection(plan: Plan, counts: ReturnType<typeof tally>): Section {
  return section('summary', 'Summary', 'quiet', plan.changes.length === 0 ? [] : [summaryTable(counts)]);
}

function readings({ reads }: Plan): string {
  const collections = reads.directory.length + reads.devin.length;
  if (collections === 0) return 'none recorded';
  const each = collections === 1 ? 'it was read' : 'each was read';
  return `${plural(collections, 'collection')}, ${each} to its last page`;
}

function readsSection({ reads }: Plan): Section {
  const none = reads.directory.length + reads.devin.length === 0;
  const blocks = none ? [] : [readsTable(reads)];
  return { ...section('reads', 'Completeness of the readings', 'quiet', blocks), folded: true };
}

function reconciliationSection(plan: Plan): Section {
  const note = 'Every person and every Devin user is counted once.';
  const blocks = reconciliationTables(plan);
  return { ...section('reconciliation', 'Reconciliation', 'quiet', blocks), note, folded: true };
}

function deactivatedSection(shelves: Shelves, looking: boolean): Section {
  const blocks = linesOf(shelves.deactivated, { withCause: true, withStatus: !looking });
  return section('deactivated', 'Deactivated people who still have access', 'alarm', blocks);
}

function residualSection(plan: Plan): Section {
  const blocks = plan.residual.length === 0 ? [] : [items(null, null, plan.residual, residualLine)];
  const note = 'A group gives this access, and no call that this daemon may make ends it.';
  return { ...section('residual', 'Access that stays after this plan', 'alarm', blocks), note };
}

function privilegedSection(shelves: Shelves, looking: boolean): Section {
  const blocks = linesOf(shelves.privileged, { withCause: true, withStatus: !looking });
  return section('privileged', 'Changes of admin roles', 'alarm', blocks);
}

function linesOf(changes: readonly Change[], options: ChangeLineOptions): Items[] {
  return changes.length === 0 ? [] : [items(null, null, changes, (change) => changeLine(change, options))];
}

function heldSection(plan: Plan, { held }: Shelves): Section {
  const guards = items('What holds', null, plan.violations, violationLine);
  const byGuards = Map.groupBy(held, ({ verdict }) =>
    verdict.state === 'held' ? guardNames(verdict.by) : '',
  );
  const toLine = (change: Change) => changeLine(change, { withCause: true, withStatus: false });
  const groups = [...byGuards].map(([guards, changes]) => items(`Held by ${guards}`, null, changes, toLine));
  const blocks = plan.violations.length === 0 ? groups : [guards, ...groups];
  const elsewhere = plan.changes.filter(({ verdict }) => verdict.state === 'held').length - held.length;
  return {
    ...section('held', 'Held for approval', 'alarm', blocks),
    count: held.length + elsewhere,
    note: elsewhere === 0 ? null : `${plural(elsewhere, 'held change is', 'held changes are')} listed above.`,
  };
}

function removalsSection({ removals }: Shelves): Section {
  const byCause = Map.groupBy(removals, ({ cause }) => cause);
  const toLine = (change: Change) => changeLine(change, { withCause: false, withStatus: false });
  const blocks = (Object.keys(CAUSES) as Cause[]).flatMap((cause) => {
    const changes = byCause.get(cause);
    return changes === undefined ? [] : [items(CAUSES[cause].title, CAUSES[cause].proof, changes, toLine)];
  });
  return section('removals', 'Removals by cause', 'caution', blocks);
}

/** Whoever reads on before signing sees what each removal means; a missing permission is said once. */
function impactSection({ impact }: Plan): Section {
  const empty = section('impact', 'What the removals mean', 'caution', []);
  if (impact === undefined) return empty;
  const more =
    impact.leftOut === 0 ? [] : [`${plural(impact.leftOut, 'more person', 'more people')} not looked up`];
  const counted =
    impact.people.length === 0 || impact.since === null ? [] : [`Counted since ${day(impact.since)}`];
  const notes = [...counted, ...impact.lacks, ...more];
  return {
    ...empty,
    note: notes.length === 0 ? null : `${notes.join('. ')}.`,
    blocks: impact.people.length === 0 ? [] : [impactTable(impact)],
  };
}

function massSection(plan: Plan): Section {
  const table = massTable(plan.changes);
  const note = 'All verdicts together; one person may count in several places.';
  return { ...section('mass', 'Largest effects', 'caution', table === null ? [] : [table]), note };
}

function placesSection(id: string, title: string, tone: Tone, changes: readonly Change[]): Section {
  const toLine = (change: Change) =>
    changeLine(change, { withCause: true, withStatus: tone === 'quiet' || id === 'impossible' });
  const places = byPlace(Map.groupBy(changes, placeOf));
  const blocks = places.map(([place, some]) => items(placeTitle(place), null, some, toLine));
  return section(id, title, tone, blocks);
}

const WATCH: readonly NoticeKind[] = ['break-glass', 'grant-ending', 'calendar'];
const REST = (Object.keys(NOTICES) as NoticeKind[]).filter((kind) => !WATCH.includes(kind));

function noticesSection(plan: Plan, id: string, title: string, kinds: readonly NoticeKind[]): Section {
  const byKind: ReadonlyMap<NoticeKind, Notice[]> = Map.groupBy(plan.notices, ({ kind }) => kind);
  const blocks = kinds.flatMap((kind) => {
    const notices = byKind.get(kind);
    return notices === undefined ? [] : [items(NOTICES[kind], null, notices, noticeLine)];
  });
  return section(id, title, id === 'watch' ? 'caution' : 'quiet', blocks);
}
