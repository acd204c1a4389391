/** Decides on a few people of a world alone: what the loop does for a resync of one person. */
import { type Decision, decide } from '../../src/core/decide.ts';
import { DevinBuilder, type DevinState } from '../../src/core/model/devin.ts';
import type { GroupRecord } from '../../src/core/model/directory.ts';
import { NO_EVIDENCE } from '../../src/core/model/evidence.ts';
import type { Sighting } from '../../src/core/model/sighting.ts';
import type { Standing } from '../../src/core/model/standing.ts';
import { evidenceFrom, partOf } from '../../src/core/part.ts';
import { TENANTS, type World } from './world.ts';

/** A full decision, as it is stored for later. */
export function standingOf(of: World): Standing {
  const first = of.decide();
  return of.decide(of.ask(first.questions)).standing as Standing;
}

/** What a directory says of these people, with the groups that they are in through other groups. */
export function sightingOf(of: World, ids: readonly string[], groups: readonly string[] = []): Sighting {
  const found = ids.flatMap((id) => {
    const groups = groupsOf(of, id);
    const human = of.people.get(id);
    if (human !== undefined) return [{ person: { ...human, name: id }, groups }];
    // Named by a group, but listed nowhere.
    const unknown = { id, email: null, name: '', status: 'unknown' } as const;
    return groups.length > 0 ? [{ person: unknown, groups }] : [];
  });
  return {
    tenant: TENANTS.directory,
    people: found,
    existing: groups.filter((id) => of.teams.has(id)),
    reads: [],
  };
}

function groupsOf(of: World, person: string): GroupRecord[] {
  const inside = new Set([...of.teams.values()].filter(({ people }) => people.has(person)));
  for (let before = -1; before < inside.size; ) {
    before = inside.size;
    for (const team of of.teams.values())
      if ([...inside].some(({ id }) => team.groups.has(id))) inside.add(team);
  }
  return Array.from(inside, ({ id, name, hidden }) => ({ id, name, hidden }));
}

/** The users of these people and on these addresses, and nobody else. */
export function usersOf(of: World, wanted: (id: string, email: string | null) => boolean): DevinState {
  const whole = of.devin();
  const builder = new DevinBuilder(whole.head);
  const { orgs, roles } = whole.head;
  for (let user = 0; user < whole.userCount; user++) {
    const record = whole.user(user);
    if (!wanted(record.id, record.email)) continue;
    const index = builder.user(record);
    const org = (at: number) => orgs[at]?.id ?? null;
    for (const edge of whole.directRoles(user))
      builder.direct(index, org(edge.org), roles[edge.role]?.id as string);
    for (const edge of whole.derivedRoles(user))
      builder.derived(index, whole.groupName(edge.group), org(edge.org), roles[edge.role]?.id as string);
  }
  return builder.build();
}

/** null: only a whole turn can tell; `doubt` says why. */
export function decidePart(
  of: World,
  standing: Standing,
  email: string,
): Decision | { readonly doubt: string } {
  const { memory } = of;
  const people = new Set<string>();
  const users = new Set<string>();
  for (const human of of.people.values()) if (human.email === email) people.add(human.id);
  for (const user of of.users.values()) if (user.email === email) users.add(user.id);
  for (const row of memory.people) {
    if (people.has(row.directoryId) || users.has(row.devinId)) {
      people.add(row.directoryId);
      users.add(row.devinId);
    }
  }
  const ids = [...people];
  const known = partOf(standing, sightingOf(of, ids), ids, of.settings.rules);
  if ('doubt' in known) return known;
  const input = {
    ...of.input(),
    directory: known.known,
    devin: usersOf(of, (id) => users.has(id)),
    memory: {
      ...memory,
      people: memory.people.filter((row) => people.has(row.directoryId) || users.has(row.devinId)),
      holds: [],
    },
    only: { user: email },
    standing,
  };
  const first = decide(input);
  const answers = { ...NO_EVIDENCE, people: of.ask(first.questions).people };
  const evidence = evidenceFrom(first.questions, sightingOf(of, ids, first.questions.groups), answers);
  if ('doubt' in evidence) return evidence;
  return decide({ ...input, evidence: evidence.known });
}
