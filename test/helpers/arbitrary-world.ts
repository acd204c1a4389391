/** Any company of a few people: every status, nested groups, collisions, foreign and managed access, namesakes. */
import fc from 'fast-check';
import { budgetTerms } from '../../src/core/calendar.ts';
import type { PersonStatus } from '../../src/core/model/directory.ts';
import type { PolicyLevel, Rule } from '../../src/core/model/settings.ts';
import { DEFAULT_GUARDS, type World, world } from './world.ts';

const NAMES = ['ada', 'bob', 'cleo', 'dan', 'eve', 'fay', 'gus', 'hal'] as const;
const TEAMS = ['eng', 'ops', 'sec', 'all'] as const;
const PLACES = ['', 'Pay', 'Web'] as const;
const STATUSES: readonly PersonStatus[] = [
  'active',
  'active',
  'active',
  'staged',
  'suspended',
  'deactivated',
];
const LEVELS: readonly PolicyLevel[] = [
  'observe',
  'create-only',
  'no-remove',
  'leavers',
  'full',
  'full',
  'full',
];

interface Recipe {
  readonly people: readonly { status: PersonStatus; email: number; listed: boolean }[];
  readonly teams: readonly { members: readonly string[]; children: readonly string[]; name: string }[];
  readonly rules: readonly {
    team: string;
    via: Rule['via'];
    place: string;
    role: string;
    priority: number;
  }[];
  readonly users: readonly {
    known: boolean;
    roles: readonly string[];
    ours: readonly boolean[];
    linked: boolean;
    team: string;
  }[];
  readonly groups: readonly { known: boolean; roles: readonly string[]; ours: boolean }[];
  readonly foreign: 'report' | 'remove';
  readonly level: PolicyLevel;
  readonly guarded: boolean;
  readonly approved: boolean;
  readonly suspended: boolean;
  readonly protects: boolean;
}

const ROLE_OF: Readonly<Record<string, readonly string[]>> = {
  '': ['', 'Member', 'Power user', 'Admin'],
  Pay: ['', 'Member', 'Lead', 'Admin'],
  Web: ['', 'Member', 'Lead', 'Custom'],
};

function rolesPerPlace(): fc.Arbitrary<string[]> {
  return fc.tuple(...PLACES.map((place) => fc.constantFrom(...(ROLE_OF[place] as readonly string[]))));
}

const recipe: fc.Arbitrary<Recipe> = fc.record({
  people: fc.tuple(
    ...NAMES.map((_, at) =>
      fc.record({
        status: fc.constantFrom(...STATUSES),
        // Mostly an address of their own; at times that of somebody else, or none.
        email: fc.constantFrom(at, at, at, at, at, 0, -1),
        listed: fc.constantFrom(true, true, true, false),
      }),
    ),
  ),
  teams: fc.tuple(
    ...TEAMS.map((name) =>
      fc.record({
        members: fc.subarray([...NAMES]),
        children: fc.subarray(
          TEAMS.filter((other) => other !== name),
          { maxLength: 1 },
        ),
        name: fc.constantFrom(name, name, name, name, 'eng'),
      }),
    ),
  ),
  rules: fc.array(
    fc.record({
      team: fc.constantFrom(...TEAMS, 'ghost'),
      via: fc.constantFrom<Rule['via']>('direct', 'direct', 'group'),
      place: fc.constantFrom(...PLACES),
      role: fc.constantFrom('Member', 'Power user', 'Lead', 'Admin'),
      priority: fc.integer({ min: 0, max: 2 }),
    }),
    { maxLength: 6 },
  ),
  users: fc.tuple(
    ...NAMES.map(() =>
      fc.record({
        known: fc.boolean(),
        roles: rolesPerPlace(),
        ours: fc.tuple(fc.boolean(), fc.boolean(), fc.boolean()),
        linked: fc.boolean(),
        team: fc.constantFrom('', '', ...TEAMS),
      }),
    ),
  ),
  groups: fc.tuple(
    ...TEAMS.map(() => fc.record({ known: fc.boolean(), roles: rolesPerPlace(), ours: fc.boolean() })),
  ),
  foreign: fc.constantFrom('report', 'remove'),
  level: fc.constantFrom(...LEVELS),
  guarded: fc.boolean(),
  approved: fc.constantFrom(true, true, true, false),
  suspended: fc.boolean(),
  protects: fc.boolean(),
});

function build(made: Recipe): World {
  const of = world().org('Pay', 'Web');
  made.people.forEach(({ status, email, listed }, at) => {
    const name = NAMES[at] as string;
    if (listed) of.person(name, status, email < 0 ? null : `${NAMES[email]}@corp.example`);
  });
  made.teams.forEach(({ members, children, name }, at) => {
    of.groupWithId(`g-${TEAMS[at]}`, name, ...members, ...children.map((child) => `>${child}`));
  });
  made.rules.forEach(({ team, via, place, role, priority }, at) => {
    const scope = place === '' ? 'enterprise' : 'org';
    const fits = of.roles.some((known) => known.scope === scope && known.name === role) ? role : 'Member';
    of.rule(team, fits, {
      name: `rule ${at}`,
      via,
      org: place === '' ? null : place,
      priority,
      allowAdmin: true,
    });
  });
  for (const [at, user] of made.users.entries()) addUser(of, NAMES[at] as string, user);
  made.groups.forEach(({ known, roles, ours }, at) => {
    if (!known) return;
    const held = roles[0] === '' ? {} : held3(roles);
    of.devinGroup(TEAMS[at] as string, held);
    if (ours) of.linkGroup(TEAMS[at] as string);
  });
  const level = { users: made.level, groups: made.level, memberships: made.level, organizations: made.level };
  of.set({ foreign: made.foreign, protected: made.protects ? ['ada@*'] : [] }).policy(level);
  if (made.guarded) of.guards(DEFAULT_GUARDS);
  if (made.suspended) of.suspendedRole();
  if (!made.approved) of.memory = { ...of.memory, approvedConfig: null };
  return Object.assign(of, { [fc.toStringMethod]: () => tell(of, made) });
}

/** The company in a few lines, for a counterexample that somebody can read. */
function tell(of: World, made: Recipe): string {
  const users = [...of.users.values()].map(({ id, email, roles, groups }) => ({
    id,
    email,
    roles: [...roles],
    groups: [...groups],
  }));
  const teams = [...of.teams.values()].map(({ id, name, people, groups }) => ({
    id,
    name,
    people: [...people],
    groups: [...groups],
  }));
  const groups = [...of.groups].map(([name, { roles, registered }]) => ({
    name,
    registered,
    roles: [...roles],
  }));
  const { foreign, level, guarded, suspended } = made;
  const ledger = { people: of.memory.people, groups: of.memory.groups };
  const whole = {
    people: [...of.people.values()],
    teams,
    rules: made.rules,
    users,
    groups,
    ledger,
    foreign,
    level,
    guarded,
    suspended,
  };
  return Object.entries(whole)
    .map(([key, value]) => `${key}: ${JSON.stringify(value)}`)
    .join('\n');
}

function held3(roles: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    PLACES.flatMap((place, at) => (roles[at] === '' ? [] : [[place, roles[at] as string]])),
  );
}

function addUser(
  of: World,
  name: string,
  { known, roles, ours, linked, team }: Recipe['users'][number],
): void {
  if (!known) return;
  // Whoever is in through no group has an enterprise role: an API that lists people knows no third way in.
  of.user(name, team === '' ? { '': 'Member', ...held3(roles) } : held3(roles));
  if (team !== '') of.signedIn(name, team);
  if (linked)
    of.link(
      name,
      PLACES.filter((place, at) => ours[at] && roles[at] !== '' && place !== undefined),
    );
}

export const anyWorld: fc.Arbitrary<World> = recipe.map(build);

const limit = fc.record({
  atLeast: fc.integer({ min: 0, max: 4 }),
  share: fc.constantFrom(0, 0.1, 0.25, 0.5, 1),
  count: fc.constantFrom(0, 1, 2, 4, Number.POSITIVE_INFINITY),
});

const PEOPLE = NAMES.map((name) => `p-${name}`);

const strictness = fc.record({
  limits: fc.record({
    deactivations: limit,
    enterpriseRemovals: limit,
    orgRoles: limit,
    perGroup: limit,
    grants: limit,
    roleChanges: limit,
    shrink: fc.constantFrom(0.2, 1),
    minAdmins: fc.integer({ min: 0, max: 3 }),
    invitesPerDay: fc.constantFrom(null, null, 1, 2, 4),
  }),
  perOrg: fc.option(fc.record({ removals: limit, minAdmins: fc.constantFrom(null, 0, 2) }), {
    nil: undefined,
  }),
  recent: fc.array(
    fc.record({
      hours: fc.integer({ min: 0, max: 30 }),
      guard: fc.constantFrom(
        'deactivations',
        'enterpriseRemovals',
        'orgRoles',
        'grants',
        'roleChanges',
        'invitesPerDay',
      ),
      who: fc.constantFrom(...PEOPLE, undefined),
    }),
    { maxLength: 4 },
  ),
  left: fc.array(
    fc.record({
      place: fc.constantFrom('org-pay', 'org-web', 'group:g-eng', 'group:g-all'),
      who: fc.constantFrom(...PEOPLE),
    }),
    { maxLength: 3 },
  ),
  named: fc.uniqueArray(
    fc.record({
      name: fc.constantFrom(...NAMES),
      place: fc.constantFrom(...PLACES),
      denied: fc.boolean(),
      hours: fc.constantFrom(null, -5, 5),
    }),
    { maxLength: 3, selector: ({ name, place }) => `${name} ${place}` },
  ),
  frozen: fc.constantFrom(false, false, false, true),
  budget: fc.option(fc.integer({ min: 1, max: 5 }), { nil: undefined }),
  adopted: fc.constantFrom(null, null, null, '', 'org-pay'),
  baseline: fc.option(fc.integer({ min: 4, max: 14 }), { nil: null }),
  ago: fc.array(fc.record({ name: fc.constantFrom(...NAMES), team: fc.constantFrom(...TEAMS) }), {
    maxLength: 5,
  }),
});

const HOUR_MS = 3_600_000;

/** The same companies under any limits, with what was written, said by name, frozen, adopted and left before. */
export const judgedWorld: fc.Arbitrary<World> = fc.tuple(anyWorld, strictness).map(([of, strict]) => {
  const { limits, perOrg, recent, left, named, frozen, budget, adopted, baseline, ago } = strict;
  of.guards({ ...limits, perOrg: perOrg === undefined ? {} : { Pay: perOrg } });
  for (const { name, place, denied, hours } of named) {
    const rest = {
      org: place === '' ? null : place,
      until: hours === null ? null : of.now + hours * HOUR_MS,
    };
    if (denied) of.deny(name, rest);
    else of.grant(name, 'Member', rest);
  }
  const { now } = of;
  const days = { from: now - HOUR_MS, to: now + HOUR_MS };
  if (frozen) of.set({ freeze: [{ name: 'holiday', when: { kind: 'once', ...days } }] });
  const guards = budget === undefined ? {} : { orgRoles: budget, perGroup: budget, grants: budget };
  const budgets = budget === undefined ? [] : [{ name: 'move', ...days, guards }];
  of.set({ budgets });
  // Who was in the groups before: some have left since, and are in it again from here on only if they never did.
  const before = ago.filter(({ name, team }) => !of.teams.get(`g-${team}`)?.people.has(`p-${name}`));
  for (const { name, team } of before) of.join(name, team);
  of.memory = { ...of.memory, rolls: of.decide().memory.rolls };
  for (const { name, team } of before) of.leave(name, team);
  of.memory = {
    ...of.memory,
    budgets: budgets.map((one) => ({
      name: one.name,
      terms: budgetTerms(one),
      by: 'lin',
      at: now,
      why: 'move',
    })),
    baseline: baseline === null ? null : { people: baseline, groups: 4, edges: 0 },
    adoptions:
      adopted === null
        ? []
        : [{ place: adopted, at: now - HOUR_MS, until: now + HOUR_MS, by: 'lin', attest: 'mine' }],
    recent: [
      ...recent.map(({ hours, guard, who }) => ({
        at: now - hours * HOUR_MS,
        guard,
        place: null,
        people: 1,
        ...(who === undefined ? {} : { who }),
      })),
      ...left.map(({ place, who }) => ({ at: now - HOUR_MS, guard: 'perGroup', place, people: 1, who })),
    ],
  };
  return of;
});
