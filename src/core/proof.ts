/** The proof each cause of a removal needs, and the verdict while it is missing. Absence is never deactivation. */
import type { Binding } from './bind.ts';
import type { Cause, Verdict } from './model/change.ts';
import type { PersonStatus } from './model/directory.ts';
import type { Tombstone } from './model/memory.ts';
import { heldBy, READY, type Scene, waiting } from './scene.ts';

/** A removal as far as it is proven. */
export interface Proof {
  readonly cause: Cause;
  readonly verdict: Verdict;
  /** What was seen, in words. */
  readonly seen: string;
}

/** Asks the IdP by id; ready only when the fresh answer says the same as the list did. */
export function statusProof(scene: Scene, directoryId: string, cause: 'deactivated' | 'suspended'): Proof {
  scene.out.askPeople.add(directoryId);
  const answer = scene.evidence.people.get(directoryId);
  if (answer === undefined) {
    return {
      cause,
      seen: `${cause} in the list`,
      verdict: waiting('the directory has not yet been asked by id'),
    };
  }
  const same = answer === cause || (cause === 'deactivated' && answer === 'gone');
  if (!same) {
    return {
      cause,
      seen: `${cause} in the list, ${answer} by id`,
      verdict: waiting(`the directory answers "${answer}" by id`),
    };
  }
  return {
    cause,
    seen:
      answer === 'gone'
        ? 'deactivated, then deleted in the directory'
        : `${cause} in the directory, confirmed by id`,
    verdict: READY,
  };
}

/** A person lost a place; `lost` is the role that goes, which tells the groups that used to give it. */
export function placeProof(scene: Scene, person: number, place: number, lost: number): Proof {
  const orphaned = scene.bindings.orphaned.get(place);
  if (orphaned !== undefined)
    return { cause: 'group-deleted', seen: orphaned, verdict: heldBy('group-deleted') };
  const giving = scene.want.bindings.flatMap((binding, index) =>
    binding.rule.via === 'direct' && binding.place === place && (binding.role === lost || lost < 0)
      ? [index]
      : [],
  );
  if (giving.length === 0) {
    return {
      cause: 'rule-changed',
      seen: 'no rule gives this role there any more',
      verdict: heldBy('rule-changed'),
    };
  }
  return leftGroups(scene, person, giving);
}

/** Each group that gave the role is read once more, without the person. */
function leftGroups(scene: Scene, person: number, giving: readonly number[]): Proof {
  const { id } = scene.directory.person(person);
  const names: string[] = [];
  let unread = false;
  let still: string | null = null;
  for (const index of giving) {
    const { group } = scene.want.bindings[index] as Binding;
    names.push(scene.directory.group(group).name);
    for (const member of scene.want.closures[index]?.groups ?? []) {
      const record = scene.directory.group(member);
      scene.out.askGroups.add(record.id);
      const fresh = scene.evidence.groups.get(record.id);
      if (fresh === undefined) unread = true;
      else if (fresh !== 'gone' && fresh.people.has(id)) still = record.name;
    }
  }
  const seen = `no longer in ${names.join(', ')}`;
  if (still !== null)
    return { cause: 'left-group', seen, verdict: waiting(`a fresh reading of "${still}" still lists them`) };
  if (unread)
    return { cause: 'left-group', seen, verdict: waiting('the group has not yet been read once more') };
  return { cause: 'left-group', seen: `${seen}, read twice`, verdict: READY };
}

/** Two fresh readings apart prove an absence; from then on the tombstone runs to its due date. */
export interface Absence {
  readonly proven: boolean;
  readonly provenAt: number;
  readonly dueAt: number;
}

export function absence(scene: Scene, directoryId: string, cause: Tombstone['cause']): Absence {
  const key = `${cause}/${directoryId}`;
  const known = scene.tombstones.get(key);
  const stone: Tombstone = {
    subject: directoryId,
    cause,
    firstSeen: known?.firstSeen ?? scene.now,
    lastSeen: scene.now,
  };
  scene.out.tombstones.set(key, stone);
  const provenAt = stone.firstSeen + scene.settings.patience.absenceMs;
  return {
    proven: known !== undefined && scene.now >= provenAt,
    provenAt,
    dueAt: provenAt + scene.settings.patience.tombstoneMs,
  };
}

/** The fresh answer about a person whom the list does not have. */
export function absentStatus(scene: Scene, directoryId: string): PersonStatus | 'gone' | undefined {
  scene.out.askPeople.add(directoryId);
  return scene.evidence.people.get(directoryId);
}
