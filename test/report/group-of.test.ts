/** Which groups a change comes from is read from what the core says of it: no word of the core may be lost on the way. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Cause, CHANGE_KINDS, type Change } from '../../src/core/model/change.ts';
import { groupsOf } from '../../src/report/group-of.ts';
import { anyWorld } from '../helpers/arbitrary-world.ts';
import { runs } from '../helpers/runs.ts';
import { run, type World } from '../helpers/world.ts';

/** Of what is taken from a person, by cause: from the groups that they left, or from none. */
const TAKEN: Readonly<Record<Cause, 'left' | 'none'>> = {
  'left-group': 'left',
  // Somebody else's access, which a group may have given before they left it.
  foreign: 'left',
  'rule-changed': 'left',
  'grant-expired': 'left',
  'out-of-scope': 'left',
  rule: 'none',
  deactivated: 'none',
  suspended: 'none',
  vanished: 'none',
  'group-deleted': 'none',
  rollback: 'none',
};

/** What is given to a person for no group's sake. */
const GROUPLESS = [/an organization role needs an enterprise role$/, /the no-access role until they return$/];

/** Names of the groups of rules through which this person is to have this role there. */
function giving(of: World, { subject, org, after }: Change): string[] {
  const holds = (id: string, seen: ReadonlySet<string>): boolean => {
    const team = of.teams.get(id);
    if (team === undefined || seen.has(id)) return false;
    const deeper = new Set([...seen, id]);
    return team.people.has(subject.directoryId ?? '') || [...team.groups].some((one) => holds(one, deeper));
  };
  const named = (name: string) => [...of.teams.values()].filter((team) => team.name === name);
  return of.settings.rules
    .filter(({ role, org: place }) => role === after?.name && place === (org?.name ?? null))
    .flatMap(({ match }) => (match.by === 'name' ? [match.name] : []))
    .filter((name) => named(name).some(({ id }) => holds(id, new Set())));
}

test('every change that a rule makes is counted with a group that gives it, every loss with those that were left', () => {
  const met = new Set<string>();
  fc.assert(
    fc.property(anyWorld, (of) => {
      for (const change of run(of).changes) {
        const { subject, kind, cause, reason, left = [] } = change;
        const groups = groupsOf(change);
        const { effect } = CHANGE_KINDS[kind];
        met.add(`${subject.type} ${effect} ${cause}`);
        if (subject.type === 'group') expect(groups).toContain(subject.label);
        else if (subject.type === 'org') expect([...groups]).toEqual([]);
        else if (effect === 'revoke') {
          expect([...groups]).toEqual([...new Set(left.map(({ name }) => name))]);
          if (TAKEN[cause] === 'none') expect([...groups]).toEqual([]);
          if (cause === 'left-group') expect(groups.size).toBeGreaterThan(0);
        } else if (GROUPLESS.some((words) => words.test(reason)))
          expect([...groups]).toEqual(left.map(({ name }) => name));
        else
          expect(
            giving(of, change).some((name) => groups.has(name)),
            `${reason}: ${giving(of, change)}`,
          ).toBe(true);
      }
    }),
    runs(400),
  );
  for (const one of [
    'person grant rule',
    'person change rule',
    'person revoke left-group',
    'person revoke deactivated',
    'group grant rule',
  ])
    expect(met).toContain(one);
});
