/** A fictional company of a tenant's shape, in a fake Okta and a fake Devin that agree, with the real loop between them. */
import { hash } from 'node:crypto';
import { approveConfig } from '../../actions/approval.ts';
import { parseConfigText } from '../../config/load.ts';
import { groupAfter, personAfter } from '../../core/ledger.ts';
import type { Change } from '../../core/model/change.ts';
import { EMPTY_MEMORY, type LedgerGroup, type LedgerPerson, type Memory } from '../../core/model/memory.ts';
import type { Settings } from '../../core/model/settings.ts';
import { makeRestTarget } from '../../devin/rest-target.ts';
import { createOktaSource } from '../../directory/okta/source.ts';
import { unpaced } from '../../lib/pace.ts';
import { Releasers } from '../../lib/releasers.ts';
import { CompanyDirectory, emptyCompany } from '../../sandbox/company.ts';
import { type FakeDevin, startFakeDevin } from '../../sandbox/fake-devin.ts';
import { type FakeOkta, startFakeOkta } from '../../sandbox/fake-okta.ts';
import type { Store } from '../../state/store.ts';
import { type LoopDeps, type Turn, takeTurn } from '../../sync/run.ts';
import { needsOf, type Shape } from './shape.ts';

export interface Stage {
  readonly company: CompanyDirectory;
  readonly okta: FakeOkta;
  readonly devin: FakeDevin;
  readonly groups: readonly string[];
  /** What the next turn decides with; a fault may change it. */
  memory: Memory;
  settings: Settings;
  now: number;
  loop(): LoopDeps;
  close(): Promise<void>;
}

const FULL = { users: 'full', groups: 'full', memberships: 'full', organizations: 'full' } as const;
const BUILT_IN = new Set(['admin', 'member', 'account_admin', 'account_member', 'org_admin', 'org_member']);
const NEVER = new AbortController().signal;

/** Everything may be written, and nothing but guards and proofs keeps it back. No name of a person comes here. */
function rehearsed(settings: Settings, shape: Shape, orgs: readonly string[]): Settings {
  const perOrg = Object.fromEntries(
    Object.entries(settings.guards.perOrg).filter(([org]) => orgs.includes(org)),
  );
  return {
    ...settings,
    rules: shape.rules,
    grants: [],
    denies: [],
    policy: FULL,
    orgPolicy: {},
    protected: [],
    domainAliases: {},
    organizations: [],
    freeze: [],
    budgets: [],
    guards: { ...settings.guards, perOrg, invitesPerDay: null },
  };
}

/** @throws Error when the company does not come to rest: then the rehearsal would say nothing. */
export async function openStage(shape: Shape, settings: Settings): Promise<Stage> {
  const releasers = new Releasers();
  const { orgs, roles } = needsOf(shape);
  const enterprise = [
    settings.defaultEnterpriseRole,
    ...(settings.roles.suspended === null ? [] : [settings.roles.suspended]),
  ];
  const wanted = [...roles, ...enterprise.map((name) => ({ name, scope: 'enterprise' as const }))];
  const custom = new Map(wanted.map((role) => [`${role.scope} ${role.name.toLowerCase()}`, role]));
  const customRoles = [...custom.values()].filter(({ name }) => !BUILT_IN.has(name.toLowerCase()));
  const company = companyOf(shape);
  const okta = await startFakeOkta({ company, pageSize: Math.max(2, Math.ceil(shape.people / 5)) });
  releasers.add('the fake Okta', () => okta.close());
  const devin = await startFakeDevin({ orgs, customRoles });
  releasers.add('the fake Devin', () => devin.close());
  const stage: Stage = {
    company,
    okta,
    devin,
    groups: shape.groups.map(({ name }) => name),
    memory: EMPTY_MEMORY,
    settings: rehearsed(settings, shape, orgs),
    now: Date.now(),
    loop: () => loopOf(stage),
    close: () => releasers.release(),
  };
  try {
    await bringToRest(stage);
  } catch (error) {
    await stage.close();
    throw error;
  }
  return stage;
}

/** Members of each group one after another around the company, so that sizes are right and groups overlap. */
function companyOf({ people, groups }: Shape): CompanyDirectory {
  const company = new CompanyDirectory(emptyCompany());
  const ids = Array.from({ length: people }, (_, at) => {
    return company.hire({ firstName: 'Person', lastName: `${at}`, email: `person.${at}@gameday.example` }).id;
  });
  let next = 0;
  for (const { name, members } of groups) {
    const group = company.createGroup(name);
    const start = members === people ? 0 : next;
    for (let at = 0; at < Math.min(members, people); at++)
      company.join(group.id, ids[(start + at) % people] as string);
    next = (start + members) % people;
  }
  return company;
}

function loopOf(stage: Stage): LoopDeps {
  const { okta, devin } = stage;
  const text = `directory: { okta: { url: ${okta.url}, token: ${okta.token}, maxRetries: 0, maxWaitMs: 1 } }
devin: { url: ${devin.url}, key: ${devin.key} }
rules: [{ group: x, role: Member }]`;
  const config = parseConfigText(text, { file: '/gameday.yaml', env: {}, readFile: () => '' });
  if (config.directory.kind !== 'okta') throw new Error('the stage has an Okta');
  return {
    source: createOktaSource(config.directory.options),
    target: makeRestTarget(config.devin, { pace: unpaced }),
    store: memoryOnly(stage),
    settings: stage.settings,
    devinUrl: config.devin.url,
    configHash: hash('sha256', JSON.stringify(stage.settings.rules)),
    sourceHash: '',
    maxPerSecond: 1000,
    clock: () => stage.now,
    note: () => {},
  };
}

/** One turn, whose memory the next one goes on from. */
export async function play(stage: Stage, signal: AbortSignal): Promise<Turn> {
  const turn = await takeTurn(stage.loop(), { signal, onProgress: () => {} }, { keep: false });
  stage.memory = turn.decision.memory;
  return turn;
}

type Asked = Pick<Store, 'memory' | 'plans' | 'snapshots' | 'standing' | 'journal'>;

/** What a turn that keeps nothing may ask for; there is no Redis behind it. */
function memoryOnly(stage: Stage): Store {
  const nothing = async () => {};
  const asked: Asked = {
    memory: {
      load: async () => stage.memory,
      part: async () => stage.memory as never,
      loadBound: async () => stage.memory,
      save: nothing,
      rebind: nothing,
      rows: async () => ({ people: [], groups: [], approvals: [] }),
      said: async (items) => items.map(() => ({ rejection: null, approval: null })),
    },
    plans: {
      put: nothing,
      seal: async () => '',
      get: async () => null,
      sealed: async () => null,
      latest: async () => null,
      list: async () => [],
    },
    snapshots: { put: nothing as never, latest: async () => null, list: async () => [] },
    standing: { put: nothing, get: async () => null },
    journal: { append: nothing, read: async () => [] },
  };
  return asked as Store;
}

/** Writes the first plan straight into the fake Devin and the ledger. */
async function bringToRest(stage: Stage): Promise<void> {
  const { decision, input } = await play(stage, NEVER);
  const people = new Map<string, LedgerPerson>();
  const groups = new Map<string, LedgerGroup>();
  for (const change of inOrder(decision.plan.changes)) write(stage, change, people, groups);
  const accepted = approveConfig(decision.memory, decision.plan, input.directory, 'held');
  stage.memory = { ...accepted, holds: [], people: [...people.values()], groups: [...groups.values()] };
  const left = (await play(stage, NEVER)).decision.plan.changes;
  if (left.length > 0)
    throw new Error(`gameday: the stage does not come to rest, ${left.length} changes are left`);
}

const FIRST: readonly Change['kind'][] = ['invite', 'register-group', 'give-group-role'];

function inOrder(changes: readonly Change[]): Change[] {
  const rank = ({ kind }: Change) => (FIRST.includes(kind) ? FIRST.indexOf(kind) : FIRST.length);
  return [...changes].sort((a, b) => rank(a) - rank(b));
}

function write(
  { devin: { state } }: Stage,
  change: Change,
  people: Map<string, LedgerPerson>,
  groups: Map<string, LedgerGroup>,
): void {
  const { subject, org, after } = change;
  const id = subject.directoryId as string;
  if (subject.type === 'person') {
    if (change.kind === 'invite') state.addUser({ email: subject.label, role: after?.id as string });
    const user = state.usersByEmail(subject.label)[0] as Parameters<typeof state.setUserRole>[0];
    if (org !== null) state.setUserRole(user, org.id as string, after?.id as string);
    people.set(id, personAfter(people.get(id) ?? null, change, user.id, org?.id ?? null) as LedgerPerson);
  } else {
    const group = state.groups.get(subject.label) ?? state.registerGroup(subject.label);
    if (after !== null) state.setGroupRole(group, org?.id ?? '', after.id as string);
    groups.set(id, groupAfter(groups.get(id) ?? null, change, org?.id ?? null) as LedgerGroup);
  }
}
