/** Devin users whom the reading has no person for: linked ones are asked for by id, strangers are drift. */
import { bucketSince } from './findings.ts';
import { absenceVerdict, fade, removeUser, residualOf } from './leavers.ts';
import type { Subject, UserBucket } from './model/change.ts';
import { ENTERPRISE } from './model/devin.ts';
import type { PersonStatus } from './model/directory.ts';
import type { LedgerPerson } from './model/memory.ts';
import { absence, absentStatus, type Confirmation, NOT_ASKED, type Proof, statusProof } from './proof.ts';
import { emit, isProtectedUser, mayTake, note, READY, type Scene, waiting } from './scene.ts';

/** A linked Devin user whose person this reading does not have: asked for by id first. */
export function diffOrphan(scene: Scene, user: number, link: LedgerPerson): UserBucket {
  const { email, directoryId, devinId } = link;
  if (isProtectedUser(scene, user)) {
    const message = `${email} is protected: access stays although the directory no longer lists them`;
    note(scene, 'suppressed', email, message);
    return scene.devin.directCount(user) === 0 ? 'group-only' : 'in-sync';
  }
  const before = scene.out.changes.length;
  const answer = absentStatus(scene, directoryId);
  if (answer === 'gone' || answer === 'deactivated')
    residualOf(scene, user, answer === 'gone' ? 'vanished' : answer);
  if (scene.devin.directCount(user) === 0) return 'group-only';
  judgeAbsent(scene, { type: 'person', directoryId, devinId, label: email }, user, answer);
  const bucket = bucketSince(scene, before);
  if (bucket === 'in-sync') return answer === undefined ? 'waiting' : 'foreign';
  return bucket === 'to-change' ? 'to-remove' : 'waiting';
}

function judgeAbsent(
  scene: Scene,
  subject: Subject,
  user: number,
  answer: PersonStatus | 'gone' | undefined,
): void {
  const seen = 'missing from the directory list';
  if (answer === 'deactivated') {
    removeUser(scene, subject, user, {
      cause: 'deactivated',
      seen: `${seen}, deactivated by id`,
      verdict: READY,
    });
  } else if (answer === 'gone') {
    vanish(scene, subject, user);
  } else if (mayTake(scene, user, ENTERPRISE)) {
    const why = answer === undefined ? NOT_ASKED : `the directory answers "${answer}" by id`;
    removeUser(scene, subject, user, { cause: 'vanished', seen, verdict: waiting(why) });
  }
}

function vanish(scene: Scene, subject: Subject, user: number): void {
  const seen = 'unknown to the directory, also by id';
  const gone = absence(scene, subject.directoryId as string, 'vanished', GONE_BY_ID);
  for (const { org, role } of scene.devin.directRoles(user)) {
    if (org === ENTERPRISE || !mayTake(scene, user, org)) continue;
    emit(scene, {
      kind: 'remove-from-org',
      subject,
      place: org,
      before: role,
      after: -1,
      cause: 'vanished',
      reason: seen,
      verdict: absenceVerdict(gone),
    });
  }
  const held = scene.devin.directRole(user, ENTERPRISE) >= 0;
  if (held && mayTake(scene, user, ENTERPRISE))
    fade(scene, subject, user, { cause: 'vanished', seen, isGone: GONE_BY_ID.given });
}

/** The directory has said in this run that it knows no such id. */
const GONE_BY_ID: Confirmation = { urgent: true, given: () => true };
/** There is no id to ask by. */
const ONLY_LISTED: Confirmation = { urgent: true, given: () => false };

/** A Devin user with an address, whom nobody in the directory stands for; a removal waits for a second reading that says so too. */
export function diffStranger(scene: Scene, user: number): UserBucket {
  const { id, email } = scene.devin.user(user);
  const label = email as string;
  if (scene.settings.foreign === 'report' || isProtectedUser(scene, user)) {
    const message = `${label} is in Devin, but nobody in the directory has that address`;
    note(scene, 'foreign', label, message, { holder: id, org: null });
    return 'foreign';
  }
  const gone = absence(scene, `devin:${id}`, 'vanished', ONLY_LISTED);
  removeUser(scene, { type: 'person', directoryId: null, devinId: id, label }, user, {
    cause: 'foreign',
    seen: 'nobody in the directory has that address and this daemon neither gave nor adopted the access',
    verdict: absenceVerdict(gone),
  });
  return gone.proven ? 'to-remove' : 'waiting';
}

/**
 * A user on an address that several people share is nobody's in particular: it stays until it is clear whose it
 * was. When all of them are deactivated it makes no difference, and it goes once each is confirmed.
 */
export function diffShared(scene: Scene, user: number, people: readonly number[]): UserBucket {
  const records = people.map((person) => scene.directory.person(person));
  if (isProtectedUser(scene, user) || records.some(({ status }) => status !== 'deactivated'))
    return 'not-matchable';
  const { id, email } = scene.devin.user(user);
  const asked = { kind: 'remove-user', place: ENTERPRISE } as const;
  const proofs = records.map((record) => statusProof(scene, asked, record.id, 'deactivated'));
  const worst = proofs.find(({ verdict }) => verdict.state !== 'ready') ?? (proofs[0] as Proof);
  residualOf(scene, user, 'deactivated');
  removeUser(scene, { type: 'person', directoryId: null, devinId: id, label: email as string }, user, worst);
  return worst.verdict.state === 'ready' ? 'to-remove' : 'waiting';
}
