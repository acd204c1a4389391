/**
 * The ledger under the ids of another directory: the people are the same, their ids are not. Joined by what a person
 * says (a map of ids) or by the e-mail address; nobody is guessed.
 */
import { isOutsiderId, normaliseEmail } from './identity.ts';
import type { DevinState } from './model/devin.ts';
import type { DirectorySnapshot } from './model/directory.ts';
import type { LedgerGroup, LedgerPerson, Memory, ScimMark } from './model/memory.ts';
import { sizeOf } from './remember.ts';

export interface RelinkInput {
  readonly memory: Memory;
  readonly directory: DirectorySnapshot;
  readonly devin: DevinState;
  readonly domainAliases: Readonly<Record<string, string>>;
  /** Old id → new id, for people; stronger than addresses. */
  readonly ids: ReadonlyMap<string, string>;
}

export interface Relinked {
  readonly memory: Memory;
  /** Rows that moved to another id, and rows that had theirs already. */
  readonly moved: number;
  readonly kept: number;
  /** Rows without somebody in the directory, with why. */
  readonly unmatched: readonly { readonly email: string; readonly why: string }[];
  readonly groups: { readonly moved: number; readonly unmatched: readonly string[] };
}

/** What was said about items, and what was seen of absences, was about the old ids: it begins anew. */
export function relink(input: RelinkInput): Relinked {
  const { memory, directory } = input;
  const people = relinkPeople(input);
  const groups = relinkGroups(memory.groups, directory);
  return {
    ...people,
    groups: { moved: groups.moved, unmatched: groups.unmatched },
    memory: {
      ...memory,
      people: people.rows,
      groups: groups.rows,
      scim: relinkMarks(input, groups.rows),
      bindings: {},
      tombstones: [],
      rolls: [],
      approvals: [],
      halfApprovals: [],
      rejections: [],
      holds: [],
      flips: [],
      baseline: sizeOf(directory),
    },
  };
}

/** What was written through SCIM; whoever or whatever cannot be told is no longer ours there, and so is left alone. */
function relinkMarks(input: RelinkInput, groups: readonly LedgerGroup[]): readonly ScimMark[] {
  const { memory, directory, devin } = input;
  const findNew = finder(input);
  const users = new Map(devin.head.scim?.users.map((user) => [user.externalId, user.userName]));
  const groupIds = new Map(memory.groups.map((row, at) => [row.directoryId, groups[at]?.directoryId]));
  return memory.scim.flatMap((mark) => {
    const email = users.get(mark.person) ?? '';
    const { id: person } = findNew({ directoryId: mark.person, devinId: '', email, places: {} });
    const group = mark.group === '' ? '' : groupIds.get(mark.group);
    const isKnown =
      person !== null && group !== undefined && (group === '' || directory.groupIndex(group) >= 0);
    return isKnown ? [{ ...mark, person, group }] : [];
  });
}

type People = Pick<Relinked, 'moved' | 'kept' | 'unmatched'> & { readonly rows: readonly LedgerPerson[] };

function relinkPeople(input: RelinkInput): People {
  const { memory } = input;
  const findNew = finder(input);
  const targets = new Map(memory.people.map((row) => [row, findNew(row)]));
  const taken = Map.groupBy(targets.values(), (target) => target);
  const unmatched: { email: string; why: string }[] = [];
  let moved = 0;
  const rows = memory.people.map((row): LedgerPerson => {
    const target = targets.get(row) as Target;
    const why = target.id === null ? target.why : doubled(taken, target);
    if (why === null) {
      if (target.id !== row.directoryId) moved++;
      return { ...row, directoryId: target.id as string };
    }
    unmatched.push({ email: row.email, why });
    return row;
  });
  return { rows, moved, kept: rows.length - moved - unmatched.length, unmatched };
}

type Target = { readonly id: string; readonly why?: undefined } | { readonly id: null; readonly why: string };

function doubled(taken: ReadonlyMap<Target, readonly Target[]>, target: Target): string | null {
  const same = taken.get(target) as readonly Target[];
  return same.length > 1 ? `several rows of the ledger lead to the id ${target.id}` : null;
}

/** One value for each target, so that targets can be counted. */
function finder({ directory, devin, domainAliases, ids }: RelinkInput): (row: LedgerPerson) => Target {
  const byAddress = new Map<string, number | 'several'>();
  for (let person = 0; person < directory.personCount; person++) {
    const address = normaliseEmail(directory.person(person).email, domainAliases);
    if (address !== null) byAddress.set(address, byAddress.has(address) ? 'several' : person);
  }
  const known = new Map<string, Target>();
  const target = (id: string): Target => {
    const same = known.get(id) ?? { id };
    known.set(id, same);
    return same;
  };
  return (row) => {
    if (isOutsiderId(row.directoryId) || directory.personIndex(row.directoryId) >= 0)
      return target(row.directoryId);
    const said = ids.get(row.directoryId);
    if (said !== undefined)
      return directory.personIndex(said) >= 0
        ? target(said)
        : { id: null, why: `the map says ${said}, which the directory does not have` };
    const user = devin.userIndex(row.devinId);
    const addresses = [row.email, user < 0 ? null : devin.user(user).email];
    for (const email of addresses) {
      const person = byAddress.get(normaliseEmail(email, domainAliases) ?? '');
      if (person === 'several') return { id: null, why: 'several people of the directory have that address' };
      if (person !== undefined) return target(directory.person(person).id);
    }
    return { id: null, why: 'nobody in the directory has that address' };
  };
}

function relinkGroups(
  rows: readonly LedgerGroup[],
  directory: DirectorySnapshot,
): { rows: readonly LedgerGroup[]; moved: number; unmatched: readonly string[] } {
  const byName = Map.groupBy(
    Array.from({ length: directory.groupCount }, (_, group) => directory.group(group)),
    ({ name }) => name,
  );
  const unmatched: string[] = [];
  let moved = 0;
  const relinked = rows.map((row): LedgerGroup => {
    if (directory.groupIndex(row.directoryId) >= 0) return row;
    const same = byName.get(row.name) ?? [];
    if (same.length !== 1) {
      unmatched.push(row.name);
      return row;
    }
    moved++;
    return { ...row, directoryId: (same[0] as { id: string }).id };
  });
  return { rows: relinked, moved, unmatched };
}
