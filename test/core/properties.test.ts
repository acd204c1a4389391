import fc from 'fast-check';
import { expect, test } from 'vitest';
import { exceeds } from '../../src/core/counters.ts';
import type { Change, Plan } from '../../src/core/model/change.ts';
import { effectOf, isDeactivation } from '../../src/core/policy.ts';
import { applied } from '../helpers/applied.ts';
import { anyWorld } from '../helpers/arbitrary-world.ts';
import { runs } from '../helpers/runs.ts';
import { DAY, lines, MINUTE, run, TENANTS, type World, world } from '../helpers/world.ts';

function holds(check: (of: World) => void): void {
  fc.assert(
    fc.property(anyWorld, (of) => {
      check(of);
    }),
    runs(300),
  );
}

function ready(plan: Plan): Change[] {
  return plan.changes.filter(({ verdict }) => verdict.state === 'ready');
}

test('after a plan was applied, the next one has nothing ready but what time or a freed address allows', () => {
  holds((of) => {
    const first = run(of);
    applied(of, first);
    const written = new Set(first.operations.flatMap(({ items }) => items));
    const second = run(of);
    expect(second.changes.filter(({ key }) => written.has(key))).toEqual([]);
    applied(of, second);
    expect(lines({ changes: ready(run(of)) })).toEqual([]);
  });
});

test('plans come to rest: after absences are proven and tombstones are over nothing ready is left', () => {
  holds((of) => {
    for (const pause of [0, 16 * MINUTE, 8 * DAY, 8 * DAY, 8 * DAY]) applied(of.later(pause), run(of));
    expect(lines({ changes: ready(run(of)) })).toEqual([]);
  });
});

test('the order of people, groups, members and users changes neither the plan id nor the changes', () => {
  holds((of) => {
    const turned = backwards(of);
    const plan = run(of);
    const other = run(turned);
    expect(lines(other)).toEqual(lines(plan));
    expect(other.id).toBe(plan.id);
    expect(other.operations).toEqual(plan.operations.map((operation) => ({ ...operation })));
  });
});

/** The same company with every list read from its end. */
function backwards(of: World): World {
  const other = world();
  Object.assign(other, { settings: of.settings, scope: of.scope, now: of.now, configHash: of.configHash });
  other.memory = {
    ...of.memory,
    people: [...of.memory.people].reverse(),
    groups: [...of.memory.groups].reverse(),
  };
  other.orgs.push(...of.orgs);
  for (const [id, human] of [...of.people].reverse()) other.people.set(id, human);
  for (const [id, team] of [...of.teams].reverse()) {
    other.teams.set(id, { ...team, people: new Set([...team.people].reverse()) });
  }
  for (const [id, user] of [...of.users].reverse()) other.users.set(id, user);
  for (const [name, group] of [...of.groups].reverse()) other.groups.set(name, group);
  return other;
}

test('protected people are never in an operation', () => {
  holds((of) => {
    of.set({ protected: ['ADA@corp.example', 'b*@corp.example'] });
    const touched = run(of).operations.flatMap(({ user, batch }) => [user, ...batch]);
    for (const name of ['ada', 'bob']) {
      expect(touched).not.toContain(`u-${name}`);
      expect(touched).not.toContain(`${name}@corp.example`);
    }
  });
});

test('foreign access is taken only under foreign: remove, or from somebody who is deactivated', () => {
  holds((of) => {
    of.set({ foreign: 'report' });
    const plan = run(of);
    for (const change of plan.changes) {
      const { subject, cause, org } = change;
      if (subject.type !== 'person' || effectOf(change) !== 'revoke' || cause === 'deactivated') continue;
      const row = of.memory.people.find(({ devinId }) => devinId === subject.devinId);
      expect(row?.places[org?.id ?? ''], lines({ changes: [change] })[0]).toBe('managed');
    }
  });
});

test('people who are in only through a group are in no operation', () => {
  holds((of) => {
    const through = [...of.users.values()].filter(({ roles }) => roles.size === 0).map(({ id }) => id);
    const touched = new Set(run(of).operations.map(({ user }) => user));
    expect(through.filter((id) => touched.has(id))).toEqual([]);
  });
});

test('nothing is taken before the directory was asked, unless no rule is about it', () => {
  holds((of) => {
    const { plan } = of.decide();
    const taken = ready(plan).filter((change) => effectOf(change) === 'revoke');
    expect(taken.filter(({ cause }) => cause !== 'foreign')).toEqual([]);
  });
});

test('a stranger and an absent person outlive the first reading that misses them', () => {
  holds((of) => {
    const listed = new Set([...of.people.keys()]);
    const gone = run(of).operations.filter(({ kind, lane }) => kind === 'remove-user' && lane !== 1);
    for (const { subject } of gone) expect(listed.has((subject ?? '').replace('person:', ''))).toBe(true);
  });
});

test('a plan above a limit writes none of the items that count, unless they were approved', () => {
  holds((of) => {
    of.guards({
      enterpriseRemovals: { atLeast: 2, share: 0.2, count: 2 },
      grants: { atLeast: 0, share: 0.1, count: 2 },
    });
    const plan = run(of);
    const count = (kind: string) =>
      new Set(ready(plan).flatMap((c) => (c.kind === kind && !isDeactivation(c) ? [c.subject.label] : [])))
        .size;
    const base = [...of.users.values()].filter(({ roles }) => roles.size > 0).length;
    const { enterpriseRemovals, grants } = of.settings.guards;
    expect(exceeds('either', enterpriseRemovals, count('remove-user'), base)).toBe(false);
    expect(exceeds('larger', grants, count('invite'), base)).toBe(false);
  });
});

test('every held item stands in a violation, and every violation has items that are held by it', () => {
  holds((of) => {
    const plan = run(of);
    for (const { key, verdict } of plan.changes) {
      if (verdict.state !== 'held') continue;
      const listed = plan.violations.filter(({ items }) => items.includes(key)).map(({ guard }) => guard);
      expect(listed).toEqual(expect.arrayContaining([...verdict.by]));
    }
    for (const { guard, items } of plan.violations) {
      const held = plan.changes.filter(({ key }) => items.includes(key)).map(({ verdict }) => verdict);
      expect(held.length).toBe(items.length);
      for (const verdict of held)
        expect(verdict).toMatchObject({ state: 'held', by: expect.arrayContaining([guard]) });
    }
  });
});

test('the buckets add up to every person and every Devin user', () => {
  holds((of) => {
    const { people, users } = run(of).buckets;
    const sum = (counts: Readonly<Record<string, number>>) =>
      Object.values(counts).reduce((a, b) => a + b, 0);
    expect(sum(people)).toBe(of.directory().personCount);
    expect(sum(users)).toBe(of.users.size);
  });
});

test('every deactivated, unprotected, direct Devin user is in lane 1', () => {
  holds((of) => {
    of.policy({ users: 'leavers' });
    const plan = run(of);
    const first = new Set(plan.operations.flatMap(({ lane, user }) => (lane === 1 ? [user] : [])));
    const { userOf, users } = joined(of);
    for (const [id, human] of of.people) {
      if (human.status !== 'deactivated' || human.email === 'ada@corp.example' || userOf(id) === 'u-ada')
        continue;
      const user = userOf(id);
      if (user !== undefined && users.get(user)?.roles.size !== 0)
        expect(first.has(user), `${id} ${user}`).toBe(true);
    }
  });
});

/** Who is whose, told in the plainest way: the ledger, else an address that is one person's alone. */
function joined(of: World): { userOf: (id: string) => string | undefined; users: World['users'] } {
  const link = (id: string) => of.memory.people.find(({ directoryId }) => directoryId === id)?.devinId;
  const linked = new Set(of.memory.people.map(({ devinId }) => devinId));
  const userOf = (id: string) => {
    const email = of.people.get(id)?.email;
    const alone = [...of.people.values()].filter((other) => other.email === email).length === 1;
    const mine = [...of.users.values()].find((user) => user.email === email && !linked.has(user.id))?.id;
    return link(id) ?? (alone && email !== null ? mine : undefined);
  };
  return { userOf, users: of.users };
}

test('operations carry exactly the ready items, each once, and have keys of their own', () => {
  holds((of) => {
    const plan = run(of);
    const items = plan.operations.flatMap((operation) => operation.items);
    expect([...items].sort()).toEqual(
      ready(plan)
        .map(({ key }) => key)
        .sort(),
    );
    expect(new Set(items).size).toBe(items.length);
    expect(new Set(plan.operations.map(({ key }) => key)).size).toBe(plan.operations.length);
    expect(new Set(plan.changes.map(({ key }) => key)).size).toBe(plan.changes.length);
  });
});

test('under observe nothing is written and nothing is asked', () => {
  holds((of) => {
    of.policy({ users: 'observe', groups: 'observe', memberships: 'observe', organizations: 'observe' });
    const { plan, questions } = of.decide();
    expect(plan.operations).toEqual([]);
    expect(plan.changes.every(({ verdict }) => verdict.state === 'barred')).toBe(true);
    expect(questions).toEqual({ people: [], groups: [] });
  });
});

test('the floor of admins holds whatever is approved', () => {
  holds((of) => {
    of.guards({ minAdmins: 2 });
    of.approve(...of.decide().plan.changes.map(({ key }) => key));
    const before = admins(of);
    const plan = run(of);
    const leavers = new Set(plan.operations.flatMap(({ lane, user }) => (lane === 1 ? [user] : [])));
    applied(of, plan);
    const after = admins(of);
    const lost = [...before].filter((id) => !after.has(id));
    if (lost.some((id) => !leavers.has(id))) expect(after.size).toBeGreaterThanOrEqual(2);
  });
});

function admins(of: World): Set<string> {
  const isAdmin = (roles: ReadonlyMap<string, string> | undefined) => roles?.get('') === 'account_admin';
  const through = (names: ReadonlySet<string>) =>
    [...names].some((name) => isAdmin(of.groups.get(name)?.roles));
  return new Set(
    [...of.users.values()].flatMap((user) => (isAdmin(user.roles) || through(user.groups) ? [user.id] : [])),
  );
}

test('tenants, configuration and changes make the plan id, and nothing else does', () => {
  holds((of) => {
    const { plan } = of.decide();
    of.later(MINUTE);
    of.memory = { ...of.memory, tenants: TENANTS };
    expect(of.decide().plan.id).toBe(plan.id);
    of.configHash = 'config-2';
    expect(of.decide().plan.id).not.toBe(plan.id);
  });
});
