/** Removals of people: each has a cause, and the cause sets proof and delay (see the table in the lifecycle document). */
import { bucketSince, foreignRole, personSubject } from './findings.ts';
import type { Cause, PersonBucket, Subject } from './model/change.ts';
import { ENTERPRISE } from './model/devin.ts';
import type { LedgerPerson } from './model/memory.ts';
import { type Absence, absence, absentStatus, type Proof, placeProof, statusProof } from './proof.ts';
import { emit, heldBy, isProtected, note, ownership, READY, type Scene, waiting } from './scene.ts';

/** A deactivated person loses every Devin id tied to them at once, whoever gave the access. */
export function removeLeaver(scene: Scene, person: number): PersonBucket {
  const main = scene.join.userOf[person] as number;
  if (main < 0) return 'no-access-wanted';
  const before = scene.out.changes.length;
  const users = [main, ...(scene.join.twins.get(person) ?? [])];
  for (const user of users) {
    residualOf(scene, user, 'deactivated');
    if (scene.devin.directCount(user) === 0) continue;
    const proof = statusProof(scene, scene.directory.person(person).id, 'deactivated');
    removeUser(scene, personSubject(scene, person, user), user, proof);
  }
  const bucket = bucketSince(scene, before);
  return bucket === 'in-sync' ? 'no-access-wanted' : bucket;
}

/** Org roles go at once and come back with the person; the enterprise role becomes the no-access role if there is one. */
export function suspend(scene: Scene, person: number, user: number): PersonBucket {
  const before = scene.out.changes.length;
  const proof = statusProof(scene, scene.directory.person(person).id, 'suspended');
  const subject = personSubject(scene, person, user);
  for (const { org, role } of scene.devin.directRoles(user)) {
    if (org !== ENTERPRISE) loseOrg(scene, person, user, org, role, proof);
  }
  setSuspendedRole(scene, subject, user, proof);
  residualOf(scene, user, 'suspended');
  return bucketSince(scene, before);
}

/** False when there is no such role, it is set already, or the enterprise role is not ours. */
function setSuspendedRole(scene: Scene, subject: Subject, user: number, proof: Proof): boolean {
  const { suspendedRole } = scene.atlas;
  const have = scene.devin.directRole(user, ENTERPRISE);
  if (suspendedRole < 0 || have === suspendedRole || !mayTake(scene, user, ENTERPRISE)) return false;
  emit(scene, {
    kind: 'set-enterprise-role',
    subject,
    place: ENTERPRISE,
    before: have,
    after: suspendedRole,
    cause: proof.cause,
    reason: `${proof.seen}; the no-access role until they return`,
    verdict: proof.verdict,
  });
  return true;
}

/** Active, but no rule gives anything any more. */
export function loseEverything(scene: Scene, person: number, user: number): PersonBucket {
  const before = scene.out.changes.length;
  const subject = personSubject(scene, person, user);
  let lost: Proof | null = null;
  for (const { org, role } of scene.devin.directRoles(user)) {
    if (org === ENTERPRISE) continue;
    const proof = placeProof(scene, person, org, -1);
    loseOrg(scene, person, user, org, role, proof);
    if (proof.cause !== 'left-group') lost = proof;
  }
  const enterprise = scene.bindings.orphaned.get(ENTERPRISE);
  if (enterprise !== undefined)
    lost = { cause: 'group-deleted', seen: enterprise, verdict: heldBy('group-deleted') };
  const have = scene.devin.directRole(user, ENTERPRISE);
  if (!mayTake(scene, user, ENTERPRISE)) foreignRole(scene, subject.label, ENTERPRISE, have);
  else if (isForeign(scene, user)) removeUser(scene, subject, user, FOREIGN);
  else if (lost !== null) removeUser(scene, subject, user, lost);
  else fade(scene, subject, user, 'out-of-scope', 'active, but in no group that a rule names');
  return bucketSince(scene, before);
}

/** A linked Devin user whose person this reading does not have: asked for by id first. */
export function diffOrphan(
  scene: Scene,
  user: number,
  link: LedgerPerson,
): 'in-sync' | 'to-change' | 'waiting' {
  const before = scene.out.changes.length;
  const subject: Subject = {
    type: 'person',
    directoryId: link.directoryId,
    devinId: scene.devin.user(user).id,
    label: link.email,
  };
  if (isProtected(scene, link.email, subject.devinId)) {
    note(
      scene,
      'suppressed',
      subject.label,
      `${subject.label} is protected: access stays although the directory no longer lists them`,
    );
    return 'in-sync';
  }
  const answer = absentStatus(scene, link.directoryId);
  if (scene.devin.directCount(user) === 0) residualOf(scene, user, 'vanished');
  else judgeAbsent(scene, subject, user, answer);
  return bucketSince(scene, before);
}

function judgeAbsent(scene: Scene, subject: Subject, user: number, answer: string | undefined): void {
  if (answer === 'gone') vanish(scene, subject, user);
  else removeUser(scene, subject, user, unlisted(answer));
  if (answer === 'gone' || answer === 'deactivated') {
    residualOf(scene, user, answer === 'gone' ? 'vanished' : answer);
  }
}

function unlisted(answer: string | undefined): Proof {
  const seen = 'missing from the directory list';
  if (answer === 'deactivated')
    return { cause: 'deactivated', seen: `${seen}, deactivated by id`, verdict: READY };
  const why =
    answer === undefined
      ? 'the directory has not yet been asked by id'
      : `the directory answers "${answer}" by id`;
  return { cause: 'vanished', seen, verdict: waiting(why) };
}

function vanish(scene: Scene, subject: Subject, user: number): void {
  const { directoryId } = subject;
  const seen = 'unknown to the directory, also by id';
  const gone = absence(scene, directoryId as string, 'vanished');
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
  if (mayTake(scene, user, ENTERPRISE)) fadeFrom(scene, subject, user, { cause: 'vanished', seen, gone });
}

function fade(scene: Scene, subject: Subject, user: number, cause: 'out-of-scope', seen: string): void {
  fadeFrom(scene, subject, user, { cause, seen, gone: absence(scene, subject.directoryId as string, cause) });
}

interface Fading {
  readonly cause: 'out-of-scope' | 'vanished';
  readonly seen: string;
  readonly gone: Absence;
}

/** No-access role once the absence is proven, deletion when the tombstone is due. */
function fadeFrom(scene: Scene, subject: Subject, user: number, { cause, seen, gone }: Fading): void {
  const proof: Proof = { cause, seen, verdict: absenceVerdict(gone) };
  if (gone.proven && scene.now < gone.dueAt && setSuspendedRole(scene, subject, user, proof)) return;
  const due = scene.now >= gone.dueAt;
  const verdict = !gone.proven
    ? proof.verdict
    : due
      ? READY
      : waiting('the tombstone runs until its due date', gone.dueAt);
  removeUser(scene, subject, user, { cause, seen, verdict });
}

function absenceVerdict(gone: Absence): Proof['verdict'] {
  return gone.proven ? READY : waiting('a second fresh reading must confirm the absence', gone.provenAt);
}

const FOREIGN: Proof = {
  cause: 'foreign',
  seen: 'no rule gives this access and this daemon neither gave nor adopted it',
  verdict: READY,
};

/** A Devin user whom nobody in the directory stands for. */
export function diffStranger(scene: Scene, user: number): 'foreign' | 'to-change' {
  const { id, email, name } = scene.devin.user(user);
  const label = email ?? name ?? id;
  if (scene.settings.foreign === 'report' || isProtected(scene, email, id)) {
    note(scene, 'foreign', label, `${label} is in Devin, but nobody in the directory has that address`);
    return 'foreign';
  }
  removeUser(scene, { type: 'person', directoryId: null, devinId: id, label }, user, FOREIGN);
  return 'to-change';
}

export function loseOrg(
  scene: Scene,
  person: number,
  user: number,
  org: number,
  role: number,
  proof: Proof,
): void {
  const subject = personSubject(scene, person, user);
  if (!mayTake(scene, user, org)) {
    foreignRole(scene, subject.label, org, role);
    return;
  }
  const foreign = ownership(scene, user, org) === 'foreign' && proof.cause !== 'suspended';
  const { cause, seen, verdict } = foreign ? FOREIGN : proof;
  emit(scene, {
    kind: 'remove-from-org',
    subject,
    place: org,
    before: role,
    after: -1,
    cause,
    reason: seen,
    verdict,
  });
}

function removeUser(scene: Scene, subject: Subject, user: number, { cause, seen, verdict }: Proof): void {
  const before = scene.devin.directRole(user, ENTERPRISE);
  emit(scene, {
    kind: 'remove-user',
    subject,
    place: ENTERPRISE,
    before,
    after: -1,
    cause,
    reason: seen,
    verdict,
  });
}

function isForeign(scene: Scene, user: number): boolean {
  return ownership(scene, user, ENTERPRISE) === 'foreign';
}

function mayTake(scene: Scene, user: number, place: number): boolean {
  return scene.settings.foreign === 'remove' || ownership(scene, user, place) !== 'foreign';
}

/** Group-derived roles outlive everything REST can do; each is named with the lever that ends it. */
export function residualOf(scene: Scene, user: number, cause: Cause): void {
  const { id, email } = scene.devin.user(user);
  for (const edge of scene.devin.derivedRoles(user)) {
    scene.out.residual.push({
      email: email ?? id,
      devinId: id,
      group: scene.devin.groupName(edge.group),
      org: edge.org === ENTERPRISE ? null : (scene.atlas.places[edge.org]?.name ?? null),
      role: scene.atlas.roles[edge.role]?.name ?? '',
      lever: `${cause}: unassign the Devin app in the IdP, or let SCIM remove the membership`,
    });
  }
}
