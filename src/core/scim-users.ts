/** Users of the SCIM service whom a group shall have: made where there is none, switched on, and kept as the directory says. */

import type { ScimBody, ScimUser } from './model/scim.ts';
import { heldBy, note } from './scene.ts';
import { clearly, emitUser, idOf, markOf, type ScimDesk, subjectOf, userAt } from './scim-desk.ts';

export function diffUsers(desk: ScimDesk): void {
  for (const person of desk.wanted) {
    const user = desk.join.usersOf.get(person)?.[0];
    if (user === undefined) createUser(desk, person);
    else if (desk.join.unclear.has(person)) unclearUser(desk, person);
    else keepUser(desk, person, userAt(desk, user));
  }
}

interface Wanted extends ScimBody {
  readonly userName: string;
  readonly externalId: string;
}

/** What the directory says of a person; a person without a name has none there either. */
function bodyFor({ scene }: ScimDesk, person: number): Wanted {
  const { id, name } = scene.directory.person(person);
  const named = name === '' ? {} : { displayName: name };
  return { externalId: id, userName: scene.join.emails[person] as string, ...named, active: true };
}

function createUser(desk: ScimDesk, person: number): void {
  const isByHand = markOf(desk, idOf(desk, person), '') !== undefined;
  if (isByHand) noteTaken(desk, person, 'somebody deleted them');
  emitUser(desk, {
    kind: 'scim-create-user',
    subject: subjectOf(desk, person),
    user: null,
    body: bodyFor(desk, person),
    cause: 'rule',
    reason: 'a group that a rule writes through SCIM has them',
    verdict: isByHand ? heldBy('by-hand') : clearly(desk, person),
  });
}

function noteTaken(desk: ScimDesk, person: number, what: string): void {
  const { label } = subjectOf(desk, person);
  const message = `${label} had an active user in the SCIM service, and ${what}: they come back only when approved`;
  note(desk.scene, 'changed-by-hand', label, message);
}

function unclearUser(desk: ScimDesk, person: number): void {
  const { label } = subjectOf(desk, person);
  const ids = desk.join.usersOf.get(person)?.map((user) => userAt(desk, user).id);
  const message = `several users of the SCIM service (${ids?.join(', ')}) may be ${label}: grants wait until that is cleared`;
  note(desk.scene, 'collision', label, message);
}

function keepUser(desk: ScimDesk, person: number, user: ScimUser): void {
  const mark = markOf(desk, idOf(desk, person), '');
  const wanted = bodyFor(desk, person);
  const binds = user.externalId === null ? { externalId: wanted.externalId } : {};
  if (!user.active) {
    // Only who was switched off here comes back without being asked for.
    const isOurs = mark?.active === false;
    if (!isOurs) noteTaken(desk, person, 'somebody switched it off');
    emitUser(desk, {
      kind: 'scim-activate-user',
      subject: subjectOf(desk, person),
      user,
      body: mark === undefined ? { ...binds, active: true } : wanted,
      cause: 'rule',
      reason: 'active again, and in a group that a rule writes through SCIM',
      verdict: isOurs ? clearly(desk, person) : heldBy('by-hand'),
    });
    return;
  }
  const body = mark === undefined ? binds : differing(user, wanted);
  if (Object.keys(body).length === 0) return;
  emitUser(desk, {
    kind: 'scim-update-user',
    subject: subjectOf(desk, person),
    user,
    body,
    cause: 'rule',
    reason: mark === undefined ? 'bound to the person of the directory by their id' : 'as the directory says',
    verdict: clearly(desk, person),
  });
}

/** Case means nothing in a user name (RFC 7643, section 4.1.1). A name that the service does not show is not compared. */
function differing(user: ScimUser, { externalId, userName, displayName }: Wanted): ScimBody {
  const isShown = user.displayName !== null && displayName !== undefined;
  return {
    ...(user.externalId === externalId ? {} : { externalId }),
    ...(user.userName.toLowerCase() === userName.toLowerCase() ? {} : { userName }),
    ...(isShown && user.displayName !== displayName ? { displayName } : {}),
  };
}
