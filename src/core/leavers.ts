/** Removals of people whom the directory lists: each has a cause, and the cause sets proof and delay. */
import { bucketSince, foreignRole, personSubject } from './findings.ts';
import type { Cause, NamedRef, PersonBucket, RoleIn, Subject } from './model/change.ts';
import { ENTERPRISE } from './model/devin.ts';
import { denyWords, endedWords } from './personal.ts';
import { placeRef, roleRef } from './places.ts';
import {
  type Absence,
  absence,
  isOutside,
  lostByDeletion,
  type Proof,
  placeProof,
  statusProof,
} from './proof.ts';
import { lostByRename } from './renames.ts';
import {
  emit,
  heldBy,
  isProtectedUser,
  mayTake,
  note,
  ownership,
  READY,
  roleName,
  type Scene,
  waiting,
} from './scene.ts';

/** Every Devin user that is tied to the person, without those that no plan may touch. */
function usersOf(scene: Scene, person: number): number[] {
  const main = scene.join.userOf[person] as number;
  if (main < 0) return [];
  return [main, ...(scene.join.twins.get(person) ?? [])].filter((user) => {
    if (!isProtectedUser(scene, user)) return true;
    const { id } = scene.devin.user(user);
    const { label } = personSubject(scene, person, user);
    note(scene, 'suppressed', label, `Devin user ${id} is protected: access stays`);
    return false;
  });
}

/** A deactivated person loses every Devin id tied to them at once, whoever gave the access. */
export function removeLeaver(scene: Scene, person: number): PersonBucket {
  const before = scene.out.changes.length;
  for (const user of usersOf(scene, person)) {
    residualOf(scene, user, 'deactivated');
    if (scene.devin.directCount(user) === 0) continue;
    const asked = { kind: 'remove-user', place: ENTERPRISE } as const;
    const proof = statusProof(scene, asked, scene.directory.person(person).id, 'deactivated');
    removeUser(scene, personSubject(scene, person, user), user, proof);
  }
  return bucketOr(scene, before, 'no-access-wanted');
}

/** Org roles go at once and come back with the person; the enterprise role becomes the no-access role if there is one. */
export function suspend(scene: Scene, person: number): PersonBucket {
  const before = scene.out.changes.length;
  const { id } = scene.directory.person(person);
  for (const user of usersOf(scene, person)) {
    const subject = personSubject(scene, person, user);
    for (const { org, role } of scene.devin.directRoles(user)) {
      if (org === ENTERPRISE) continue;
      const proof = statusProof(scene, { kind: 'remove-from-org', place: org }, id, 'suspended');
      loseOrg(scene, person, user, org, role, proof);
    }
    suspendEnterprise(scene, subject, user, id);
    residualOf(scene, user, 'suspended');
  }
  return bucketOr(scene, before, 'no-access-wanted');
}

function bucketOr(scene: Scene, before: number, quiet: PersonBucket): PersonBucket {
  const bucket = bucketSince(scene, before);
  return bucket === 'in-sync' ? quiet : bucket;
}

function suspendEnterprise(scene: Scene, subject: Subject, user: number, directoryId: string): void {
  const have = scene.devin.directRole(user, ENTERPRISE);
  if (have < 0 || have === scene.atlas.suspendedRole) return;
  if (!mayTake(scene, user, ENTERPRISE)) {
    foreignRole(scene, subject, ENTERPRISE, have);
  } else if (scene.atlas.suspendedRole < 0) {
    const message = `${subject.label} is suspended and keeps ${roleName(scene, have)} in the enterprise: name a role without access under roles.suspended`;
    note(scene, 'not-possible', subject.label, message);
  } else {
    const asked = { kind: 'set-enterprise-role', place: ENTERPRISE } as const;
    setSuspendedRole(scene, subject, have, statusProof(scene, asked, directoryId, 'suspended'));
  }
}

function setSuspendedRole(scene: Scene, subject: Subject, have: number, proof: Proof): void {
  emit(scene, {
    kind: 'set-enterprise-role',
    subject,
    place: ENTERPRISE,
    before: have,
    after: scene.atlas.suspendedRole,
    cause: proof.cause,
    reason: `${proof.seen}; the no-access role until they return`,
    verdict: proof.verdict,
  });
}

/** Active, but no rule gives anything any more. */
export function loseEverything(scene: Scene, person: number, user: number): PersonBucket {
  const before = scene.out.changes.length;
  const subject = personSubject(scene, person, user);
  let approved: Proof | null = null;
  for (const { org, role } of scene.devin.directRoles(user)) {
    if (org === ENTERPRISE) continue;
    const proof = placeProof(scene, person, { kind: 'remove-from-org', place: org }, role);
    const ours = loseOrg(scene, person, user, org, role, proof);
    if (ours && proof.verdict.state === 'held') approved = proof;
  }
  const have = scene.devin.directRole(user, ENTERPRISE);
  if (have < 0) return bucketSince(scene, before);
  approved ??= enterpriseLost(scene, person, have);
  const foreign = ownership(scene, user, ENTERPRISE) === 'foreign';
  if (!mayTake(scene, user, ENTERPRISE)) foreignRole(scene, subject, ENTERPRISE, have);
  else if (approved !== null && !foreign) removeUser(scene, subject, user, approved);
  else {
    const cause = foreign ? 'foreign' : 'out-of-scope';
    fade(scene, subject, user, {
      cause,
      seen: outsideOf(scene, person),
      isGone: () => isOutside(scene, person),
    });
  }
  return bucketSince(scene, before);
}

/** In words, why somebody who is not deactivated has nothing any more. */
export function outsideOf({ directory }: Scene, person: number): string {
  const unassigned = directory.person(person).abstains === true;
  return unassigned ? UNTRUSTED : 'active, but in no group that a rule names';
}

const UNTRUSTED = 'pushed as inactive, which without trustDeactivation is no proof of a deactivation';

/** Why an enterprise role that nobody wants any more goes only with approval; null: people just left their groups. */
function enterpriseLost(scene: Scene, person: number, have: number): Proof | null {
  const { bindings, atlas, want } = scene;
  const denial = want.denial(person, ENTERPRISE);
  if (denial !== undefined)
    return { cause: 'rule-changed', seen: denyWords(denial), verdict: heldBy('rule-changed') };
  const orphaned = bindings.orphaned.get(ENTERPRISE) ?? lostByDeletion(scene, person, ENTERPRISE);
  if (orphaned !== null) return { cause: 'group-deleted', seen: orphaned, verdict: heldBy('group-deleted') };
  const moved = lostByRename(scene, person, ENTERPRISE);
  if (moved !== null) return { cause: 'rule-changed', seen: moved, verdict: heldBy('rule-changed') };
  const named = want.directAt(ENTERPRISE).some((index) => want.bindings[index]?.role === have);
  const usual =
    have === atlas.suspendedRole ||
    (have === atlas.defaultRole && (want.hasDirect || want.hadGrants(person)));
  const ended = want.ended(person, ENTERPRISE, have);
  if (ended !== undefined && isOutside(scene, person))
    return { cause: 'grant-expired', seen: endedWords(ended.grant), verdict: READY };
  if (named || usual || ended !== undefined) return null;
  const seen = `no rule gives ${roleName(scene, have)} in the enterprise any more`;
  return { cause: 'rule-changed', seen, verdict: heldBy('rule-changed') };
}

interface Gone {
  readonly cause: 'out-of-scope' | 'vanished' | 'foreign';
  readonly seen: string;
  /** Whether answers of this very run show it. */
  readonly isGone: () => boolean;
}

/** No-access role once the absence is proven, deletion when the tombstone is due; cleared when they come back. */
export function fade(scene: Scene, subject: Subject, user: number, { cause, seen, isGone }: Gone): void {
  const have = scene.devin.directRole(user, ENTERPRISE);
  const { suspendedRole } = scene.atlas;
  const urgent = suspendedRole >= 0 && have !== suspendedRole;
  const stone = cause === 'foreign' ? 'out-of-scope' : cause;
  const gone = absence(scene, subject.directoryId as string, stone, { urgent, given: isGone });
  if (gone.proven && scene.now < gone.dueAt && urgent) {
    setSuspendedRole(scene, subject, have, { cause, seen, verdict: READY });
    return;
  }
  removeUser(scene, subject, user, { cause, seen, verdict: dueVerdict(scene, gone) });
}

export function dueVerdict(scene: Scene, gone: Absence): Proof['verdict'] {
  if (!gone.proven) return absenceVerdict(gone);
  return scene.now >= gone.dueAt ? READY : waiting('the tombstone runs until its due date', gone.dueAt);
}

export function absenceVerdict(gone: Absence): Proof['verdict'] {
  return gone.proven ? READY : waiting('a second fresh reading must confirm the absence', gone.provenAt);
}

/** Takes an org role, or reports it as drift where that is not ours to do; true when the role is ours. */
export function loseOrg(
  scene: Scene,
  person: number,
  user: number,
  org: number,
  role: number,
  proof: Proof,
): boolean {
  const subject = personSubject(scene, person, user);
  if (!mayTake(scene, user, org)) {
    foreignRole(scene, subject, org, role);
    return false;
  }
  const strange = ownership(scene, user, org) === 'foreign';
  const { seen, ...proven } = strange && proof.cause !== 'suspended' ? foreignProof(proof) : proof;
  emit(scene, {
    ...proven,
    kind: 'remove-from-org',
    subject,
    place: org,
    before: role,
    after: -1,
    reason: seen,
  });
  return !strange;
}

/** What no rule is about needs no proof; where a rule could give it, the person must be proven out of its groups. */
function foreignProof(proof: Proof): Proof {
  return {
    cause: 'foreign',
    seen: `${proof.seen}; this daemon neither gave nor adopted it`,
    verdict: proof.cause === 'rule-changed' ? READY : proof.verdict,
  };
}

export function removeUser(
  scene: Scene,
  subject: Subject,
  user: number,
  { cause, seen, verdict }: Proof,
): void {
  emit(scene, {
    kind: 'remove-user',
    subject,
    place: ENTERPRISE,
    before: scene.devin.directRole(user, ENTERPRISE),
    after: -1,
    cause,
    reason: seen,
    loses: orgRoles(scene, user),
    verdict,
  });
}

/** What a removal from the enterprise takes with it: without it nobody could give it back. */
export function orgRoles(scene: Scene, user: number): RoleIn[] {
  return scene.devin.directRoles(user).flatMap(({ org, role }) => {
    const place = placeRef(scene.atlas, org);
    return place === null ? [] : [{ org: place, role: roleRef(scene.atlas, role) as NamedRef }];
  });
}

/** Group-derived roles outlive everything REST can do; each is named with the lever that ends it. */
export function residualOf(scene: Scene, user: number, cause: Cause): void {
  const { id, email } = scene.devin.user(user);
  for (const edge of scene.devin.derivedRoles(user)) {
    scene.out.residual.push({
      email: email ?? id,
      devinId: id,
      group: scene.devin.groupName(edge.group),
      org: placeRef(scene.atlas, edge.org)?.name ?? null,
      role: roleName(scene, edge.role),
      lever: `${cause}: unassign the Devin app in the IdP, or let SCIM remove the membership`,
    });
  }
}
