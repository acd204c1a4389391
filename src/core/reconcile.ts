/** Walks over every person and every Devin user once, and puts each in exactly one bucket. */
import { normaliseEmail } from './identity.ts';
import type { Buckets, PersonBucket, UserBucket } from './model/change.ts';
import { diffOrphan, diffShared, diffStranger } from './orphans.ts';
import { diffOutsiders } from './outsiders.ts';
import { diffPerson } from './people.ts';
import { note, type Scene } from './scene.ts';

/** How many subjects pass between two chances for the caller to breathe. */
const STRIDE = 2048;

/** In a reading of a part, only who is in it is judged and counted. */
export function* reconcile(scene: Scene): Generator<void, Buckets> {
  const people = yield* walkPeople(scene);
  const outsiders = scene.whole ? diffOutsiders(scene) : new Map<number, UserBucket>();
  return { people: people.counts, users: yield* walkUsers(scene, people.of, outsiders) };
}

interface PeopleWalk {
  readonly counts: Record<PersonBucket, number>;
  readonly of: readonly (PersonBucket | null)[];
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
  const of: (PersonBucket | null)[] = [];
  for (let person = 0; person < scene.directory.personCount; person++) {
    const bucket = isJudged(scene, person) ? diffPerson(scene, person) : null;
    if (bucket !== null) counts[bucket]++;
    of.push(bucket);
    if (person % STRIDE === STRIDE - 1) yield;
  }
  return { counts, of };
}

function* walkUsers(
  scene: Scene,
  people: readonly (PersonBucket | null)[],
  outsiders: ReadonlyMap<number, UserBucket>,
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
  const removed = new Map<string | null, boolean>();
  for (const { kind, subject, verdict } of scene.out.changes) {
    if (kind === 'remove-user') removed.set(subject.devinId, verdict.state === 'waiting');
  }
  for (let user = 0; user < scene.devin.userCount; user++) {
    const bucket = outsiders.get(user) ?? bucketOf(scene, user, people, removed);
    if (bucket !== null) counts[bucket]++;
    if (user % STRIDE === STRIDE - 1) yield;
  }
  return counts;
}

/** null: not judged in the reading of a part. */
function bucketOf(
  scene: Scene,
  user: number,
  people: readonly (PersonBucket | null)[],
  removed: ReadonlyMap<string | null, boolean>,
): UserBucket | null {
  const { id, email } = scene.devin.user(user);
  const person = scene.join.personOf[user] as number;
  const link = scene.join.orphans.get(user);
  if (link !== undefined) return inScope(scene, link.directoryId) ? diffOrphan(scene, user, link) : null;
  if (person >= 0 && people[person] === null) return null;
  if (scene.devin.directCount(user) === 0) return 'group-only';
  const shared = scene.join.shared.get(user);
  if (shared !== undefined) return diffShared(scene, user, shared);
  if (person < 0) return isAddress(scene, email) ? diffStranger(scene, user) : unmatchable(scene, user);
  const waits = removed.get(id);
  if (waits !== undefined) return waits ? 'waiting' : 'to-remove';
  const bucket = people[person];
  return bucket === 'to-change' || bucket === 'waiting' ? bucket : 'in-sync';
}

/** Nobody outside the scope of a reading is judged. */
function isJudged(scene: Scene, person: number): boolean {
  return inScope(scene, scene.directory.person(person).id);
}

function inScope({ directory: { scope } }: Scene, directoryId: string): boolean {
  return scope.kind === 'all' || scope.people.includes(directoryId);
}

function isAddress({ settings }: Scene, email: string | null): boolean {
  return normaliseEmail(email, settings.domainAliases) !== null;
}

function unmatchable(scene: Scene, user: number): 'not-matchable' {
  const { id, name } = scene.devin.user(user);
  const label = name ?? id;
  note(scene, 'devin-no-email', label, `Devin user ${id} has no usable e-mail address and is never touched`);
  return 'not-matchable';
}
