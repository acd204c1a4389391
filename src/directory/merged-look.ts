/**
 * A few people of several sources, from their own side. Who is one person was found out by the last whole reading; a look
 * that shows anybody else, or fewer accounts of somebody, is no answer, and a whole turn has to tell.
 */
import { DirectoryBuilder, type GroupRecord, type SnapshotPart } from '../core/model/directory.ts';
import type { SeenPerson, Sighting, Sought } from '../core/model/sighting.ts';
import { SourceReadError } from '../lib/errors.ts';
import type { ReadContext } from '../lib/reading.ts';
import { together } from '../lib/together.ts';
import {
  type Merged,
  type MergeRules,
  mergedId,
  mergeParts,
  severalTenants,
  splitId,
} from './merged-snapshot.ts';
import type { DirectorySource } from './source.ts';

type Look = NonNullable<DirectorySource['look']>;

export interface LookingSource {
  readonly name: string;
  readonly look: Look;
}

/** An address leads to an account whose address leads to another one: more rounds are a tangle. */
const MOST_ROUNDS = 3;

/** @throws SourceReadError also where only a whole reading can tell. */
export async function mergedLook(
  sources: readonly LookingSource[],
  rules: MergeRules,
  last: Merged | null,
  sought: Sought,
  context: ReadContext,
): Promise<Sighting> {
  if (last === null) throw doubt('this process has not read all sources yet');
  const seen = await lookAround(sources, rules, sought, context);
  const parts = [...seen].map(([name, sighting]) => partOf(name, sighting));
  const merged = mergeParts(parts, rules);
  const people = peopleOf(merged);
  for (const { person } of people) refuseStrange(person.id, merged, last);
  return {
    tenant: severalTenants([...seen].map(([name, { tenant }]) => ({ name, tenant }))),
    people,
    existing: [...seen].flatMap(([name, { existing }]) => existing.map((id) => mergedId(name, id))),
    reads: [...seen].flatMap(([name, { reads }]) =>
      reads.map((read) => ({ ...read, what: `${name}: ${read.what}` })),
    ),
  };
}

/** In every source by id and address, then by the addresses that were found. */
async function lookAround(
  sources: readonly LookingSource[],
  { addressOf }: MergeRules,
  sought: Sought,
  context: ReadContext,
): Promise<ReadonlyMap<string, Sighting>> {
  const seen = new Map<string, Sighting>();
  const asked = new Set(sought.emails.map(addressOf));
  let emails: readonly string[] = sought.emails;
  for (let round = 0; round < MOST_ROUNDS; round++) {
    const first = round === 0;
    const tasks = sources.map(({ name, look }) => async (signal: AbortSignal) => {
      const people = first ? own(sought.people, name) : [];
      const groups = first ? own(sought.groups, name) : [];
      const found = await look({ people, emails, groups }, { ...context, signal });
      seen.set(name, joined(seen.get(name), found));
    });
    await together(context.signal, tasks);
    const addresses = sources.flatMap(({ name }) => seen.get(name)?.people ?? []);
    const found = new Set(addresses.flatMap(({ person }) => addressOf(person.email) ?? []));
    emails = [...found].filter((address) => !asked.has(address));
    for (const address of emails) asked.add(address);
    // In the order of precedence, whichever answered first.
    if (emails.length === 0) return new Map(sources.map(({ name }) => [name, seen.get(name) as Sighting]));
  }
  throw doubt('one address leads to too many others');
}

function own(ids: readonly string[], name: string): string[] {
  return ids.map(splitId).flatMap(({ source, id }) => (source === name ? [id] : []));
}

function joined(one: Sighting | undefined, other: Sighting): Sighting {
  if (one === undefined) return other;
  const people = new Map([...one.people, ...other.people].map((seen) => [seen.person.id, seen]));
  return { ...one, people: [...people.values()], reads: [...one.reads, ...other.reads] };
}

function partOf(name: string, { tenant, people, reads }: Sighting): SnapshotPart {
  const builder = new DirectoryBuilder();
  const groups = new Map(people.flatMap((seen) => seen.groups.map((group) => [group.id, group] as const)));
  for (const { person } of people) builder.person(person);
  for (const group of groups.values()) builder.group(group);
  for (const seen of people) for (const { id } of seen.groups) builder.member(id, seen.person.id);
  for (const id of groups.keys()) builder.closeGroup(id);
  builder.closeList('people');
  builder.closeList('groups');
  const scope = { kind: 'part', people: people.map(({ person }) => person.id) } as const;
  return { name, snapshot: builder.seal({ tenant, scope, reads }), unread: null };
}

function peopleOf({ snapshot }: Merged): SeenPerson[] {
  const groups = Array.from({ length: snapshot.personCount }, (): GroupRecord[] => []);
  for (let group = 0; group < snapshot.groupCount; group++)
    for (const person of snapshot.members(group)) groups[person]?.push(snapshot.group(group));
  return groups.map((own, index) => ({ person: snapshot.person(index), groups: own }));
}

/** Their accounts must be those of the last whole reading, no more and no fewer. */
function refuseStrange(id: string, now: Merged, last: Merged): void {
  const accounts = ({ linked }: Merged) =>
    (linked.get(id)?.identities ?? [splitId(id)]).map((one) => mergedId(one.source, one.id)).join(' ');
  if (last.snapshot.personIndex(id) < 0 || accounts(now) !== accounts(last))
    throw doubt(`the accounts of ${id} are not those of the last whole reading`);
}

function doubt(why: string): SourceReadError {
  return new SourceReadError(`several sources cannot be asked about a few people just now: ${why}`);
}
