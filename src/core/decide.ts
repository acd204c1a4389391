/**
 * The one pure step between the reads and the `if`: both readings, memory and rules in; a plan, the questions that
 * its removals still need answered, and the new memory out. No clock, no logger, no client.
 */
import { bindRules } from './bind.ts';
import { takeCensus } from './census.ts';
import { diffGroups } from './groups.ts';
import { applyGuards } from './guards.ts';
import { join } from './identity.ts';
import { diffOrphan, diffStranger } from './leavers.ts';
import type { Buckets, Change, PersonBucket, Plan, TenantPair, UserBucket } from './model/change.ts';
import { type DevinState, ENTERPRISE } from './model/devin.ts';
import type { DirectorySnapshot } from './model/directory.ts';
import type { Evidence, Questions } from './model/evidence.ts';
import type { Baseline, Memory } from './model/memory.ts';
import type { Settings } from './model/settings.ts';
import { diffPerson } from './people.ts';
import { buildAtlas } from './places.ts';
import { assemblePlan, compareChanges } from './plan.ts';
import { applyPolicy } from './policy.ts';
import { emit, type Findings, READY, type Scene } from './scene.ts';
import { staleMemberships } from './stale.ts';
import { buildWant } from './want.ts';

export interface DecideInput {
  readonly directory: DirectorySnapshot;
  readonly devin: DevinState;
  readonly evidence: Evidence;
  readonly memory: Memory;
  readonly settings: Settings;
  readonly tenants: TenantPair;
  /** SHA-256 of the deciding part of the configuration. */
  readonly configHash: string;
  readonly maxPerSecond: number | null;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

export interface Decision {
  readonly plan: Plan;
  /** Ask these by id, then decide again with the answers; empty when every removal is proven or waits for time. */
  readonly questions: Questions;
  readonly memory: Memory;
  /** Faults of the configuration that only the readings show; with any, the plan must not be used. */
  readonly problems: readonly string[];
}

/** How many subjects pass between two chances for the caller to breathe. */
const STRIDE = 2048;

/** Decides in one go. */
export function decide(input: DecideInput): Decision {
  const steps = decideSteps(input);
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
  }
}

/** The same in strides: a caller that must stay responsive yields to its event loop between them. */
export function* decideSteps(input: DecideInput): Generator<void, Decision> {
  const { scene, problems } = setScene(input);
  yield;
  createOrgs(scene);
  diffGroups(scene);
  const people = yield* walkPeople(scene);
  const users = yield* walkUsers(scene, people.of);
  staleMemberships(scene);
  yield;
  return conclude(input, scene, problems, { people: people.counts, users });
}

export function setScene(input: DecideInput): { scene: Scene; problems: string[] } {
  const { atlas, problems } = buildAtlas(input.settings, input.devin);
  const bindings = bindRules(input.settings.rules, input.directory, atlas, input.memory);
  const out: Findings = {
    changes: [],
    notices: [...bindings.notices],
    residual: [],
    askPeople: new Set(),
    askGroups: new Set(),
    tombstones: new Map(),
  };
  const scene: Scene = {
    settings: input.settings,
    directory: input.directory,
    devin: input.devin,
    atlas,
    bindings,
    want: buildWant(input.directory, bindings.list, atlas),
    join: join(input.directory, input.devin, input.memory.people, input.settings.domainAliases),
    evidence: input.evidence,
    now: input.now,
    groupLedger: new Map(input.memory.groups.map((row) => [row.name, row])),
    tombstones: new Map(input.memory.tombstones.map((stone) => [`${stone.cause}/${stone.subject}`, stone])),
    out,
  };
  for (const collision of scene.join.collisions) {
    const who = [
      ...collision.people.map((p) => input.directory.person(p).id),
      ...collision.users.map((u) => input.devin.user(u).id),
    ];
    out.notices.push({
      kind: 'collision',
      subject: collision.email,
      message: `${collision.email} stands for ${who.join(', ')}: grants wait`,
    });
  }
  return { scene, problems: [...problems, ...bindings.problems] };
}

function createOrgs(scene: Scene): void {
  scene.atlas.places.forEach((place, index) => {
    const needed = place.id === null && scene.want.bindings.some((binding) => binding.place === index);
    if (!needed) return;
    emit(scene, {
      kind: 'create-org',
      subject: { type: 'org', directoryId: null, devinId: null, label: place.name },
      place: ENTERPRISE,
      before: -1,
      after: -1,
      cause: 'rule',
      reason: 'declared under organizations with create: true',
      people: 0,
      verdict: READY,
    });
  });
}

interface PeopleWalk {
  readonly counts: Record<PersonBucket, number>;
  readonly of: readonly PersonBucket[];
}

function* walkPeople(scene: Scene): Generator<void, PeopleWalk> {
  const counts: Record<PersonBucket, number> = {
    'in-sync': 0,
    'to-change': 0,
    'to-invite': 0,
    waiting: 0,
    'no-access-wanted': 0,
    'not-matchable': 0,
  };
  const of: PersonBucket[] = [];
  for (let person = 0; person < scene.directory.personCount; person++) {
    const bucket = diffPerson(scene, person);
    counts[bucket]++;
    of.push(bucket);
    if (person % STRIDE === STRIDE - 1) yield;
  }
  return { counts, of };
}

function* walkUsers(
  scene: Scene,
  people: readonly PersonBucket[],
): Generator<void, Record<UserBucket, number>> {
  const counts: Record<UserBucket, number> = {
    'in-sync': 0,
    'to-change': 0,
    'to-remove': 0,
    waiting: 0,
    foreign: 0,
    'group-only': 0,
    'not-matchable': 0,
  };
  const removed = new Set(
    scene.out.changes.flatMap(({ kind, subject }) => (kind === 'remove-user' ? [subject.devinId] : [])),
  );
  for (let user = 0; user < scene.devin.userCount; user++) {
    counts[bucketOfUser(scene, user, people, removed)]++;
    if (user % STRIDE === STRIDE - 1) yield;
  }
  return counts;
}

function bucketOfUser(
  scene: Scene,
  user: number,
  people: readonly PersonBucket[],
  removed: ReadonlySet<string | null>,
): UserBucket {
  const { id, email } = scene.devin.user(user);
  const link = scene.join.orphans.get(user);
  if (link !== undefined) {
    const bucket = diffOrphan(scene, user, link);
    return bucket === 'to-change' ? 'to-remove' : bucket;
  }
  if (scene.devin.directCount(user) === 0) return 'group-only';
  if (email === null && !scene.join.links.has(user)) return 'not-matchable';
  const person = scene.join.personOf[user] as number;
  if (person < 0) return diffStranger(scene, user) === 'foreign' ? 'foreign' : 'to-remove';
  if (removed.has(id)) return people[person] === 'waiting' ? 'waiting' : 'to-remove';
  const bucket = people[person];
  if (bucket === 'to-change' || bucket === 'waiting') return bucket;
  return 'in-sync';
}

function conclude(input: DecideInput, scene: Scene, problems: string[], buckets: Buckets): Decision {
  const { settings, memory, now } = input;
  const changes = scene.out.changes.map((change) => applyPolicy(settings, change)).sort(compareChanges);
  const guarded = applyGuards(
    {
      settings,
      memory,
      now,
      census: takeCensus(input.devin, scene.atlas),
      configApproved: memory.approvedConfig === input.configHash,
      shrunken: shrunken(input),
    },
    changes,
  );
  const plan = assemblePlan({
    createdAt: now,
    tenants: input.tenants,
    configHash: input.configHash,
    policy: settings.policy,
    reads: { directory: input.directory.reads, devin: input.devin.head.reads },
    changes: guarded.changes,
    violations: guarded.violations,
    residual: scene.out.residual,
    notices: scene.out.notices,
    buckets,
    declaredOrgs: settings.organizations,
    maxPerSecond: input.maxPerSecond,
  });
  return { plan, questions: questionsOf(scene, guarded.changes), memory: remember(input, scene), problems };
}

/** Only what an answer could still move: nothing is asked for the sake of barred changes. */
function questionsOf(scene: Scene, changes: readonly Change[]): Questions {
  if (!changes.some(({ verdict }) => verdict.state === 'waiting')) return { people: [], groups: [] };
  const open = (ids: Set<string>, known: ReadonlyMap<string, unknown>) =>
    [...ids].filter((id) => !known.has(id)).sort();
  return {
    people: open(scene.out.askPeople, scene.evidence.people),
    groups: open(scene.out.askGroups, scene.evidence.groups),
  };
}

export function sizeOf(directory: DirectorySnapshot): Baseline {
  return { people: directory.personCount, groups: directory.groupCount, edges: directory.edgeCount };
}

/** Against the last approved baseline; the baseline grows by itself and falls only by approval. */
function shrunken({ directory, memory, settings }: DecideInput): string | null {
  if (memory.baseline === null || directory.scope.kind !== 'all') return null;
  const now = sizeOf(directory);
  for (const what of ['people', 'groups', 'edges'] as const) {
    const before = memory.baseline[what];
    if (now[what] < before * (1 - settings.guards.shrink)) {
      const names = { people: 'people', groups: 'groups', edges: 'memberships' };
      const limit = Math.round(settings.guards.shrink * 100);
      return `the directory has ${now[what]} ${names[what]}, the approved baseline ${before}: more than ${limit} % fewer, removals wait`;
    }
  }
  return null;
}

function remember({ memory, directory }: DecideInput, scene: Scene): Memory {
  const size = sizeOf(directory);
  const grown = (what: keyof Baseline) => Math.max(size[what], memory.baseline?.[what] ?? 0);
  const full = directory.scope.kind === 'all';
  return {
    ...memory,
    bindings: scene.bindings.memory,
    tombstones: full ? [...scene.out.tombstones.values()] : memory.tombstones,
    baseline:
      full && memory.baseline !== null
        ? { people: grown('people'), groups: grown('groups'), edges: grown('edges') }
        : memory.baseline,
  };
}
