/** The diff of one person of the directory against their Devin account: grants and changes here, removals in `leavers.ts`. */
import type { Binding } from './bind.ts';
import { bucketSince, foreignRole, personSubject } from './findings.ts';
import { loseEverything, loseOrg, removeLeaver, suspend } from './leavers.ts';
import type { PersonBucket, Verdict } from './model/change.ts';
import { ENTERPRISE } from './model/devin.ts';
import { placeProof } from './proof.ts';
import {
  emit,
  heldBy,
  isProtected,
  note,
  ownership,
  placeName,
  READY,
  type Scene,
  strength,
} from './scene.ts';
import { groupPath, type Wanted } from './want.ts';

/** Judges one person and says which bucket of the reconciliation they are in. */
export function diffPerson(scene: Scene, person: number): PersonBucket {
  const record = scene.directory.person(person);
  const user = scene.join.userOf[person] as number;
  const email = scene.join.emails[person] as string | null;
  if (isProtected(scene, email, user < 0 ? null : scene.devin.user(user).id))
    return protectedPerson(scene, person, user);
  if (record.status === 'staged' || record.status === 'unknown') return waitingPerson(scene, person, user);
  if (record.status === 'deactivated') return removeLeaver(scene, person);
  if (record.status === 'suspended') return user < 0 ? 'no-access-wanted' : suspend(scene, person, user);
  const wanted = thawed(scene, user, scene.want.of(person));
  if (user < 0) return invite(scene, person, wanted);
  if (scene.devin.directCount(user) === 0) return groupOnly(scene, person, wanted);
  if (wanted.length === 0) return loseEverything(scene, person, user);
  return adjust(scene, person, user, wanted);
}

/** Places that are frozen keep what they hold: nothing is given there, and what is there counts as wanted. */
function thawed(scene: Scene, user: number, wanted: Wanted[]): Wanted[] {
  if (scene.bindings.frozen.size === 0) return wanted;
  const open = wanted.filter(({ place }) => !scene.bindings.frozen.has(place));
  for (const place of scene.bindings.frozen.keys()) {
    const role = user < 0 ? -1 : scene.devin.directRole(user, place);
    if (role >= 0) open.push({ place, role, binding: -1 });
  }
  const needsEnterprise = open.length > 0 && !open.some(({ place }) => place === ENTERPRISE);
  if (needsEnterprise) open.push({ place: ENTERPRISE, role: scene.atlas.defaultRole, binding: -1 });
  return open.sort((a, b) => a.place - b.place);
}

function protectedPerson(scene: Scene, person: number, user: number): PersonBucket {
  const wanted = scene.directory.person(person).status === 'active' && scene.want.of(person).length > 0;
  const held = user >= 0 && scene.devin.directCount(user) > 0;
  if (wanted !== held) {
    const label = personSubject(scene, person, user).label;
    note(
      scene,
      'suppressed',
      label,
      `${label} is protected: ${held ? 'access stays' : 'nothing is given'} whatever the directory says`,
    );
  }
  return held ? 'in-sync' : 'no-access-wanted';
}

function waitingPerson(scene: Scene, person: number, user: number): PersonBucket {
  const record = scene.directory.person(person);
  const relevant = user >= 0 || scene.want.of(person).length > 0;
  if (!relevant) return 'no-access-wanted';
  const label = personSubject(scene, person, user).label;
  if (record.status === 'staged')
    note(scene, 'staged', label, `${label} is not activated in the directory yet`);
  else
    note(
      scene,
      'unresolved-member',
      label,
      `a group names the id ${record.id}, but the directory lists no such person`,
    );
  return 'waiting';
}

function invite(scene: Scene, person: number, wanted: readonly Wanted[]): PersonBucket {
  if (wanted.length === 0) return 'no-access-wanted';
  const subject = personSubject(scene, person, -1);
  if (scene.join.emails[person] === null) {
    note(
      scene,
      'no-email',
      subject.label,
      `${subject.label} should have access but has no usable e-mail address in the directory`,
    );
    return 'not-matchable';
  }
  const verdict = grantVerdict(scene, person);
  for (const one of wanted) {
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

function grantVerdict(scene: Scene, person: number): Verdict {
  return scene.join.blocked.has(person) ? heldBy('collision') : READY;
}

/** In only through a group: the user endpoints can neither invite nor re-role them. */
function groupOnly(scene: Scene, person: number, wanted: readonly Wanted[]): PersonBucket {
  if (wanted.length === 0) return 'no-access-wanted';
  const { label } = personSubject(scene, person, -1);
  const places = wanted.map(({ place }) => placeName(scene, place)).join(', ');
  note(
    scene,
    'not-possible',
    label,
    `${label} is in only through an IdP group; direct roles in ${places} cannot be given`,
  );
  return 'not-matchable';
}

function adjust(scene: Scene, person: number, user: number, wanted: readonly Wanted[]): PersonBucket {
  const before = scene.out.changes.length;
  for (const one of wanted) setRole(scene, person, user, one);
  for (const { org, role } of scene.devin.directRoles(user)) {
    if (org === ENTERPRISE || wanted.some(({ place }) => place === org)) continue;
    loseOrg(scene, person, user, org, role, placeProof(scene, person, org, -1));
  }
  return bucketSince(scene, before);
}

function setRole(scene: Scene, person: number, user: number, one: Wanted): void {
  const have = scene.devin.directRole(user, one.place);
  if (have === one.role) return;
  const subject = personSubject(scene, person, user);
  const kind = one.place === ENTERPRISE ? 'set-enterprise-role' : have < 0 ? 'add-to-org' : 'change-org-role';
  const base = { kind, subject, place: one.place, before: have, after: one.role } as const;
  if (strength(scene, have) <= strength(scene, one.role)) {
    emit(scene, {
      ...base,
      cause: 'rule',
      reason: grantReason(scene, person, one),
      verdict: grantVerdict(scene, person),
    });
    return;
  }
  if (ownership(scene, user, one.place) === 'foreign' && scene.settings.foreign === 'report') {
    foreignRole(scene, subject.label, one.place, have);
    return;
  }
  const proof = placeProof(scene, person, one.place, have);
  emit(scene, {
    ...base,
    cause: proof.cause,
    reason: `${proof.seen}; ${grantReason(scene, person, one)}`,
    verdict: proof.verdict,
  });
}

/** The rule and the group path that give a role. */
export function grantReason(scene: Scene, person: number, one: Wanted): string {
  if (one.binding < 0) return 'an organization role needs an enterprise role';
  const { rule } = scene.want.bindings[one.binding] as Binding;
  const closure = scene.want.closures[one.binding];
  const path = closure === undefined ? null : groupPath(scene.directory, closure, person);
  return `rule "${rule.name}", member of ${path}`;
}
