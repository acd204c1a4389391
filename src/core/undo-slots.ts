/** What was written, gathered by who holds it: one slot a place, from before the first write to after the last. */
import type { Cause, NamedRef, Subject } from './model/change.ts';
import type { WrittenChange } from './model/written.ts';

/** A role in one place as it was before, and as it was left. */
export interface Slot {
  /** null: the enterprise itself. */
  readonly org: NamedRef | null;
  readonly before: NamedRef | null;
  after: NamedRef | null;
  /** Why it was written last. */
  cause: Cause;
  /** Of the writes behind it, the first one first. */
  readonly writes: WrittenChange[];
}

/** One Devin user, one group or one organization, and what was written about it. */
export interface Holder {
  subject: Subject;
  /** `''` is the enterprise, else the id of an organization. */
  readonly slots: Map<string, Slot>;
  /** A group that was registered (true) or unregistered (false); a user or an org that was made counts as neither. */
  registered: boolean | null;
  readonly registrations: WrittenChange[];
}

/** @param writes oldest first; only those that took effect. */
export function holdersOf(writes: readonly WrittenChange[]): Holder[] {
  const holders = new Map<string, Holder>();
  for (const write of writes) {
    const { type, devinId, label } = write.subject;
    const key = `${type} ${type === 'person' ? (devinId ?? label) : label}`;
    const known = holders.get(key);
    const holder: Holder = known ?? {
      subject: write.subject,
      slots: new Map(),
      registered: null,
      registrations: [],
    };
    holders.set(key, holder);
    take(holder, write);
  }
  return [...holders.values()];
}

function take(holder: Holder, write: WrittenChange): void {
  const { kind, loses = [] } = write;
  if (kind === 'register-group' || kind === 'unregister-group' || kind === 'create-org') {
    holder.registered = kind !== 'unregister-group';
    holder.registrations.push(write);
    return;
  }
  fill(holder, write);
  // Each is written down as the removal that it was, so that doing it again has a name.
  for (const { org, role } of loses)
    fill(holder, { ...write, kind: 'remove-from-org', org, before: role, after: null });
}

function fill({ slots }: Holder, write: WrittenChange): void {
  const { org, before, after, cause } = write;
  const place = org === null ? '' : (org.id ?? org.name);
  const slot = slots.get(place);
  if (slot === undefined) {
    slots.set(place, { org, before, after, cause, writes: [write] });
    return;
  }
  slot.after = after;
  slot.cause = cause;
  slot.writes.push(write);
}

/** The writes behind a holder, for words and for what is held afterwards. */
export function writesOf({ slots, registrations }: Holder): readonly WrittenChange[] {
  return [...registrations, ...[...slots.values()].flatMap(({ writes }) => writes)];
}
