/** Takes back what was written about a user of the SCIM service: switched on or off, and named as before. */
import { ENTERPRISE } from './model/devin.ts';
import { type ScimBody, type ScimUser, scimBodyOf } from './model/scim.ts';
import { READY } from './scene.ts';
import { emitUser, type UserDraft } from './scim-desk.ts';
import { file } from './undo.ts';
import { mayNotHave } from './undo-person.ts';
import {
  isShielded,
  keptForever,
  membership,
  type ScimSlot,
  type ScimUndo,
  stays,
} from './undo-scim-slots.ts';

export function undoScimUser(desk: ScimUndo, slot: ScimSlot): void {
  const { undo } = desk;
  const { subject, ids, first } = slot;
  const user = desk.users.get(ids.user as string);
  const leave = (why: string) => stays(undo, subject.label, why);
  if (user === undefined) {
    if (first.before !== null) leave('the SCIM service has no such user any more');
  } else if (isShielded(desk, subject, user)) leave('they are protected');
  else if (first.before === null) switchOffMade(desk, slot, user);
  else undoKept(desk, slot, user, scimBodyOf(first.before.id as string));
}

/** Nobody is deleted: a user that was made goes by being switched off. */
function switchOffMade(desk: ScimUndo, slot: ScimSlot, user: ScimUser): void {
  const { undo, inside, leaves } = desk;
  const { label } = slot.subject;
  if (!user.active) return;
  const stay = [...inside].some(
    ([group, ids]) => ids.has(user.id) && !leaves.has(membership(group, user.id)),
  );
  if (stay) {
    stays(undo, label, 'their user is in a group that this does not take back');
    return;
  }
  emit(desk, slot, { kind: 'scim-deactivate-user', user, body: null });
  keptForever(undo, label, `the user of ${label} is switched off, and stays`);
}

function undoKept(desk: ScimUndo, slot: ScimSlot, user: ScimUser, before: ScimBody): void {
  const { undo, scene, switchedOn } = desk;
  const { subject, last } = slot;
  const after = leftAs(slot);
  const names = namesBefore(desk, slot, user, { before, after });
  const turns = before.active !== after.active && user.active === after.active;
  const isRenamed = Object.keys(names).length > 0;
  if (turns && before.active === true) {
    const refusal = mayNotHave(scene, { subject }, last, ENTERPRISE);
    if (refusal !== null) stays(undo, subject.label, refusal);
    else {
      switchedOn.add(user.id);
      emit(desk, slot, { kind: 'scim-activate-user', user, body: { ...names, active: true } });
    }
    return;
  }
  if (isRenamed) emit(desk, slot, { kind: 'scim-update-user', user, body: names });
  if (turns) emit(desk, slot, { kind: 'scim-deactivate-user', user, body: null });
}

/** The user after the last write. */
function leftAs({ last }: ScimSlot): ScimBody {
  if (last.after !== null) return scimBodyOf(last.after.id as string);
  return { ...scimBodyOf(last.before?.id as string), active: false };
}

const NAMES = ['externalId', 'userName', 'displayName'] as const;

/** What is still as it was left, as it was before; what cannot be is named. */
function namesBefore(
  { undo }: ScimUndo,
  { subject }: ScimSlot,
  user: ScimUser,
  { before, after }: { readonly before: ScimBody; readonly after: ScimBody },
): ScimBody {
  const names: { -readonly [Name in (typeof NAMES)[number]]?: string } = {};
  for (const name of NAMES) {
    const have = user[name] ?? undefined;
    const was = before[name];
    if (isSame(name, was, after[name]) || isSame(name, have, was)) continue;
    if (!isSame(name, have, after[name])) stays(undo, subject.label, `their ${name} has been changed since`);
    else if (was === undefined) stays(undo, subject.label, `they had no ${name}, and it is not taken away`);
    else names[name] = was;
  }
  return names;
}

/** Case means nothing in a user name (RFC 7643, section 4.1.1). */
function isSame(name: string, one: string | undefined, other: string | undefined): boolean {
  return name === 'userName' ? one?.toLowerCase() === other?.toLowerCase() : one === other;
}

function emit(
  { undo, scene, reading }: ScimUndo,
  { subject, writes }: ScimSlot,
  draft: Pick<UserDraft, 'kind' | 'user' | 'body'>,
): void {
  const said = { cause: 'rollback', reason: `as it was before ${undo.what}`, verdict: READY } as const;
  emitUser({ scene, reading }, { ...draft, subject, ...said });
  file(undo, writes);
}
