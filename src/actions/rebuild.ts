/** The ledger again, from an exported journal, after its store was lost: who was given what by whom. */
import { type LedgerEdge, withEdges } from '../core/adopt.ts';
import type { Memory, Rejection, ScimMark } from '../core/model/memory.ts';
import { type MarkTold, markKey } from '../core/scim-ledger.ts';
import { ConfigError } from '../lib/errors.ts';
import { ChainReader } from '../lib/hash-chain.ts';
import type { ReadContext } from '../lib/reading.ts';
import { entryOf } from '../state/store.ts';
import type { LoopDeps } from '../sync/run.ts';
import { journalLine, type LedgerLine } from './journal-line.ts';
import { look } from './plan.ts';
import { inOrder, type JournalText } from './verify-journal.ts';

export interface Rebuilt {
  /** Lines that were read. */
  readonly entries: number;
  /** Rows that the ledger has now and had not before. */
  readonly people: number;
  readonly groups: number;
  /** The same of users and memberships that were written through SCIM. */
  readonly marks: number;
  /** Of those people, how many Devin still lists under the same id. */
  readonly present: number;
  readonly rejections: number;
}

/**
 * What the ledger knows already stays as it is. Nothing is approved by it: the next plan is a first plan.
 * @param files JSON Lines, oldest first, as `journal export` and `ledger export` write them.
 * @throws ConfigError that names the first line which is no entry of a journal, or breaks the chain.
 */
export async function rebuildLedger(
  loop: LoopDeps,
  { files, by }: { readonly files: readonly JournalText[]; readonly by: string },
  context: ReadContext,
): Promise<Rebuilt> {
  const { memory: journalled, entries } = await replay(files);
  const { input } = await look(loop, context, false);
  const before = input.memory;
  const people = missing(before.people, journalled.people);
  const groups = missing(before.groups, journalled.groups);
  const marks = journalled.scim.filter(unknownIn(before.scim));
  const said = new Set([...before.rejections, ...before.approvals].map(({ item }) => item));
  const rejections = journalled.rejections.filter(({ item }) => !said.has(item));
  const after: Memory = {
    ...before,
    tenants: input.tenants,
    people: [...before.people, ...people],
    groups: [...before.groups, ...groups],
    scim: [...before.scim, ...marks],
    rejections: [...before.rejections, ...rejections],
  };
  await loop.store.memory.save(before, after);
  const reason = `${people.length} people, ${groups.length} groups and ${marks.length} marks of SCIM from ${entries} entries`;
  await loop.store.journal.append([
    entryOf({ at: loop.clock(), kind: 'adopt', actor: by, subject: 'the ledger', reason }),
  ]);
  const present = people.filter(({ devinId }) => input.devin.userIndex(devinId) >= 0).length;
  const counts = { people: people.length, groups: groups.length, marks: marks.length };
  return { entries, ...counts, present, rejections: rejections.length };
}

/** Rows that the ledger has no row for; one without any role of ours says nothing. */
function missing<
  T extends { readonly directoryId: string; readonly places: Readonly<Record<string, string>> },
>(known: readonly T[], found: readonly T[]): readonly T[] {
  const ids = new Set(known.map(({ directoryId }) => directoryId));
  return found.filter(({ directoryId, places }) => !ids.has(directoryId) && Object.keys(places).length > 0);
}

function unknownIn(known: readonly ScimMark[]): (mark: ScimMark) => boolean {
  const keys = new Set(known.map(markKey));
  return (mark) => !keys.has(markKey(mark));
}

type Replayed = Pick<Memory, 'people' | 'groups' | 'scim' | 'rejections'>;

async function replay(files: readonly JournalText[]): Promise<{ memory: Replayed; entries: number }> {
  const ledger = new Ledger();
  const chain = new ChainReader();
  let entries = 0;
  for (const { name, lines } of await inOrder(files)) {
    let at = 0;
    chain.nextFile();
    for await (const text of lines()) {
      at++;
      if (text.trim() === '') continue;
      const line = journalLine(text);
      if (line === null)
        throw new ConfigError([
          `${name}, line ${at}: no entry of a journal; give files that "journal export" wrote`,
        ]);
      const before = chain.head;
      const broken = line.hash === undefined ? null : chain.take(text);
      if (broken !== null) throw new ConfigError([`${name}, line ${at}: ${broken}`]);
      // Two writers that took turns may both have written it.
      if (line.hash !== undefined && chain.head === before) continue;
      entries++;
      ledger.take(line);
    }
  }
  if (entries === 0) throw new ConfigError(['nothing was rebuilt: there is no line in what was given']);
  return { memory: ledger.memory(), entries };
}

/** Entries in the order in which they happened. */
class Ledger {
  readonly #edges = new Map<string, { edge: LedgerEdge; owner: 'managed' | 'adopted' }>();
  readonly #marks = new Map<string, ScimMark>();
  readonly #rejections = new Map<string, Rejection>();

  take({ kind, edge, mark, item, at, actor, reason, subject }: LedgerLine): void {
    if (item !== null && kind === 'reject')
      this.#rejections.set(item, { item, by: actor ?? 'unknown', at, why: reason ?? '' });
    if (item !== null && kind === 'approve') this.#rejections.delete(item);
    if (mark !== null) this.#mark(mark);
    if (edge === null) return;
    const who = `${edge.type}/${edge.directoryId}/`;
    const key = `${who}${edge.place}`;
    const whole = edge.gone || (edge.type === 'person' && this.#isOther(key, edge.devinId));
    if (whole)
      for (const known of [...this.#edges.keys()]) if (known.startsWith(who)) this.#edges.delete(known);
    if (edge.role === null || kind === 'release') this.#edges.delete(key);
    else {
      const role = { id: edge.role, name: edge.role };
      const { type, directoryId, devinId, place } = edge;
      const owner = kind === 'adopt' ? 'adopted' : 'managed';
      this.#edges.set(key, {
        edge: { type, directoryId, devinId, place, role, label: subject ?? devinId, placeName: place },
        owner,
      });
    }
  }

  memory(): Replayed {
    const all = [...this.#edges.values()];
    const empty: Pick<Memory, 'people' | 'groups'> = { people: [], groups: [] };
    const edgesOf = (owner: string) => all.filter((one) => one.owner === owner).map(({ edge }) => edge);
    const managed = withEdges(empty, edgesOf('managed'), 'managed');
    const { people, groups } = withEdges(managed, edgesOf('adopted'), 'adopted');
    const scim = [...this.#marks.values()];
    return { people, groups, scim, rejections: [...this.#rejections.values()] };
  }

  #mark({ gone, ...mark }: MarkTold): void {
    if (gone) this.#marks.delete(markKey(mark));
    else this.#marks.set(markKey(mark), mark);
  }

  #isOther(key: string, devinId: string): boolean {
    const known = this.#edges.get(key);
    return known !== undefined && known.edge.devinId !== devinId;
  }
}
