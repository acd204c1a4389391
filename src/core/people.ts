/** The diff of one person of the directory against their Devin account: grants and changes here, removals in `leavers.ts`. */
import type { Binding } from './bind.ts';
import { accountTaken, letGo, noteRaised, takenBack } from './by-hand.ts';
import { bucketSince, foreignRole, personSubject, UNASSIGNED } from './findings.ts';
import { normaliseEmail } from './identity.ts';
import { loseEverything, loseOrg, removeLeaver, suspend } from './leavers.ts';
import type { PersonBucket, Verdict } from './model/change.ts';
import { ENTERPRISE } from './model/devin.ts';
import { grantWords } from './personal.ts';
import { placeProof } from './proof.ts';
import { underNewName } from './renames.ts';
import {
  emit,
  heldBy,
  isProtectedPerson,
  isProtectedUser,
  note,
  ownership,
  placeName,
  READY,
  type Scene,
  strength,
} from './scene.ts';
import { type Closure, groupPath, type Wanted } from './want.ts';

/** Judges one person and says which bucket of the reconciliation they are in. */
export function diffPerson(scene: Scene, person: number): PersonBucket {
  const { status } = scene.directory.person(person);
  if (status === 'unread') return 'waiting';
  const user = scene.join.userOf[person] as number;
  if (user >= 0) reportNewEmail(scene, person, user);
  if (status === 'deactivated') letGo(scene, person, user, []);
  if (isProtectedPerson(scene, person) || (user >= 0 && isProtectedUser(scene, user)))
    return protectedPerson(scene, person, user);
  if (status === 'staged' || status === 'unknown') return waitingPerson(scene, person, user);
  if (status === 'deactivated') return removeLeaver(scene, person);
  if (status === 'suspended') return suspend(scene, person);
  if (user >= 0) noteUnassigned(scene, person, user);
  const wanted = withFrozen(scene, user, scene.want.of(person));
  letGo(scene, person, user, wanted);
  if (user < 0) return invite(scene, person, wanted);
  if (scene.devin.directCount(user) === 0) return groupOnly(scene, person, wanted);
  if (wanted.length === 0) return loseEverything(scene, person, user);
  return adjust(scene, person, user, wanted);
}

/** A provider pushes `active: false` for a leaver and for somebody whom the application is not assigned to any more. */
function noteUnassigned(scene: Scene, person: number, user: number): void {
  if (scene.directory.person(person).abstains !== true) return;
  const { label } = personSubject(scene, person, user);
  note(scene, 'unassigned', label, `${label} ${UNASSIGNED}`);
}

/** An e-mail change keeps the link and invites nobody; Devin goes on showing the address of the account. */
function reportNewEmail(scene: Scene, person: number, user: number): void {
  const link = scene.join.links[user];
  const email = scene.join.emails[person];
  if (link === undefined || email === null || email === undefined) return;
  if (normaliseEmail(link.email, scene.settings.domainAliases) === email) return;
  const message = `${link.email} is now ${email}; they keep Devin user ${link.devinId}, linked by the directory id`;
  note(scene, 'email-changed', email, message);
}

/** In a frozen place nothing is taken: what is held there, and the enterprise role that it needs, counts as wanted. */
function withFrozen(scene: Scene, user: number, wanted: Wanted[]): Wanted[] {
  if (user < 0) return wanted;
  for (const place of scene.bindings.frozen.keys()) {
    keepHeld(scene, user, wanted, place);
    if (scene.devin.directRole(user, place) >= 0) keepHeld(scene, user, wanted, ENTERPRISE);
  }
  return wanted;
}

function keepHeld(scene: Scene, user: number, wanted: Wanted[], place: number): void {
  const role = scene.devin.directRole(user, place);
  if (role < 0) return;
  const at = wanted.findIndex((one) => one.place === place);
  if (at < 0) wanted.push({ place, role, binding: -1 });
  else if (strength(scene, role) > strength(scene, (wanted[at] as Wanted).role))
    wanted[at] = { place, role, binding: -1 };
}

function protectedPerson(scene: Scene, person: number, user: number): PersonBucket {
  const wanted = scene.directory.person(person).status === 'active' && scene.want.of(person).length > 0;
  const held = user >= 0 && scene.devin.directCount(user) > 0;
  if (wanted !== held) {
    const { label } = personSubject(scene, person, user);
    const what = held ? 'access stays' : 'nothing is given';
    note(scene, 'suppressed', label, `${label} is protected: ${what} whatever the directory says`);
  }
  return held ? 'in-sync' : 'no-access-wanted';
}

function waitingPerson(scene: Scene, person: number, user: number): PersonBucket {
  const { status, id } = scene.directory.person(person);
  if (user < 0 && scene.want.of(person).length === 0) return 'no-access-wanted';
  const { label } = personSubject(scene, person, user);
  if (status === 'staged') {
    note(scene, 'staged', label, `${label} is not activated in the directory yet`);
  } else {
    const message = `a group names the id ${id}, but the directory lists no such person`;
    note(scene, 'unresolved-member', label, message);
  }
  return 'waiting';
}

function invite(scene: Scene, person: number, wanted: readonly Wanted[]): PersonBucket {
  if (wanted.length === 0) return 'no-access-wanted';
  const subject = personSubject(scene, person, -1);
  if (scene.join.emails[person] === null) {
    const { label } = subject;
    note(scene, 'no-email', label, `${label} should have access but has no usable e-mail address`);
    return 'not-matchable';
  }
  const known = collides(scene, person) ?? accountTaken(scene, person);
  const named = wanted.filter((one) => one.binding >= 0 || one.grant !== undefined);
  for (const one of wanted) {
    // The enterprise role that nobody asked for follows the roles that need it.
    const reasons = named.includes(one) ? [one] : named;
    const renamed = reasons.map((reason) => newMapping(scene, reason));
    const verdict = known ?? (renamed.includes(null) ? null : (renamed[0] as Verdict)) ?? READY;
    emit(scene, {
      kind: one.place === ENTERPRISE ? 'invite' : 'add-to-org',
      subject,
      place: one.place,
      before: -1,
      after: one.role,
      cause: 'rule',
      reason: grantReason(scene, person, one),
      verdict,
    });
  }
  return 'to-invite';
}

function newMapping(scene: Scene, { binding }: Wanted): Verdict | null {
  return binding < 0 ? null : underNewName(scene, scene.want.bindings[binding] as Binding);
}

function collides(scene: Scene, person: number): Verdict | null {
  return scene.join.blocked.has(person) ? heldBy('collision') : null;
}

/** In only through a group: the user endpoints can neither invite nor re-role them. */
function groupOnly(scene: Scene, person: number, wanted: readonly Wanted[]): PersonBucket {
  if (wanted.length === 0) return 'no-access-wanted';
  const { label } = personSubject(scene, person, -1);
  const places = wanted.map(({ place }) => placeName(scene, place)).join(', ');
  const message = `${label} is in only through an IdP group; direct roles in ${places} cannot be given`;
  note(scene, 'not-possible', label, message);
  return 'not-matchable';
}

function adjust(scene: Scene, person: number, user: number, wanted: readonly Wanted[]): PersonBucket {
  const before = scene.out.changes.length;
  let held = 0;
  for (const one of wanted) {
    const have = scene.devin.directRole(user, one.place);
    if (have >= 0) held++;
    if (have !== one.role) setRole(scene, person, user, { ...one, have });
  }
  // Nearly everybody holds what they should and nothing else: nothing to look for then.
  if (held < scene.devin.directCount(user)) loseUnwanted(scene, person, user, wanted);
  return bucketSince(scene, before);
}

function loseUnwanted(scene: Scene, person: number, user: number, wanted: readonly Wanted[]): void {
  for (const { org, role } of scene.devin.directRoles(user)) {
    if (org === ENTERPRISE || wanted.some(({ place }) => place === org)) continue;
    const proof = placeProof(scene, person, { kind: 'remove-from-org', place: org }, role);
    loseOrg(scene, person, user, org, role, proof);
  }
}

function setRole(scene: Scene, person: number, user: number, one: Wanted & { have: number }): void {
  const { have } = one;
  const subject = personSubject(scene, person, user);
  if (one.place === ENTERPRISE && have < 0) {
    const message = `${subject.label} is in the enterprise only through an IdP group; a direct enterprise role cannot be given`;
    if (one.binding >= 0 || one.grant !== undefined) note(scene, 'not-possible', subject.label, message);
    return;
  }
  const changes = one.place === ENTERPRISE ? 'set-enterprise-role' : 'change-org-role';
  const base = { subject, place: one.place, before: have, after: one.role } as const;
  const row = scene.join.links[user];
  if (strength(scene, have) <= strength(scene, one.role)) {
    const reason = grantReason(scene, person, one);
    const kind = have < 0 ? 'add-to-org' : changes;
    const given = { ...one, label: subject.label };
    const verdict =
      collides(scene, person) ?? takenBack(scene, row, given) ?? newMapping(scene, one) ?? READY;
    emit(scene, { ...base, kind, cause: 'rule', reason, verdict });
    return;
  }
  noteRaised(scene, row, { ...one, label: subject.label });
  if (ownership(scene, user, one.place) === 'foreign' && scene.settings.foreign === 'report') {
    foreignRole(scene, subject, one.place, have);
    return;
  }
  const asked = { kind: changes, place: one.place } as const;
  const { seen, ...proof } = placeProof(scene, person, asked, have);
  const reason = `${seen}; ${grantReason(scene, person, one)}`;
  emit(scene, { ...base, ...proof, kind: changes, reason });
}

/** Reason of an enterprise role that nobody asked for by itself. */
export const NEEDED_BY_ORG = 'an organization role needs an enterprise role';

/** The rule and the group path that give a role. */
export function grantReason(scene: Scene, person: number, one: Wanted): string {
  if (one.grant !== undefined) return grantWords(one.grant);
  if (one.binding < 0) return NEEDED_BY_ORG;
  const { rule } = scene.want.bindings[one.binding] as Binding;
  const path = groupPath(scene.directory, scene.want.closures[one.binding] as Closure, person);
  return `rule "${rule.name}", member of ${path}`;
}
