/**
 * A few people as a reading that can be decided on: their own groups from what the directory says now, the names of
 * all groups as the last decision about everything had them. Where the two do not fit, only a whole turn can tell.
 */
import { DirectoryBuilder, type DirectorySnapshot } from './model/directory.ts';
import type { Evidence, GroupEvidence, Questions } from './model/evidence.ts';
import type { Rule } from './model/settings.ts';
import type { SeenPerson, Sighting } from './model/sighting.ts';
import type { Standing, StandingGroup } from './model/standing.ts';

/** A doubt says in words why a few people cannot be judged alone. */
export type Doubtful<T> = { readonly known: T } | { readonly doubt: string };

/** @param sought IdP ids of everybody who is judged, found or not. */
export function partOf(
  standing: Standing,
  { tenant, people, reads }: Sighting,
  sought: readonly string[],
  rules: readonly Rule[],
): Doubtful<DirectorySnapshot> {
  const groups = new Map(standing.groups.map((group) => [group.id, group]));
  const doubt = doubtOf(groups, people, rules);
  if (doubt !== null) return { doubt };
  const builder = new DirectoryBuilder();
  for (const group of standing.groups) builder.group({ ...group });
  for (const { person, groups: own } of people) {
    builder.person(person);
    // Through which group they are in another one is not looked at again: being in it is what counts.
    for (const { id } of own) if (groups.has(id)) builder.member(id, person.id);
  }
  for (const { id } of standing.groups) builder.closeGroup(id);
  builder.closeList('people');
  builder.closeList('groups');
  const ids = new Set([...sought, ...people.map(({ person }) => person.id)]);
  return { known: builder.seal({ tenant, scope: { kind: 'part', people: [...ids] }, reads }) };
}

function doubtOf(
  known: ReadonlyMap<string, StandingGroup>,
  people: readonly SeenPerson[],
  rules: readonly Rule[],
): string | null {
  for (const { groups } of people) {
    for (const { id, name, hidden } of groups) {
      const then = known.get(id);
      if (then === undefined) {
        if (isNamed(rules, id, name)) return `the group "${name}" is new`;
        continue;
      }
      if (then.name !== name) return `the group "${then.name}" is now "${name}"`;
      if (then.hidden || hidden === true) return `the members of "${name}" may be hidden`;
    }
  }
  return null;
}

function isNamed(rules: readonly Rule[], id: string, name: string): boolean {
  return rules.some(({ match }) => {
    if (match.by === 'id') return match.id === id;
    return match.by === 'name' ? match.name === name : new RegExp(`^(?:${match.pattern})$`).test(name);
  });
}

/** Answers about groups from a second look at the people: what is asked is whether these people are still in them. */
export function evidenceFrom(
  { groups: asked }: Questions,
  { people, existing }: Sighting,
  answers: Evidence,
): Doubtful<Evidence> {
  const exist = new Set(existing);
  const groups = new Map<string, GroupEvidence>();
  for (const id of asked) {
    if (!exist.has(id)) return { doubt: `the directory no longer has the group ${id}` };
    const inside = people.filter((seen) => seen.groups.some((group) => group.id === id));
    groups.set(id, { people: new Set(inside.map(({ person }) => person.id)), groups: new Set() });
  }
  return { known: { people: answers.people, groups } };
}
