/**
 * What a run or a plan has written, taken back: an ordinary plan, with policy and guards, from the written changes
 * and what Devin holds now. Whatever has been changed since by somebody else stays, and is named.
 */
import { inWaves, restrain } from './calendar.ts';
import { censusSteps } from './census.ts';
import { peopleOfGroup } from './census-of-groups.ts';
import { type DecideInput, setScene } from './decide.ts';
import { follow } from './follow.ts';
import { applyGuards } from './guards.ts';
import { normaliseEmail } from './identity.ts';
import { withinKey } from './key-limits.ts';
import type { Change, Plan } from './model/change.ts';
import type { Memory } from './model/memory.ts';
import { isScimKind } from './model/scim.ts';
import type { WrittenChange } from './model/written.ts';
import { withinOrgs } from './organizations.ts';
import { assemblePlan, compareChanges } from './plan.ts';
import { applyPolicy } from './policy.ts';
import { redoKey } from './redo.ts';
import { shrunken, sizeOf } from './remember.ts';
import type { Scene } from './scene.ts';
import { finish } from './steps.ts';
import type { Undo } from './undo.ts';
import { leave } from './undo.ts';
import { undoGroup } from './undo-group.ts';
import { undoPerson } from './undo-person.ts';
import { undoScim } from './undo-scim.ts';
import { type Holder, holdersOf } from './undo-slots.ts';

export interface RollbackInput {
  readonly input: DecideInput;
  /** The reconciliation of the plan that was decided on the same readings. */
  readonly buckets: Plan['buckets'];
  /** What took effect, oldest first. */
  readonly writes: readonly WrittenChange[];
  /** Id of the run or plan. */
  readonly of: string;
}

export interface Rollback {
  readonly plan: Plan;
  /** By item key of the plan: the writes that it takes back. */
  readonly behind: ReadonlyMap<string, readonly WrittenChange[]>;
}

export function planRollback({ input, buckets, writes, of }: RollbackInput): Rollback {
  const { scene } = setScene(input);
  scene.out.notices.length = 0;
  const undo: Undo = {
    scene,
    what: `run ${of.slice(0, 12)}`,
    userByEmail: emailIndex(scene),
    invited: new Set(),
    holds: [],
    behind: new Map(),
  };
  for (const holder of holdersOf(writes.filter(({ kind }) => !isScimKind(kind)))) takeBack(undo, holder);
  undoScim(undo, writes);
  const guarded = guard(input, scene);
  const plan = assemblePlan({
    createdAt: input.now,
    tenants: input.tenants,
    configHash: input.configHash,
    policy: input.settings.policy,
    reads: { directory: input.directory.reads, devin: input.devin.head.reads },
    ...guarded,
    residual: [],
    notices: scene.out.notices,
    only: { rollback: of },
    buckets,
    declaredOrgs: input.settings.organizations,
    maxPerSecond: input.maxPerSecond,
  });
  return { plan, behind: undo.behind };
}

/** It is never deleted, and its name, limits and repositories stand in the configuration. */
const ORG_STAYS =
  'an organization is never deleted by this program, and what it is and may use follows the configuration: change it there';

function takeBack(undo: Undo, holder: Holder): void {
  const { type } = holder.subject;
  if (type === 'person') undoPerson(undo, holder);
  else if (type === 'group') undoGroup(undo, holder);
  else leave(undo, holder, ORG_STAYS);
}

/** As every plan is judged; whoever approved this configuration is asked no second time. */
function guard(input: DecideInput, scene: Scene): Pick<Plan, 'changes' | 'violations'> {
  const { settings, memory, now } = input;
  const dates = { settings, memory, devin: input.devin, now };
  const possible = scene.out.changes.map((change) =>
    withinKey(input.devin.head.keyLimits, applyPolicy(settings, change)),
  );
  const allowed = follow(withinOrgs(scene, possible));
  const changes = restrain(dates, allowed);
  changes.sort(compareChanges);
  const census = finish(censusSteps(input.devin, scene.atlas, peopleOfGroup.bind(null, scene)));
  const judged = applyGuards(
    {
      ...{ settings, memory, now, census },
      countedAt: now,
      pending: null,
      configApproved: true,
      shrunken: shrunken(sizeOf(input.directory), memory, settings),
    },
    changes,
  );
  const waves = { ...dates, countedAt: now, pending: null };
  return { changes: inWaves(waves, judged.changes), violations: judged.violations };
}

function emailIndex({ devin, settings }: Scene): (email: string) => number {
  const users = new Map<string, number>();
  for (let user = devin.userCount - 1; user >= 0; user--) {
    const email = normaliseEmail(devin.user(user).email, settings.domainAliases);
    if (email !== null) users.set(email, user);
  }
  return (email) => users.get(normaliseEmail(email, settings.domainAliases) ?? '') ?? -1;
}

export interface TakenBack {
  readonly by: string;
  /** Epoch ms. */
  readonly at: number;
  readonly why: string;
}

/**
 * The next run does not do again what is taken back: it is held until a person approves it or its cause is another.
 * @param going changes of the rollback that are written.
 */
export function holdUndone(
  memory: Memory,
  { behind }: Rollback,
  going: readonly Change[],
  said: TakenBack,
): { readonly memory: Memory; readonly held: readonly { item: string; subject: string }[] } {
  const writes = going.flatMap(({ key }) => behind.get(key) as readonly WrittenChange[]);
  const held = new Map(writes.map((write) => [redoKey(write), write.subject.label]));
  const items = new Set(writes.map(({ item }) => item));
  return {
    held: [...held].map(([item, subject]) => ({ item, subject })),
    memory: {
      ...memory,
      approvals: memory.approvals.filter(({ item }) => !items.has(item)),
      halfApprovals: memory.halfApprovals.filter(({ item }) => !items.has(item)),
      rejections: [
        ...memory.rejections.filter(({ item }) => !held.has(item)),
        ...[...held.keys()].map((item) => ({ item, ...said })),
      ],
    },
  };
}
