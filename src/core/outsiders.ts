/**
 * People whom a grant names and the directory does not have: contractors, mostly. They get what the grant says and
 * nothing else, only when a person approves it, and lose it on the day the grant ends. Whoever the directory once had
 * is no outsider: they are gone, and a grant does not bring them back.
 */
import { usersByAddress } from './break-glass.ts';
import { foreignRole } from './findings.ts';
import { isOutsiderId, normaliseEmail, outsiderId } from './identity.ts';
import type { Subject, UserBucket, Verdict } from './model/change.ts';
import { ENTERPRISE } from './model/devin.ts';
import type { DirectorySnapshot } from './model/directory.ts';
import type { LedgerPerson, Memory } from './model/memory.ts';
import type { Settings } from './model/settings.ts';
import { endedWords, grantName, grantWords, type PersonalLines } from './personal.ts';
import { emit, heldBy, isProtectedUser, note, ownership, READY, type Scene, strength } from './scene.ts';
import { personally, type Wanted } from './want.ts';

interface AtHome {
  readonly rows: readonly LedgerPerson[];
  /** What that changes in the ledger. */
  readonly settled: Map<string, LedgerPerson | null>;
}

/** An outsider whom the directory has now is a person like everybody: their row moves to the id they have there. */
export function outsidersAtHome({
  memory,
  directory,
  settings,
}: {
  readonly memory: Memory;
  readonly directory: DirectorySnapshot;
  readonly settings: Settings;
}): AtHome {
  const outside = memory.people.filter(({ directoryId }) => isOutsiderId(directoryId));
  const settled = new Map<string, LedgerPerson | null>();
  if (outside.length === 0 || directory.scope.kind !== 'all') return { rows: memory.people, settled };
  const ids = new Map<string, string>();
  for (let person = 0; person < directory.personCount; person++) {
    const { id, email } = directory.person(person);
    const address = normaliseEmail(email, settings.domainAliases);
    if (address !== null) ids.set(address, id);
  }
  const linked = new Set(memory.people.map(({ directoryId }) => directoryId));
  for (const row of outside) {
    const id = ids.get(row.email);
    if (id === undefined || linked.has(id)) continue;
    settled.set(row.directoryId, null);
    settled.set(id, { ...row, directoryId: id });
  }
  const rows = memory.people.map((row) => {
    const moved = settled.get(row.directoryId) === null ? ids.get(row.email) : undefined;
    return moved === undefined ? row : { ...row, directoryId: moved };
  });
  return { rows, settled };
}

/** Bucket of each Devin user who was judged here. */
export function diffOutsiders(scene: Scene): ReadonlyMap<number, UserBucket> {
  const judged = new Map<number, UserBucket>();
  const named = withForgotten(scene);
  if (named.size === 0) return judged;
  const users = usersByAddress(scene);
  for (const [address, lines] of named) {
    const found = users.get(address) ?? [];
    const why = refusal(scene, address, lines, found);
    if (why !== null) {
      for (const { grant } of lines.given)
        note(scene, 'grant-unmatched', address, `the ${grantName(grant)} gives nothing: ${why}`);
      continue;
    }
    const wanted = personally([], lines, scene.atlas.defaultRole);
    const user = found[0];
    if (user === undefined) invite(scene, address, wanted);
    else judged.set(user, adjust(scene, { address, user, lines }, wanted));
  }
  return judged;
}

/** Those whose line is gone from the configuration as well: what they hold by it is to go, with an approval. */
function withForgotten({ personal, join }: Scene): ReadonlyMap<string, PersonalLines> {
  const named = new Map(personal.outside);
  for (const [, link] of join.links.entries()) {
    if (link === undefined || !isOutsiderId(link.directoryId) || named.has(link.email)) continue;
    named.set(link.email, { given: [], ended: [], denied: new Map() });
  }
  return named;
}

/** Why nothing is done about an address; null: it is an outsider's. */
function refusal(
  scene: Scene,
  address: string,
  { given, ended }: PersonalLines,
  users: readonly number[],
): string | null {
  if ([...given, ...ended].some(({ grant }) => !grant.notInDirectory))
    return 'nobody in the directory has that address; say notInDirectory: true if that is meant';
  if (scene.protects(address)) return 'the address is protected';
  if (users.length > 1) return `${users.length} Devin users have that address`;
  const [user] = users;
  if (user === undefined) return null;
  if (isProtectedUser(scene, user)) return 'the Devin user is protected';
  const link = scene.join.links[user];
  if (link !== undefined && !isOutsiderId(link.directoryId))
    return `the directory had them under the id ${link.directoryId}, so they are no outsider`;
  return null;
}

/** Letting in somebody whom no directory vouches for is always approved. */
const OUTSIDER: Verdict = heldBy('outsider');

function subjectOf(address: string, devinId: string | null): Subject {
  return { type: 'person', directoryId: outsiderId(address), devinId, label: address };
}

function reasonOf({ grant }: Wanted): string {
  return grant === undefined ? 'an organization role needs an enterprise role' : grantWords(grant);
}

function invite(scene: Scene, address: string, wanted: readonly Wanted[]): void {
  for (const one of wanted) {
    emit(scene, {
      kind: one.place === ENTERPRISE ? 'invite' : 'add-to-org',
      subject: subjectOf(address, null),
      place: one.place,
      before: -1,
      after: one.role,
      cause: 'rule',
      reason: reasonOf(one),
      verdict: OUTSIDER,
    });
  }
}

interface Outsider {
  readonly address: string;
  readonly user: number;
  readonly lines: PersonalLines;
}

function adjust(scene: Scene, outsider: Outsider, wanted: readonly Wanted[]): UserBucket {
  const { address, user } = outsider;
  if (scene.devin.directCount(user) === 0) {
    if (wanted.length > 0)
      note(
        scene,
        'not-possible',
        address,
        `${address} is in only through an IdP group; direct roles cannot be given`,
      );
    return 'group-only';
  }
  const before = scene.out.changes.length;
  for (const one of wanted) setRole(scene, outsider, one);
  const leaves = !wanted.some(({ place }) => place === ENTERPRISE) && takeAll(scene, outsider);
  if (!leaves) takeUnwanted(scene, outsider, wanted);
  if (leaves) return 'to-remove';
  if (scene.out.changes.length > before) return 'to-change';
  return wanted.length === 0 ? 'foreign' : 'in-sync';
}

function setRole(scene: Scene, { address, user }: Outsider, one: Wanted): void {
  const have = scene.devin.directRole(user, one.place);
  if (have === one.role) return;
  const kind = one.place === ENTERPRISE ? 'set-enterprise-role' : have < 0 ? 'add-to-org' : 'change-org-role';
  if (one.place === ENTERPRISE && have < 0) return;
  const weaker = strength(scene, have) > strength(scene, one.role);
  if (weaker && ownership(scene, user, one.place) === 'foreign') {
    foreignRole(scene, subjectOf(address, scene.devin.user(user).id), one.place, have);
    return;
  }
  emit(scene, {
    kind,
    subject: subjectOf(address, scene.devin.user(user).id),
    place: one.place,
    before: have,
    after: one.role,
    cause: weaker ? 'rule-changed' : 'rule',
    reason: reasonOf(one),
    verdict: weaker ? heldBy('rule-changed') : OUTSIDER,
  });
}

/** The whole account, where the enterprise role is ours and nothing is granted any more; false: it stays. */
function takeAll(scene: Scene, { address, user, lines }: Outsider): boolean {
  const have = scene.devin.directRole(user, ENTERPRISE);
  if (have < 0 || ownership(scene, user, ENTERPRISE) === 'foreign') return false;
  const over = lines.ended[0];
  emit(scene, {
    kind: 'remove-user',
    subject: subjectOf(address, scene.devin.user(user).id),
    place: ENTERPRISE,
    before: have,
    after: -1,
    ...causeOf(over && endedWords(over.grant)),
  });
  return true;
}

function causeOf(ended: string | undefined): {
  cause: 'grant-expired' | 'rule-changed';
  reason: string;
  verdict: Verdict;
} {
  if (ended !== undefined) return { cause: 'grant-expired', reason: ended, verdict: READY };
  return { cause: 'rule-changed', reason: 'a deny, or no grant any more', verdict: heldBy('rule-changed') };
}

function takeUnwanted(scene: Scene, { address, user, lines }: Outsider, wanted: readonly Wanted[]): void {
  for (const { org, role } of scene.devin.directRoles(user)) {
    if (wanted.some(({ place }) => place === org)) continue;
    if (ownership(scene, user, org) === 'foreign' || org === ENTERPRISE) {
      foreignRole(scene, subjectOf(address, scene.devin.user(user).id), org, role);
      continue;
    }
    const over = lines.ended.find(({ place }) => place === org);
    emit(scene, {
      kind: 'remove-from-org',
      subject: subjectOf(address, scene.devin.user(user).id),
      place: org,
      before: role,
      after: -1,
      ...causeOf(over && endedWords(over.grant)),
    });
  }
}
