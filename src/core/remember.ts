/** What a run leaves in memory, and how large the directory was against what was approved. */
import { figure } from './counters.ts';
import type { Change, TenantPair } from './model/change.ts';
import type { DirectorySnapshot } from './model/directory.ts';
import type { Approval, Baseline, Flip, Hold, LedgerPerson, Memory } from './model/memory.ts';
import type { Settings } from './model/settings.ts';
import { bindingsAfter } from './renames.ts';
import type { Scene } from './scene.ts';
import { markKey } from './scim-ledger.ts';

/** What a decision is made from, as far as memory is concerned. */
interface Taken {
  readonly directory: DirectorySnapshot;
  readonly memory: Memory;
  readonly tenants: TenantPair;
}

export function sizeOf(directory: DirectorySnapshot): Baseline {
  return { people: directory.listedCount, groups: directory.groupCount, edges: directory.edgeCount };
}

/** A baseline grows by itself; only an approval of what `shrink` holds makes it smaller. */
export function grown(known: Baseline, now: Baseline): Baseline {
  return {
    people: Math.max(now.people, known.people),
    groups: Math.max(now.groups, known.groups),
    edges: Math.max(now.edges, known.edges),
  };
}

const NAMES = { people: 'people', groups: 'groups', edges: 'memberships' } as const;

/** Against the last approved baseline; the baseline grows by itself and falls only by approval. */
export function shrunken(
  now: Baseline,
  { baseline }: Pick<Memory, 'baseline'>,
  { guards }: Settings,
): string | null {
  for (const what of ['people', 'groups', 'edges'] as const) {
    if (now[what] === 0 && what !== 'edges')
      return `the directory has no ${NAMES[what]} at all, removals wait`;
    const before = baseline?.[what] ?? 0;
    if (now[what] < before * (1 - guards.shrink)) {
      const limit = Math.round(guards.shrink * 100);
      return `the directory has ${figure(now[what])} ${NAMES[what]}, the approved baseline ${figure(before)}: more than ${limit} % fewer, removals wait`;
    }
  }
  return null;
}

/** What was found out beside the scene. */
export interface Learnt {
  readonly flips: readonly Flip[];
  readonly holds: readonly Hold[];
  /** Of the whole plan, judged. */
  readonly changes: readonly Change[];
}

/** The reading of a part says nothing about absence, names or the size of the whole. */
export function* rememberSteps(
  { memory, directory, tenants }: Taken,
  scene: Scene,
  { flips, holds, changes }: Learnt,
): Generator<void, Memory> {
  if (!scene.whole) return memory;
  const wanted = new Set(changes.map(({ key }) => key));
  return {
    ...memory,
    flips,
    holds,
    approvals: stillAsked(memory.approvals, wanted),
    tenants,
    // An empty list forgets nobody: it is more likely a bad answer than an empty enterprise.
    people: scene.devin.userCount === 0 ? memory.people : peopleAfter(memory.people, scene.out.settled),
    bindings: bindingsAfter(scene),
    rolls: yield* scene.rolls.after(changes, scene.bindings.frozen.size > 0),
    scim: marksAfter(memory.scim, scene.out.unmarked),
    tombstones: [...scene.out.tombstones.values()],
    baseline: memory.baseline && grown(memory.baseline, sizeOf(directory)),
  };
}

function marksAfter(marks: Memory['scim'], unmarked: ReadonlySet<string>): Memory['scim'] {
  return unmarked.size === 0 ? marks : marks.filter((mark) => !unmarked.has(markKey(mark)));
}

/** An approval is for one time: what was done, and is wanted anew because another changed it back, is asked again. */
function stillAsked(approvals: readonly Approval[], wanted: ReadonlySet<string>): readonly Approval[] {
  const open = approvals.filter(({ item }) => wanted.has(item));
  return open.length === approvals.length ? approvals : open;
}

function peopleAfter(
  people: readonly LedgerPerson[],
  settled: ReadonlyMap<string, LedgerPerson | null>,
): readonly LedgerPerson[] {
  if (settled.size === 0) return people;
  const known = new Set(people.map(({ directoryId }) => directoryId));
  const kept = people.flatMap((row) => {
    const after = settled.get(row.directoryId);
    return after === null ? [] : [after ?? row];
  });
  const added = [...settled].flatMap(([id, row]) => (row === null || known.has(id) ? [] : [row]));
  return [...kept, ...added];
}
