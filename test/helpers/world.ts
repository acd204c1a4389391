/** A fictional company and its Devin enterprise, built in prose, decided on, and written to as the API would allow. */
import { type DecideInput, type Decision, decide } from '../../src/core/decide.ts';
import type { Change, Plan } from '../../src/core/model/change.ts';
import {
  DevinBuilder,
  type DevinHead,
  type DevinState,
  type Org,
  type Role,
} from '../../src/core/model/devin.ts';
import {
  DirectoryBuilder,
  type DirectoryNotice,
  type DirectorySnapshot,
  type PersonStatus,
  type Scope,
} from '../../src/core/model/directory.ts';
import {
  type Evidence,
  type GroupEvidence,
  NO_EVIDENCE,
  type Questions,
} from '../../src/core/model/evidence.ts';
import type { Deny, Grant } from '../../src/core/model/grants.ts';
import { EMPTY_MEMORY, type LedgerPerson, type Memory } from '../../src/core/model/memory.ts';
import type { RunScope } from '../../src/core/model/run.ts';
import type { PolicyLevel, ResourceKind, Rule, Settings } from '../../src/core/model/settings.ts';

export const NOW = Date.UTC(2026, 10, 22, 9);
export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;
export const TENANTS = { directory: 'okta:00o1corp', devin: 'https://api.example.com as svc-sync' };
export const CONFIG = 'config-1';

const ROLES: readonly Role[] = [
  { id: 'account_admin', name: 'Admin', scope: 'enterprise' },
  { id: 'account_member', name: 'Member', scope: 'enterprise' },
  { id: 'role-power', name: 'Power user', scope: 'enterprise' },
  { id: 'role-none', name: 'No access', scope: 'enterprise' },
  { id: 'org_admin', name: 'Admin', scope: 'org' },
  { id: 'org_member', name: 'Member', scope: 'org' },
  { id: 'role-lead', name: 'Lead', scope: 'org' },
  { id: 'role-custom', name: 'Custom', scope: 'org' },
];

const FULL: Settings['policy'] = {
  users: 'full',
  groups: 'full',
  memberships: 'full',
  organizations: 'full',
};

/** No limit: a situation that is not about guards should not meet one. */
const OPEN = { atLeast: Number.POSITIVE_INFINITY, share: 1, count: Number.POSITIVE_INFINITY };

export const DEFAULT_GUARDS: Settings['guards'] = {
  deactivations: { atLeast: 0, share: 0.02, count: 50 },
  enterpriseRemovals: { atLeast: 4, share: 0.05, count: 20 },
  orgRoles: { atLeast: 4, share: 0.1, count: 25 },
  perGroup: { atLeast: 3, share: 0.25, count: Number.POSITIVE_INFINITY },
  grants: { atLeast: 0, share: 0.05, count: 25 },
  roleChanges: { atLeast: 4, share: 0.1, count: 25 },
  minAdmins: 2,
  shrink: 0.2,
  flips: 3,
  invitesPerDay: null,
  perOrg: {},
};

const NO_GUARDS: Settings['guards'] = {
  deactivations: OPEN,
  enterpriseRemovals: OPEN,
  orgRoles: OPEN,
  perGroup: OPEN,
  grants: OPEN,
  roleChanges: OPEN,
  minAdmins: 0,
  shrink: 1,
  flips: 3,
  invitesPerDay: null,
  perOrg: {},
};

interface Human {
  readonly id: string;
  email: string | null;
  status: PersonStatus;
  /** Pushed as inactive by a provider that is not trusted with more. */
  abstains?: boolean;
}

interface Team {
  readonly id: string;
  name: string;
  hidden: boolean;
  unread: boolean;
  readonly people: Set<string>;
  readonly groups: Set<string>;
}

interface Account {
  readonly id: string;
  email: string | null;
  /** '' is the enterprise, else an org id → role id. */
  readonly roles: Map<string, string>;
  /** Names of groups that Devin has seen this user in. */
  readonly groups: Set<string>;
}

interface DevinGroup {
  registered: boolean;
  readonly roles: Map<string, string>;
}

/** Directory ids are `p-<name>` and `g-<name>`, Devin ids `u-<name>`, e-mails `<name>@corp.example`. */
export class World {
  now = NOW;
  memory: Memory = { ...EMPTY_MEMORY, tenants: TENANTS, approvedConfig: CONFIG };
  settings: Settings = {
    rules: [],
    grants: [],
    denies: [],
    defaultEnterpriseRole: 'Member',
    policy: FULL,
    orgPolicy: {},
    foreign: 'report',
    roles: { rank: ['account_member', 'org_member', 'Lead', 'Power user', 'Admin'], suspended: null },
    guards: NO_GUARDS,
    approvals: { notByTrigger: false, adminNeedsTwo: false },
    patience: { absenceMs: 15 * MINUTE, tombstoneMs: 7 * DAY, adoptionMs: 14 * DAY },
    protected: [],
    domainAliases: {},
    organizations: [],
    freeze: [],
    budgets: [],
  };
  scope: Scope = { kind: 'all' };
  basis: DirectorySnapshot['basis'] = 'full';
  directoryNotices: readonly DirectoryNotice[] = [];
  configHash = CONFIG;
  readonly people = new Map<string, Human>();
  readonly teams = new Map<string, Team>();
  readonly users = new Map<string, Account>();
  readonly groups = new Map<string, DevinGroup>();
  readonly orgs: Org[] = [];
  roles: Role[] = [...ROLES];
  /** What a target may tell beside the lists. */
  head: Partial<Pick<DevinHead, 'keyLimits' | 'repositories' | 'scim'>> = {};
  /** Answers by id where they differ from what the list says. */
  readonly answers = new Map<string, PersonStatus | 'gone'>();
  /** Fresh readings of groups, by id, where they differ from what the list says. */
  readonly fresh = new Map<string, GroupEvidence | 'gone'>();

  // The directory.

  person(name: string, status: PersonStatus = 'active', email: string | null = `${name}@corp.example`): this {
    this.people.set(`p-${name}`, { id: `p-${name}`, email, status });
    return this;
  }

  staff(...names: string[]): this {
    for (const name of names) this.person(name);
    return this;
  }

  /** Members are names of people; a name of a group is written `>name`. */
  group(name: string, ...members: string[]): this {
    return this.groupWithId(`g-${name}`, name, ...members);
  }

  groupWithId(id: string, name: string, ...members: string[]): this {
    const team: Team = { id, name, hidden: false, unread: false, people: new Set(), groups: new Set() };
    for (const member of members) {
      if (member.startsWith('>')) team.groups.add(`g-${member.slice(1)}`);
      else team.people.add(`p-${member}`);
    }
    this.teams.set(id, team);
    return this;
  }

  join(name: string, group: string): this {
    this.teams.get(`g-${group}`)?.people.add(`p-${name}`);
    return this;
  }

  leave(name: string, group: string): this {
    this.teams.get(`g-${group}`)?.people.delete(`p-${name}`);
    return this;
  }

  status(name: string, status: PersonStatus): this {
    (this.people.get(`p-${name}`) as Human).status = status;
    return this;
  }

  email(name: string, email: string | null): this {
    (this.people.get(`p-${name}`) as Human).email = email;
    return this;
  }

  /** Deletes a person; asked by id, the directory says `gone`. */
  vanish(name: string): this {
    this.people.delete(`p-${name}`);
    for (const team of this.teams.values()) team.people.delete(`p-${name}`);
    return this;
  }

  deleteGroup(name: string): this {
    this.teams.delete(`g-${name}`);
    for (const team of this.teams.values()) team.groups.delete(`g-${name}`);
    return this;
  }

  rename(from: string, to: string): this {
    (this.teams.get(`g-${from}`) as Team).name = to;
    return this;
  }

  answer(name: string, answer: PersonStatus | 'gone'): this {
    this.answers.set(`p-${name}`, answer);
    return this;
  }

  freshly(
    group: string,
    evidence: 'gone' | { people?: readonly string[]; groups?: readonly string[] },
  ): this {
    const { people = [], groups = [] } = evidence === 'gone' ? {} : evidence;
    this.fresh.set(
      `g-${group}`,
      evidence === 'gone'
        ? 'gone'
        : {
            people: new Set(people.map((name) => `p-${name}`)),
            groups: new Set(groups.map((name) => `g-${name}`)),
          },
    );
    return this;
  }

  // Devin.

  org(...names: string[]): this {
    for (const name of names) this.orgs.push({ id: `org-${name.toLowerCase()}`, name });
    return this;
  }

  /** A user as Devin lists it; roles by place name, '' for the enterprise. Nobody in the ledger: foreign. */
  user(
    name: string,
    roles: Record<string, string> = { '': 'Member' },
    email: string | null = `${name}@corp.example`,
  ): this {
    const account: Account = { id: `u-${name}`, email, roles: new Map(), groups: new Set() };
    for (const [place, role] of Object.entries(roles))
      account.roles.set(this.orgId(place), this.roleId(role, place));
    this.users.set(account.id, account);
    return this;
  }

  /** Users with the plain enterprise role whom this daemon manages. */
  managed(...names: string[]): this {
    for (const name of names) this.user(name).link(name);
    return this;
  }

  role(name: string, place: string, role: string): this {
    this.account(name).roles.set(this.orgId(place), this.roleId(role, place));
    return this;
  }

  /** The ledger: the person is this user, and the roles in these places are ours (default: all that they hold). */
  link(name: string, places?: readonly string[], user = name): this {
    const account = this.account(user);
    const ours = places === undefined ? [...account.roles.keys()] : places.map((place) => this.orgId(place));
    const row: LedgerPerson = {
      directoryId: `p-${name}`,
      devinId: account.id,
      email: `${name}@corp.example`,
      places: Object.fromEntries(ours.map((place) => [place, 'managed'] as const)),
    };
    const others = this.memory.people.filter(({ directoryId }) => directoryId !== row.directoryId);
    this.memory = { ...this.memory, people: [...others, row] };
    return this;
  }

  /** A group in Devin: registered, with roles by place name. */
  devinGroup(name: string, roles: Record<string, string> = {}, registered = true): this {
    const entries = Object.entries(roles).map(
      ([place, role]) => [this.orgId(place), this.roleId(role, place)] as const,
    );
    this.groups.set(name, { registered, roles: new Map(entries) });
    return this;
  }

  /** This daemon registered the group, and its roles are ours. */
  linkGroup(name: string, directoryName = name): this {
    const places = Object.fromEntries(
      [...(this.groups.get(name)?.roles.keys() ?? [])].map((place) => [place, 'managed'] as const),
    );
    const row = { directoryId: `g-${directoryName}`, name, places };
    this.memory = { ...this.memory, groups: [...this.memory.groups, row] };
    return this;
  }

  /** Devin has seen the user sign in as a member of the group; without direct roles they are in only through it. */
  signedIn(name: string, group: string): this {
    if (!this.users.has(`u-${name}`)) this.user(name, {});
    this.account(name).groups.add(group);
    return this;
  }

  account(name: string): Account {
    return this.users.get(`u-${name}`) as Account;
  }

  // Configuration and memory.

  rule(group: string, role: string, rest: Partial<Rule> = {}): this {
    const rule: Rule = {
      name: `${group} gives ${role}${rest.org ? ` in ${rest.org}` : ''}`,
      match: { by: 'name', name: group },
      via: 'direct',
      org: null,
      role,
      priority: 0,
      allowAdmin: false,
      ...rest,
    };
    return this.set({ rules: [...this.settings.rules, rule] });
  }

  /** A grant of a person by name, without end and of an org or the enterprise. */
  grant(name: string, role: string, rest: Partial<Grant> = {}): this {
    const grant: Grant = {
      email: `${name}@corp.example`,
      org: null,
      role,
      reason: 'on call',
      owner: 'Lin',
      ticket: null,
      until: null,
      allowAdmin: false,
      notInDirectory: false,
      breakGlass: false,
      ...rest,
    };
    return this.set({ grants: [...this.settings.grants, grant] });
  }

  deny(name: string, rest: Partial<Deny> = {}): this {
    const said = { org: null, reason: 'conflict of interest', owner: 'Lin', ticket: null, until: null };
    return this.set({
      denies: [...this.settings.denies, { email: `${name}@corp.example`, ...said, ...rest }],
    });
  }

  set(settings: Partial<Settings>): this {
    this.settings = { ...this.settings, ...settings };
    return this;
  }

  policy(levels: Partial<Record<ResourceKind, PolicyLevel>>): this {
    return this.set({ policy: { ...this.settings.policy, ...levels } });
  }

  guards(limits: Partial<Settings['guards']>): this {
    return this.set({ guards: { ...this.settings.guards, ...limits } });
  }

  suspendedRole(role = 'No access'): this {
    return this.set({ roles: { ...this.settings.roles, suspended: role } });
  }

  approve(...keys: string[]): this {
    const approvals = keys.map((item) => ({ item, by: 'ada@corp.example', at: this.now, why: 'seen' }));
    this.memory = { ...this.memory, approvals: [...this.memory.approvals, ...approvals] };
    return this;
  }

  later(ms: number): this {
    this.now += ms;
    return this;
  }

  // Readings.

  directory(): DirectorySnapshot {
    const builder = new DirectoryBuilder();
    for (const human of this.people.values()) builder.person({ ...human, name: human.id });
    for (const { id, name, hidden, unread } of this.teams.values())
      builder.group({ id, name, hidden, unread });
    for (const team of this.teams.values()) {
      for (const id of team.people) builder.member(team.id, id);
      for (const id of team.groups) builder.child(team.id, id);
      builder.closeGroup(team.id);
    }
    builder.closeList('people');
    builder.closeList('groups');
    return builder.seal({
      tenant: TENANTS.directory,
      scope: this.scope,
      reads: [],
      basis: this.basis,
      notices: this.directoryNotices,
    });
  }

  devin(): DevinState {
    const builder = new DevinBuilder({
      url: 'https://api.example.com',
      principal: { id: 'svc-sync', name: 'sync' },
      roles: this.roles,
      orgs: this.orgs,
      reads: [],
      ...this.head,
    });
    const place = (key: string) => (key === '' ? null : key);
    for (const [name, group] of this.groups) {
      if (group.registered) builder.registered(name);
      for (const [at, role] of group.roles) builder.groupRole(name, place(at), role);
    }
    for (const account of this.users.values()) {
      const index = builder.user({ id: account.id, email: account.email, name: null });
      for (const [at, role] of account.roles) builder.direct(index, place(at), role);
      for (const name of account.groups) {
        for (const [at, role] of this.groups.get(name)?.roles ?? [])
          builder.derived(index, name, place(at), role);
      }
    }
    return builder.build();
  }

  /** What the directory answers by id: what is true of it, where nothing else was said. */
  ask({ people, groups }: Questions): Evidence {
    return {
      people: new Map(
        people.map((id) => [id, this.answers.get(id) ?? this.people.get(id)?.status ?? 'gone']),
      ),
      groups: new Map(groups.map((id) => [id, this.fresh.get(id) ?? this.#teamNow(id)])),
    };
  }

  decide(evidence: Evidence = NO_EVIDENCE, only?: RunScope): Decision {
    return decide({ ...this.input(evidence), ...(only === undefined ? {} : { only }) });
  }

  input(evidence: Evidence = NO_EVIDENCE): DecideInput {
    return {
      directory: this.directory(),
      devin: this.devin(),
      evidence,
      memory: this.memory,
      settings: this.settings,
      tenants: TENANTS,
      configHash: this.configHash,
      maxPerSecond: 5,
      now: this.now,
    };
  }

  orgId(name: string): string {
    if (name === '') return '';
    return (this.orgs.find((org) => org.name === name || org.id === name) as Org).id;
  }

  roleId(name: string, place: string): string {
    const scope = place === '' ? 'enterprise' : 'org';
    return (this.roles.find((role) => role.scope === scope && role.name === name) as Role).id;
  }

  #teamNow(id: string): GroupEvidence | 'gone' {
    const team = this.teams.get(id);
    return team === undefined ? 'gone' : { people: team.people, groups: team.groups };
  }
}

export function world(): World {
  return new World();
}

/** One turn as the loop takes it: decide, ask, decide again with the answers; memory moves on. */
export function run(of: World): Plan {
  const first = of.decide();
  const asked = first.questions.people.length + first.questions.groups.length > 0;
  const decision = asked ? of.decide(of.ask(first.questions)) : first;
  if (decision.problems.length > 0) throw new Error(decision.problems.join('\n'));
  of.memory = decision.memory;
  return decision.plan;
}

/** The changes as short lines: `state kind label [place] before > after (cause)`. */
export function lines(plan: Pick<Plan, 'changes'>): string[] {
  return plan.changes.map(lineOf);
}

export function lineOf({ kind, subject, org, before, after, cause, verdict }: Change): string {
  const who = subject.label.replace('@corp.example', '');
  const where = org === null ? '' : ` @${org.name}`;
  const roles = before === null && after === null ? '' : ` ${before?.name ?? '-'} > ${after?.name ?? '-'}`;
  const by = verdict.state === 'held' ? ` by ${verdict.by.join('+')}` : '';
  return `${verdict.state}${by}: ${kind} ${who}${where}${roles}${cause === 'rule' ? '' : ` (${cause})`}`;
}
