/**
 * The one pure step between the reads and the `if`: both readings, memory and rules in; a plan, the questions that
 * its removals still need answered, and the new memory out. No clock, no logger, no client.
 */
import { bindRules } from './bind.ts';
import { protectedOf, watchBreakGlass } from './break-glass.ts';
import { flipsAfter } from './by-hand.ts';
import { calendarNotices, inWaves, restrain, seatsOf } from './calendar.ts';
import { type Census, censusSteps } from './census.ts';
import { follow } from './follow.ts';
import { diffGroups } from './groups.ts';
import { applyGuards, type GuardInput } from './guards.ts';
import { type HoldAlert, holdsAfter } from './holds.ts';
import { addressMatcher, joinSteps } from './identity.ts';
import { withinKey } from './key-limits.ts';
import type { Baseline } from './model/baseline.ts';
import type { Buckets, Plan, TenantPair } from './model/change.ts';
import { type DevinState, ENTERPRISE } from './model/devin.ts';
import type { DirectorySnapshot } from './model/directory.ts';
import type { Evidence, Questions } from './model/evidence.ts';
import type { Memory } from './model/memory.ts';
import type { RunScope } from './model/run.ts';
import type { DeclaredOrg, Settings } from './model/settings.ts';
import type { Pending, Standing } from './model/standing.ts';
import { narrow } from './narrow.ts';
import { diffOrganizations, withinOrgs } from './organizations.ts';
import { otherWriters } from './other-writers.ts';
import { outsidersAtHome } from './outsiders.ts';
import { resolvePersonal } from './personal.ts';
import { buildAtlas } from './places.ts';
import { assemblePlan, compareChanges } from './plan.ts';
import { applyPolicy } from './policy.ts';
import { protectedSteps } from './protected.ts';
import { reconcile } from './reconcile.ts';
import { rememberSteps, shrunken, sizeOf } from './remember.ts';
import { diffRepositories } from './repositories.ts';
import { rollSteps } from './rolls.ts';
import { emit, type Findings, note, READY, type Scene } from './scene.ts';
import { diffScim } from './scim.ts';
import { stopFlapping } from './spoken.ts';
import { staleMemberships } from './stale.ts';
import { censusFrom, doubtAbout, standingSteps } from './standing.ts';
import { finish } from './steps.ts';
import { wantSteps } from './want.ts';
import { joined } from './windows.ts';

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
  /** Only changes about these; absent: everything. Guards judge the whole either way. */
  readonly only?: RunScope;
  /** How the rest of the company stood: only, and always, with the reading of a part. */
  readonly standing?: Standing;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

export interface Decision {
  readonly plan: Plan;
  /** Ask these by id, then decide again with the answers; empty when every removal is proven or waits for time. */
  readonly questions: Questions;
  readonly memory: Memory;
  /** Holds to tell about: new ones, and old ones again. */
  readonly alerts: readonly HoldAlert[];
  /** Faults of the configuration that only the readings show; with any, the plan must not be used. */
  readonly problems: readonly string[];
  /** For later decisions about a few people. */
  readonly standing: Standing;
  /** Why a part could not be judged without the whole; with one, the plan must not be used. */
  readonly doubt: string | null;
}

/** Decides in one go. */
export function decide(input: DecideInput): Decision {
  return finish(decideSteps(input));
}

/** The same in strides: a caller that must stay responsive yields to its event loop between them. */
export function* decideSteps(input: DecideInput): Generator<void, Decision> {
  const { scene, problems } = yield* sceneSteps(input);
  yield;
  createOrgs(scene);
  if (scene.whole) {
    watchBreakGlass(scene);
    diffOrganizations(scene);
    diffRepositories(scene);
    diffGroups(scene);
    yield* protectedSteps(scene);
  }
  staleMemberships(scene);
  yield;
  const buckets = yield* reconcile(scene);
  if (scene.whole) yield* diffScim(scene, input.memory.scim);
  return yield* conclude(input, scene, problems, buckets);
}

interface Opening {
  readonly scene: Scene;
  readonly problems: string[];
}

export function setScene(input: DecideInput): Opening {
  return finish(sceneSteps(input));
}

function* sceneSteps(input: DecideInput): Generator<void, Opening> {
  const { atlas, problems } = buildAtlas(input.settings, input.devin);
  const { settings, directory, devin } = input;
  const bindings = bindRules(settings.rules, directory, atlas, input.memory);
  const people = outsidersAtHome(input);
  const join = yield* joinSteps(directory, devin, people.rows, settings.domainAliases);
  const personal = resolvePersonal(settings, atlas, join, input.now);
  const want = yield* wantSteps(directory, bindings.list, atlas, personal.people);
  const whole = directory.scope.kind === 'all';
  const out: Findings = {
    changes: [],
    notices: [],
    residual: [],
    askPeople: new Set(),
    askGroups: new Set(),
    tombstones: new Map(),
    settled: people.settled,
    unwatched: [],
    renamed: new Set(),
    unmarked: new Set(),
  };
  const scene: Scene = {
    settings,
    directory,
    devin,
    atlas,
    bindings,
    want,
    personal,
    join,
    evidence: input.evidence,
    now: input.now,
    whole,
    protects: addressMatcher(protectedOf(settings), settings.domainAliases),
    groupLedger: new Map(input.memory.groups.map((row) => [row.name, row])),
    rolls: yield* rollSteps({ directory, want, atlas, whole }, input.memory.rolls),
    tombstones: new Map(input.memory.tombstones.map((stone) => [`${stone.cause}/${stone.subject}`, stone])),
    out,
  };
  if (scene.whole) out.notices.push(...directory.notices, ...bindings.notices, ...personal.notices);
  for (const { email, why } of scene.join.collisions)
    note(scene, 'collision', email, `${why}: grants wait until that is cleared`);
  return { scene, problems: [...problems, ...bindings.problems, ...personal.problems] };
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

function* conclude(
  input: DecideInput,
  scene: Scene,
  problems: string[],
  buckets: Buckets,
): Generator<void, Decision> {
  const { settings, memory, now } = input;
  const flips = flipsAfter(memory.flips, scene.out.changes, now);
  const allowed = stopFlapping(scene.out.changes, flips, settings.guards.flips);
  const dates = { settings, memory, devin: input.devin, now };
  const possible = allowed.map((change) =>
    withinKey(scene.devin.head.keyLimits, applyPolicy(settings, change)),
  );
  const changes = restrain(dates, follow(withinOrgs(scene, possible)));
  changes.sort(compareChanges);
  const counted = yield* censusOf(input, scene);
  if (scene.whole) otherWriters(scene, memory, counted.census);
  const judged = applyGuards(
    {
      settings,
      memory: { ...memory, flips },
      now,
      ...counted,
      configApproved: memory.approvedConfig === input.configHash,
      shrunken: shrunken(counted.size, memory, settings),
    },
    changes,
  );
  const guarded = { ...judged, changes: inWaves({ ...dates, ...counted }, judged.changes) };
  const pending = [...judged.pending, seatsOf(judged.changes)];
  if (scene.whole) scene.out.notices.push(...calendarNotices(dates));
  const { holds, alerts } = holdsAfter(memory.holds, guarded.changes, now, scene.out.unwatched);
  const plan = assemblePlan({
    createdAt: now,
    tenants: input.tenants,
    configHash: input.configHash,
    policy: settings.policy,
    reads: { directory: input.directory.reads, devin: input.devin.head.reads },
    ...narrow(scene, input.only ?? null, {
      changes: guarded.changes,
      violations: guarded.violations,
      residual: scene.out.residual,
      notices: scene.out.notices,
    }),
    only: input.only ?? null,
    buckets,
    ...(scene.whole ? { size: counted.size } : {}),
    declaredOrgs: settings.organizations.map(declared),
    maxPerSecond: input.maxPerSecond,
  });
  return {
    plan,
    questions: questionsOf(scene),
    memory: yield* rememberSteps(input, scene, { flips, holds, changes: guarded.changes }),
    alerts: scene.whole ? alerts : [],
    problems,
    standing: yield* standingAfter(input, scene, counted.census, pending),
    doubt: scene.whole ? null : doubtAbout(scene, plan.changes),
  };
}

/** A decision about a few people only adds whom it counted. */
function* standingAfter(
  { standing, now: at, tenants, configHash }: DecideInput,
  scene: Scene,
  census: Census,
  pending: readonly Pending[],
): Generator<void, Standing> {
  if (standing !== undefined) return { ...standing, pending: joined(standing.pending, pending) };
  return yield* standingSteps(scene, { at, tenants, configHash }, census, pending);
}

interface CountedNow extends Pick<GuardInput, 'census' | 'countedAt' | 'pending'> {
  readonly size: Baseline;
}

/** Counted now, or as the last decision about everything has left it. */
function* censusOf(
  { standing, devin, directory, now }: DecideInput,
  scene: Scene,
): Generator<void, CountedNow> {
  if (standing !== undefined) {
    const { size, at, pending } = standing;
    return { size, countedAt: at, pending, census: censusFrom(standing, scene) };
  }
  const census = yield* censusSteps(devin, scene.atlas, (group) => scene.rolls.stayed(group));
  return { size: sizeOf(directory), countedAt: now, pending: null, census };
}

/** What a stored plan keeps of a line of `organizations`: what an operation needs of it. */
function declared({ name, create, maxSessionAcuLimit, maxCycleAcuLimit }: DeclaredOrg): DeclaredOrg {
  return { name, create, maxSessionAcuLimit, maxCycleAcuLimit };
}

/** Only what an answer could still move: the proofs ask nothing for the sake of what policy bars. */
function questionsOf({ out, evidence }: Scene): Questions {
  const open = (ids: ReadonlySet<string>, known: ReadonlyMap<string, unknown>) =>
    [...ids].filter((id) => !known.has(id)).sort();
  return { people: open(out.askPeople, evidence.people), groups: open(out.askGroups, evidence.groups) };
}
