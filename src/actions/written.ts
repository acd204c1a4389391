/** What a run or a plan has written, from the journal. */
import type { WrittenChange } from '../core/model/written.ts';
import { ConfigError } from '../lib/errors.ts';
import type { JournalRow, Store } from '../state/store.ts';
import { needPlan } from './find-plan.ts';

export interface Written {
  /** Id of the run, or of the plan. */
  readonly of: string;
  /** What took effect, oldest first. */
  readonly writes: readonly WrittenChange[];
}

const PAGE = 1000;

/**
 * @param of id of a run, or 8 or more digits of a plan's.
 * @param items item keys, 8 or more digits each; what a person was let in for in the same run goes with that.
 * @throws ConfigError when there is no such run, plan or item, or nothing of it is kept.
 */
export async function writtenBy(
  store: Pick<Store, 'journal' | 'plans' | 'runs'>,
  of: string,
  items: readonly string[] | 'all',
): Promise<Written> {
  const run = await store.runs.get(of);
  const id = run?.id ?? (await needPlan(store, of)).id;
  const mine = (row: JournalRow) =>
    run === null
      ? row.planId === id
      : row.run === id || (row.run === undefined && row.planId !== null && row.planId === run.planId);
  const rows = (await writeRows(store, run?.trigger.at)).filter((row) => mine(row) && row.outcome === 'done');
  const writes = rows.flatMap(({ change }) => (change === undefined ? [] : [change]));
  if (writes.length === 0) throw new ConfigError([nothingOf(of, rows.length)]);
  return { of: id, writes: items === 'all' ? writes : chosen(writes, items, of) };
}

function nothingOf(of: string, rows: number): string {
  return rows === 0
    ? `${of} has written nothing, or nothing that the journal still knows (30 days)`
    : `what ${of} has written was journalled by an older version, without what taking it back needs`;
}

async function writeRows({ journal }: Pick<Store, 'journal'>, from?: number): Promise<JournalRow[]> {
  const found: JournalRow[] = [];
  for (let after: string | null = null; ; ) {
    const start: { after?: string; from?: number } =
      after === null ? (from === undefined ? {} : { from }) : { after };
    const rows = await journal.read({ ...start, limit: PAGE });
    found.push(...rows.filter(({ kind }) => kind === 'write'));
    after = rows.at(-1)?.id ?? null;
    if (after === null || rows.length < PAGE) return found;
  }
}

const SHORTEST = 8;

function chosen(writes: readonly WrittenChange[], items: readonly string[], of: string): WrittenChange[] {
  const picked = new Set<WrittenChange>();
  for (const item of items) {
    const digits = item.toLowerCase();
    const found = digits.length < SHORTEST ? [] : writes.filter((write) => write.item.startsWith(digits));
    const [first] = found;
    if (first === undefined || new Set(found.map((write) => write.item)).size > 1)
      throw new ConfigError([
        `${of.slice(0, 12)} has written no single item "${item}": give ${SHORTEST} or more digits of a key that "history" or the journal shows`,
      ]);
    for (const write of found) picked.add(write);
    for (const write of writes) if (goesWith(first, write)) picked.add(write);
  }
  return writes.filter((write) => picked.has(write));
}

/** What somebody was let in for goes with the letting in. */
function goesWith({ kind, subject, scim }: WrittenChange, other: WrittenChange): boolean {
  if (kind === 'invite') return other.subject.devinId === subject.devinId;
  return kind === 'scim-create-user' && scim !== undefined && other.scim?.user === scim.user;
}
