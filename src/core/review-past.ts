/**
 * What a stored plan, the ledger and the journal prove of access as it was when the plan was made. A plan keeps what it
 * wanted to change, not what it found in order: the rest is in the ledger, where nothing was written about it since.
 */
import { CHANGE_KINDS, type Change, type NamedRef, type Plan } from './model/change.ts';
import type { LedgerPerson } from './model/memory.ts';
import type { ReviewRow } from './model/review.ts';

export interface PastInput {
  readonly plan: Plan;
  /** The ledger of now. */
  readonly people: readonly LedgerPerson[];
  /** What became ours or ceased to be since the plan was made. */
  readonly since: readonly TouchedEdge[];
  /** Id → name; an id without a name is shown as it is. */
  readonly names: ReadonlyMap<string, string>;
}

export interface TouchedEdge {
  /** Devin user id. */
  readonly devinId: string;
  /** IdP id: all that a plan knows of somebody whom it invites. */
  readonly directoryId: string;
  /** `''` is the enterprise, else an org id. */
  readonly place: string;
}

export interface PastReview {
  readonly rows: readonly ReviewRow[];
  /** Edges that were written about since and of which the plan says nothing. */
  readonly left: number;
}

export function reviewPast({ plan, people, since, names }: PastInput): PastReview {
  const planned = plan.changes.filter(({ subject, scim }) => subject.type === 'person' && scim === undefined);
  const told = new Set(planned.flatMap(keysOf));
  const left = new Set<string>();
  const touched = new Set<string>();
  for (const { devinId, directoryId, place } of since) {
    const key = edgeKey(devinId, place);
    if (!told.has(key) && !told.has(edgeKey(directoryId, place))) left.add(key);
    touched.add(key);
  }
  const hidden = new Set([...told, ...touched]);
  const owned = people.flatMap((row) => ownedRows(row, hidden, names));
  const rows = [...planned.flatMap(heldBefore), ...residualRows(plan), ...owned];
  const once = new Map(rows.map((row) => [orderOf(row), row]));
  return { rows: [...once].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, row]) => row), left: left.size };
}

function keysOf({ subject: { devinId, directoryId }, org, loses = [] }: Change): string[] {
  const places = [org, ...loses.map((one) => one.org)].map((ref) => ref?.id ?? '');
  const ids = [devinId, directoryId].filter((id) => id !== null);
  return ids.flatMap((id) => places.map((place) => edgeKey(id, place)));
}

/** Once for each holder, place and source, also where a removal and the loss of a role name the same. */
function orderOf({ email, user, org, group }: ReviewRow): string {
  return JSON.stringify([email, user, org ?? '', group ?? '']);
}

function edgeKey(devinId: string, place: string): string {
  return JSON.stringify([devinId, place]);
}

const UNSEEN = { name: null, status: 'not-kept', admin: null, group: null, lastWrite: null } as const;

/** What a change or a removal was to start from, the plan has read. */
function heldBefore({ subject, kind, org, before, cause, reason, privileged, loses }: Change): ReviewRow[] {
  const { devinId, label } = subject;
  if (devinId === null) return [];
  const row = (place: NamedRef | null, role: NamedRef, admin: boolean | null): ReviewRow => ({
    ...UNSEEN,
    email: label,
    user: devinId,
    org: place?.name ?? null,
    role: role.name,
    admin,
    origin: cause === 'foreign' ? 'foreign' : 'unknown',
    basis: 'none',
    why: reason,
  });
  // A change of role says of both together whether they count as admin.
  const admin = CHANGE_KINDS[kind].effect === 'revoke' ? privileged : null;
  const own = before === null ? [] : [row(org, before, admin)];
  return [...own, ...(loses ?? []).map((one) => row(one.org, one.role, null))];
}

function residualRows({ residual }: Plan): ReviewRow[] {
  return residual.map(({ email, devinId, group, org, role, lever }) => ({
    ...UNSEEN,
    email,
    user: devinId,
    org,
    role,
    group,
    origin: 'group',
    basis: 'residual',
    why: lever,
  }));
}

function ownedRows(
  { devinId, email, places, applied = {} }: LedgerPerson,
  hidden: ReadonlySet<string>,
  names: PastInput['names'],
): ReviewRow[] {
  return Object.entries(places).flatMap(([place, origin]) => {
    const role = applied[place];
    if (hidden.has(edgeKey(devinId, place))) return [];
    return {
      ...UNSEEN,
      email,
      user: devinId,
      org: place === '' ? null : (names.get(place) ?? place),
      role: role === undefined ? 'not kept' : (names.get(role) ?? role),
      origin,
      basis: 'unknown' as const,
      why: 'in the ledger then, and nothing was written about it since; the plan asked for no change of it',
    };
  });
}
