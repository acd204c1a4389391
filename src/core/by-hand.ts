/**
 * The three-way compare: what was last applied (the ledger), what is now, what is wanted. What this daemon gave and
 * somebody took back in Devin is held, not given back; a grant that is taken back again and again stops.
 */
import type { Change, Verdict } from './model/change.ts';
import type { Flip, LedgerGroup, LedgerPerson } from './model/memory.ts';
import { placeKey } from './places.ts';
import { edgeAt, heldBy, note, placeName, roleName, type Scene } from './scene.ts';

type Row = LedgerPerson | LedgerGroup | undefined;

/** What Devin knows the person or the group by. */
function holderOf(row: LedgerPerson | LedgerGroup): string {
  return 'devinId' in row ? row.devinId : row.name;
}

/** A role that a grant would give, against the one held now; -1: none. */
export interface Given {
  readonly label: string;
  readonly place: number;
  readonly have: number;
  readonly role: number;
}

/** Held where the ledger says that exactly this was given before; null: nobody took anything back. */
export function takenBack(scene: Scene, row: Row, { label, place, have, role }: Given): Verdict | null {
  if (row === undefined) return null;
  const key = placeKey(scene.atlas, place);
  if (row.places[key] === undefined) return null;
  const applied = row.applied?.[key];
  if (have >= 0 && applied !== scene.atlas.roles[role]?.id) return null;
  const where = placeName(scene, place);
  const what =
    have < 0
      ? `${label} was given a role in ${where}, and somebody took it back in Devin`
      : `${label} was given ${roleName(scene, role)} in ${where}, and somebody made it ${roleName(scene, have)} in Devin`;
  const message = `${what}: it is given again only when approved`;
  note(scene, 'changed-by-hand', label, message, edgeAt(scene, holderOf(row), place));
  return heldBy('by-hand');
}

/** More than rules give, and not by us: named, whatever is decided about it. */
export function noteRaised(scene: Scene, row: Row, { label, place, have }: Omit<Given, 'role'>): void {
  const applied = row?.applied?.[placeKey(scene.atlas, place)];
  const before = scene.atlas.roles.find(({ id }) => id === applied);
  if (before === undefined || applied === scene.atlas.roles[have]?.id) return;
  const message = `${label} was given ${before.name} in ${placeName(scene, place)}, and somebody made it ${roleName(scene, have)} in Devin`;
  note(scene, 'changed-by-hand', label, message, edgeAt(scene, holderOf(row as NonNullable<Row>), place));
}

/** The account that was given is gone from Devin, and nobody here removed it. */
export function accountTaken(scene: Scene, person: number): Verdict | null {
  const row = scene.join.lost.get(person);
  if (row === undefined || Object.keys(row.places).length === 0) return null;
  const message = `${row.email} had Devin user ${row.devinId}, and somebody removed it in Devin: they are invited again only when approved`;
  note(scene, 'changed-by-hand', row.email, message, { holder: row.devinId, org: null });
  return heldBy('by-hand');
}

/** What is neither held nor wanted any more needs no owner: nobody is to be told that it was taken back, later on. */
export function letGo(
  scene: Scene,
  person: number,
  user: number,
  wanted: readonly { place: number }[],
): void {
  const lost = scene.join.lost.get(person);
  if (lost !== undefined && (user >= 0 || wanted.length === 0)) scene.out.settled.set(lost.directoryId, null);
  const row = user < 0 ? undefined : scene.join.links[user];
  if (row === undefined) return;
  for (const key in row.places) {
    if (isHeld(scene, user, key)) continue;
    if (wanted.some(({ place }) => placeKey(scene.atlas, place) === key)) continue;
    const known = scene.out.settled.get(row.directoryId) ?? row;
    scene.out.settled.set(row.directoryId, withoutPlace(known, key));
  }
}

function isHeld({ devin, atlas }: Scene, user: number, key: string): boolean {
  const end = devin.firstDirect(user + 1);
  for (let edge = devin.firstDirect(user); edge < end; edge++) {
    if (placeKey(atlas, devin.directOrgAt(edge)) === key) return true;
  }
  return false;
}

function withoutPlace(row: LedgerPerson, key: string): LedgerPerson {
  const { [key]: _place, ...places } = row.places;
  if (row.applied === undefined) return { ...row, places };
  const { [key]: _role, ...applied } = row.applied;
  return { ...row, places, applied };
}

/** A flip is forgotten this long after the last one. */
const FORGOTTEN_MS = 7 * 24 * 60 * 60 * 1000;

/** Counts each time that a grant is newly seen to be taken back. `found` is everything the diff found. */
export function flipsAfter(known: readonly Flip[], found: readonly Change[], now: number): readonly Flip[] {
  const undone = new Set(found.filter(isByHand).map(({ key }) => key));
  if (known.length === 0 && undone.size === 0) return known;
  const flips = new Map(known.map((flip) => [flip.item, flip]));
  for (const item of undone) {
    const before = flips.get(item);
    if (before?.undone !== true)
      flips.set(item, { item, count: (before?.count ?? 0) + 1, lastAt: now, undone: true });
  }
  return [...flips.values()].flatMap((flip) => {
    const isUndone = undone.has(flip.item);
    if (now - flip.lastAt <= FORGOTTEN_MS) return [{ ...flip, undone: isUndone }];
    // It is still held as taken back, but a person may decide afresh.
    return isUndone ? [{ ...flip, count: 1 }] : [];
  });
}

export function isByHand({ verdict }: Change): boolean {
  return verdict.state === 'held' && verdict.by.includes('by-hand');
}
