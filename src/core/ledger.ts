/** What the ledger says after a write: pure, so that outcome, journal entry and ledger row are one transaction. */
import { INVITES } from './calendar.ts';
import { countersOf, whoOf } from './counters.ts';
import type { Change } from './model/change.ts';
import type { Approval, LedgerGroup, LedgerPerson, RecentWrite } from './model/memory.ts';

/** Row of a person after one done change; null: the person is gone from Devin, the row goes. */
export function personAfter(
  row: LedgerPerson | null,
  change: Change,
  devinId: string,
  orgId: string | null,
): LedgerPerson | null {
  const { directoryId, label } = change.subject;
  // A further user of the same person (a twin) is not the one that the row links.
  if (directoryId === null) return row;
  const invited = change.kind === 'invite';
  if (row !== null && row.devinId !== devinId && !invited) return row;
  if (change.kind === 'remove-user') return null;
  const known = invited && row?.devinId !== devinId ? null : row;
  const base: LedgerPerson = known ?? { directoryId, devinId, email: label, places: {} };
  return { ...base, ...edgesAfter(base, change, orgId) };
}

/** The edge is ours once it was given, with the role it was given. */
function edgesAfter(
  row: Pick<LedgerGroup, 'places' | 'applied'>,
  { org, after, owner }: Change,
  orgId: string | null,
): Pick<LedgerGroup, 'places' | 'applied'> {
  const places = { ...row.places };
  const applied = { ...row.applied };
  const place = org === null ? '' : ((org.id ?? orgId) as string);
  if (after === null || owner === 'foreign') {
    delete places[place];
    delete applied[place];
  } else {
    places[place] = 'managed';
    applied[place] = after.id as string;
  }
  return { places, applied };
}

/** Row of a group after one done change; null: unregistered, the row goes. */
export function groupAfter(
  row: LedgerGroup | null,
  change: Change,
  orgId: string | null,
): LedgerGroup | null {
  const { directoryId, label } = change.subject;
  if (change.kind === 'unregister-group') return null;
  if (directoryId === null) return row;
  const base: LedgerGroup = row ?? { directoryId, name: label, places: {} };
  if (change.kind === 'register-group') return base;
  return { ...base, ...edgesAfter(base, change, orgId) };
}

/** What a done change adds to the 24-hour windows of the guards. An approved item adds nothing but its seat. */
export function recentOf(change: Change, approvals: readonly Approval[], at: number): RecentWrite[] {
  // Organizations are the only subjects without an id of either side, and no guard counts them.
  const who = whoOf(change) as string;
  const seats = change.kind === 'invite' ? [{ at, guard: INVITES, place: null, people: 1, who }] : [];
  if (approvals.some(({ item }) => item === change.key)) return seats;
  const { people } = change;
  const counted = countersOf(change).map((counter) => ({ at, ...counter, people, who }));
  return [...counted, ...seats];
}
