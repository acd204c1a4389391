/** What was written and decided about one person, and why somebody has what they have: readings and the journal together. */
import { explain } from '../core/explain.ts';
import { normaliseEmail } from '../core/identity.ts';
import type { Explanation } from '../core/model/explanation.ts';
import type { HistoryEntry } from '../core/model/history.ts';
import type { JournalRow, Store } from '../state/store.ts';
import type { LoopDeps, Turn } from '../sync/run.ts';

const PAGE = 1000;
/** The newest of them, in an explanation. */
const SHOWN = 10;

export interface Somebody {
  /** In any letter case. */
  readonly email: string;
  /** Ids that the person is known by, where somebody looked: an address may have changed since. */
  readonly ids?: readonly string[];
}

/** Oldest first; the journal reaches 30 days back. */
export async function historyOf(
  { store, settings }: { readonly store: Pick<Store, 'journal'>; readonly settings: LoopDeps['settings'] },
  { email, ids = [] }: Somebody,
): Promise<readonly HistoryEntry[]> {
  const plain = (text: string) => normaliseEmail(text, settings.domainAliases) ?? text.trim().toLowerCase();
  const wanted = plain(email);
  const known = new Set(ids);
  const isMine = ({ kind, subject, change }: JournalRow): boolean => {
    if (kind === 'sending') return false;
    if (subject !== null && plain(subject) === wanted) return true;
    const { directoryId = null, devinId = null } = change?.subject ?? {};
    return (directoryId !== null && known.has(directoryId)) || (devinId !== null && known.has(devinId));
  };
  const found: HistoryEntry[] = [];
  for (let after: string | null = null; ; ) {
    const rows: readonly JournalRow[] = await store.journal.read({
      limit: PAGE,
      ...(after === null ? {} : { after }),
    });
    found.push(...rows.filter(isMine).map(entryOf));
    after = rows.at(-1)?.id ?? null;
    if (after === null || rows.length < PAGE) return found;
  }
}

export function entryOf(row: JournalRow): HistoryEntry {
  const { at, kind, change, edge, subject, before, after, outcome, reason, actor, planId, run, item } = row;
  return {
    at,
    kind: change?.kind ?? kind,
    subject: subject ?? '',
    org: change?.org?.name ?? (edge?.place || null),
    before,
    after,
    outcome,
    reason,
    actor,
    plan: planId,
    run: run ?? null,
    item,
  };
}

/** @param turn a look at both sides. */
export async function explainPerson(loop: LoopDeps, turn: Turn, email: string): Promise<Explanation> {
  const explanation = explain(turn.input, turn.decision.plan, email);
  const ids = [explanation.person?.id ?? [], explanation.users.map(({ id }) => id)].flat();
  const history = await historyOf(
    { store: loop.store, settings: turn.input.settings },
    { email: explanation.email, ids },
  );
  const { file = null, ruleLines = [] } = loop.origin ?? {};
  return {
    ...explanation,
    configFile: file,
    rules: explanation.rules.map((rule, order) => ({ ...rule, line: ruleLines[order] ?? null })),
    writes: history.slice(-SHOWN).toReversed(),
  };
}
