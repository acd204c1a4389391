/** Who is in a directory group, from the reading that the last run about everything stored: nothing is read for it. */
import { setImmediate as breathe } from 'node:timers/promises';
import type { DirectorySnapshot, PersonRecord, PersonStatus } from '../core/model/directory.ts';
import { closureOf } from '../core/want.ts';
import type { SnapshotStore } from '../state/store.ts';

export interface GroupPerson {
  /** IdP id. */
  readonly id: string;
  readonly email: string | null;
  readonly name: string;
  readonly status: PersonStatus;
  /** Name of the nested group through which they are in it; null: directly. */
  readonly through: string | null;
}

export interface GroupPeople {
  /** Epoch ms of the reading. */
  readonly at: number;
  /** The directory may keep members from us: who is not listed may well be in it. */
  readonly hidden: boolean;
  /** By address, those without one last. */
  readonly people: readonly GroupPerson[];
}

/**
 * Reads the stored reading when somebody asks; as long as nothing else needs its memory, the next who asks gets the same.
 * null: no reading is stored, or it has no group of this id.
 */
export function groupPeopleOf(
  store: SnapshotStore,
): (source: string, id: string, search: string) => Promise<GroupPeople | null> {
  let known: { readonly head: string; readonly snapshot: WeakRef<DirectorySnapshot> } | null = null;
  const read = async (source: string) => {
    const head = (await store.list()).find((one) => one.source === source);
    if (head === undefined) return null;
    const kept = known?.head === head.id ? known.snapshot.deref() : undefined;
    const snapshot = kept ?? (await store.latest(source));
    if (snapshot === null) return null;
    if (kept === undefined) known = { head: head.id, snapshot: new WeakRef(snapshot) };
    return { at: head.at, snapshot };
  };
  return async (source, id, search) => {
    const found = await read(source);
    const group = found?.snapshot.groupIndex(id) ?? -1;
    if (found === null || group < 0) return null;
    const { at, snapshot } = found;
    const people = await sorted(fitting(snapshot, group, search.toLowerCase()));
    return { at, hidden: snapshot.group(group).hidden === true, people };
  };
}

/** People between two chances to breathe. */
const STRIDE = 4096;

/** Each once: directly where they are, else through the nearest nested group. */
function* fitting(snapshot: DirectorySnapshot, group: number, words: string): Generator<GroupPerson | null> {
  const seen = new Set<number>();
  for (const one of closureOf(snapshot, group).groups) {
    const through = one === group ? null : snapshot.group(one).name;
    for (const index of snapshot.members(one)) {
      if (seen.has(index)) continue;
      seen.add(index);
      const person = snapshot.person(index);
      const { id, email, name, status } = person;
      yield mentions(person, words) ? { id, email, name, status, through } : null;
    }
  }
}

function mentions({ email, name, id }: PersonRecord, words: string): boolean {
  return [email, name, id].some((text) => text?.toLowerCase().includes(words) === true);
}

/** In drawers by the beginning of the address, so that no single sort holds up everybody else. */
async function sorted(found: Iterable<GroupPerson | null>): Promise<GroupPerson[]> {
  const drawers = new Map<string, GroupPerson[]>();
  let count = 0;
  for (const person of found) {
    if (++count % STRIDE === 0) await breathe();
    if (person === null) continue;
    const key = person.email?.slice(0, 2).toLowerCase() ?? LAST;
    const drawer = drawers.get(key);
    if (drawer === undefined) drawers.set(key, [person]);
    else drawer.push(person);
  }
  const all: GroupPerson[][] = [];
  for (const key of [...drawers.keys()].sort()) {
    all.push((drawers.get(key) as GroupPerson[]).sort(byAddress));
    await breathe();
  }
  return all.flat();
}

const LAST = '\uffff';

function byAddress(a: GroupPerson, b: GroupPerson): number {
  const [one, other] = [a, b].map(({ email, id }) => (email ?? id).toLowerCase()) as [string, string];
  return one < other ? -1 : one > other ? 1 : 0;
}
