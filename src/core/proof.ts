/** The proof each cause of a removal needs, and the verdict while it is missing. Absence is never deactivation. */
import type { Binding } from './bind.ts';
import type { Cause, NamedRef, Verdict } from './model/change.ts';
import { ENTERPRISE } from './model/devin.ts';
import type { PersonStatus } from './model/directory.ts';
import type { Grant } from './model/grants.ts';
import type { Tombstone } from './model/memory.ts';
import { denyWords, endedWords } from './personal.ts';
import { placeKey } from './places.ts';
import { lostByRename } from './renames.ts';
import { heldBy, mayRevoke, READY, roleName, type Scene, waiting } from './scene.ts';
import { type Closure, groupPath, type Want } from './want.ts';

/** A removal as far as it is proven. */
export interface Proof {
  readonly cause: Cause;
  readonly verdict: Verdict;
  /** What was seen, in words. */
  readonly seen: string;
  /** All groups that could have given it, where the person left them. */
  readonly left?: readonly NamedRef[];
}

/** What a proof is asked for; nothing is asked where policy bars the change anyway. */
export interface Asked {
  readonly kind:
    | 'remove-user'
    | 'set-enterprise-role'
    | 'change-org-role'
    | 'remove-from-org'
    | 'scim-deactivate-user'
    | 'scim-remove-member';
  readonly place: number;
}

/** Asks the IdP by id; ready only when the fresh answer says the same as the list did. */
export function statusProof(
  scene: Scene,
  asked: Asked,
  directoryId: string,
  cause: 'deactivated' | 'suspended',
): Proof {
  if (mayRevoke(scene, asked.kind, asked.place, cause)) scene.out.askPeople.add(directoryId);
  const answer = scene.evidence.people.get(directoryId);
  if (answer === undefined) return { cause, seen: `${cause} in the list`, verdict: waiting(NOT_ASKED) };
  if (answer === cause) return { cause, seen: `${cause} in the directory, confirmed by id`, verdict: READY };
  if (answer === 'gone' && cause === 'deactivated')
    return { cause, seen: 'deactivated, then deleted in the directory', verdict: READY };
  return {
    cause,
    seen: `${cause} in the list, ${answer} by id`,
    verdict: waiting(`the directory answers "${answer}" by id`),
  };
}

export const NOT_ASKED = 'the directory has not yet been asked by id';

/** A person lost a place, or holds a stronger role there than rules give: `role` is what they hold. */
export function placeProof(scene: Scene, person: number, asked: Asked, role: number): Proof {
  const { place } = asked;
  const denial = scene.want.denial(person, place);
  if (denial !== undefined) return ruleChanged(denyWords(denial));
  const orphaned = scene.bindings.orphaned.get(place);
  if (orphaned !== undefined)
    return { cause: 'group-deleted', seen: orphaned, verdict: heldBy('group-deleted') };
  const deleted = lostByDeletion(scene, person, place);
  if (deleted !== null) return { cause: 'group-deleted', seen: deleted, verdict: heldBy('group-deleted') };
  const moved = lostByRename(scene, person, place);
  if (moved !== null) return ruleChanged(moved);
  const loses = asked.kind === 'remove-from-org';
  // A role that is lost altogether may have been given by any rule of the place, under another role name then.
  const giving = scene.want
    .directAt(place)
    .filter((index) => loses || (scene.want.bindings[index] as Binding).role === role);
  const ended = scene.want.ended(person, place, role);
  if (giving.length > 0) return endedToo(leftGroups(scene, person, asked, giving), ended?.grant);
  if (ended === undefined) return ruleChanged(`no rule gives ${roleName(scene, role)} there any more`);
  return { cause: 'grant-expired', seen: endedWords(ended.grant), verdict: READY };
}

/**
 * The clock is proof enough where no rule gives the role. Where one could, the person must be out of its groups as
 * well: an old line of a grant must not make a broken reading of a group believable.
 */
function endedToo(proof: Proof, grant: Grant | undefined): Proof {
  if (grant === undefined || proof.cause !== 'left-group') return proof;
  return { cause: 'grant-expired', seen: `${endedWords(grant)}; ${proof.seen}`, verdict: proof.verdict };
}

/** A pattern names no group, so it is the rolls that tell whose group is gone. What was seen; null: no such group. */
export function lostByDeletion(
  { directory, atlas, rolls }: Scene,
  person: number,
  place: number,
): string | null {
  const left = rolls.leftBy(directory.person(person).id, placeKey(atlas, place));
  const gone = left.find((roll) => roll.bound && rolls.isGone(roll));
  return gone === undefined ? null : `group "${gone.name}", which gave it, is gone from the directory`;
}

export function ruleChanged(seen: string): Proof {
  return { cause: 'rule-changed', seen, verdict: heldBy('rule-changed') };
}

/** Each group that gave the role is read once more, without the person. */
export function leftGroups(scene: Scene, person: number, asked: Asked, giving: readonly number[]): Proof {
  const names = giving.map((index) => groupName(scene, index));
  for (const index of giving) {
    const path = groupPath(scene.directory, closureAt(scene, index), person);
    if (path !== null) return ruleChanged(`still in ${path}, but another rule decides there`);
  }
  const doubts = new Set<string>();
  for (const index of giving) {
    for (const group of closureAt(scene, index).groups) {
      const doubt = doubtAbout(scene, person, asked, group, 'left-group');
      if (doubt !== null) doubts.add(doubt);
    }
  }
  const seen = `no longer in ${names.join(', ')}`;
  const why = [...doubts].sort().join('; ');
  const base = { cause: 'left-group', left: groupsOf(scene, giving) } as const;
  if (why !== '') return { ...base, seen, verdict: waiting(why) };
  return { ...base, seen: `${seen}, read twice`, verdict: READY };
}

/** Each group once. Through which of them a person had it is known where their rolls are: see `rolls.ts`. */
function groupsOf({ want, directory }: Scene, giving: readonly number[]): NamedRef[] {
  const groups = new Set(giving.map((index) => (want.bindings[index] as Binding).group));
  return Array.from(groups, (group) => directory.group(group)).map(({ id, name }) => ({ id, name }));
}

function closureAt(scene: Scene, index: number): Closure {
  return scene.want.closures[index] as Closure;
}

function groupName(scene: Scene, index: number): string {
  return scene.directory.group((scene.want.bindings[index] as Binding).group).name;
}

/** Why this group does not prove yet that the person left it; null: it does. */
function doubtAbout(scene: Scene, person: number, asked: Asked, group: number, cause: Cause): string | null {
  const { id, name, hidden } = scene.directory.group(group);
  if (hidden === true) return `the members of "${name}" may be hidden, so its list proves nothing`;
  if (mayRevoke(scene, asked.kind, asked.place, cause)) scene.out.askGroups.add(id);
  const fresh = scene.evidence.groups.get(id);
  if (fresh === undefined) return 'a group has not yet been read once more';
  if (fresh === 'gone') return `"${name}" is gone by id`;
  if (fresh.people.has(scene.directory.person(person).id))
    return `a fresh reading of "${name}" still lists them`;
  const known = new Set(
    Array.from(scene.directory.children(group), (child) => scene.directory.group(child).id),
  );
  const added = [...fresh.groups].some((child) => !known.has(child));
  return added ? `a fresh reading of "${name}" shows another nested group` : null;
}

/** Two fresh readings apart prove an absence; from then on the tombstone runs to its due date. */
export interface Absence {
  readonly proven: boolean;
  readonly provenAt: number;
  readonly dueAt: number;
}

/** What can take the place of a full reading when the reading was built from changes. */
export interface Confirmation {
  /** False where nothing can happen before the tombstone is due: until then nobody is asked. */
  readonly urgent: boolean;
  /** Whether answers of this very run show the absence; asks for them where they are missing. */
  readonly given: () => boolean;
}

/** A reading built from changes repeats old rows, so by itself it neither begins nor confirms an absence. */
export function absence(
  scene: Scene,
  directoryId: string,
  cause: Tombstone['cause'],
  confirmation: Confirmation,
): Absence {
  const key = `${cause}/${directoryId}`;
  const known = scene.tombstones.get(key);
  const firstSeen = known?.firstSeen ?? scene.now;
  const provenAt = firstSeen + scene.settings.patience.absenceMs;
  const dueAt = provenAt + scene.settings.patience.tombstoneMs;
  const apart = known !== undefined && scene.now >= provenAt;
  const rests = apart && scene.now < dueAt && !confirmation.urgent;
  const asks = !rests && (known === undefined || apart);
  const fresh = scene.directory.basis === 'full' || (asks && confirmation.given());
  if (fresh) scene.out.tombstones.set(key, { subject: directoryId, cause, firstSeen, lastSeen: scene.now });
  else if (known !== undefined) scene.out.tombstones.set(key, known);
  return { proven: apart && (fresh || rests), provenAt, dueAt };
}

/** More groups than this are not read again one by one for the sake of one absence: the next full reading tells. */
const MOST_READ_AGAIN = 100;

/** Every group through which a rule gives people something was read again in this run, without the person. */
export function isOutside(scene: Scene, person: number): boolean {
  const groups = givingGroups(scene.want);
  if (groups === null) return false;
  const asked = { kind: 'remove-user', place: ENTERPRISE } as const;
  const doubts = groups.map((group) => doubtAbout(scene, person, asked, group, 'out-of-scope'));
  return doubts.every((doubt) => doubt === null);
}

/** null: too many to read again one by one. */
function givingGroups({ bindings, closures }: Want): number[] | null {
  const groups = new Set<number>();
  for (const [index, { rule }] of bindings.entries()) {
    if (rule.via !== 'direct') continue;
    for (const group of (closures[index] as Closure).groups) groups.add(group);
    if (groups.size > MOST_READ_AGAIN) return null;
  }
  return [...groups];
}

/** The fresh answer about a person whom the list does not have. */
export function absentStatus(scene: Scene, directoryId: string): PersonStatus | 'gone' | undefined {
  if (mayRevoke(scene, 'remove-user', ENTERPRISE, 'deactivated')) scene.out.askPeople.add(directoryId);
  return scene.evidence.people.get(directoryId);
}
