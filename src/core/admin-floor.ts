/** Never leaves fewer admins than the floor behind, in the enterprise or in any org. An approval does not lift it. */
import type { AdminSeat, AdminSeats, Census } from './census.ts';
import { peopleOf } from './counters.ts';
import type { Change, Violation } from './model/change.ts';
import { isDeactivation } from './policy.ts';

/**
 * `going` are the changes that would be written. A proven deactivation counts and is not held. Whoever is removed
 * counts as lost also where a group keeps them in: nobody should rely on that seat.
 */
export function adminFloor(
  census: Census,
  floorOf: (place: string, name: string) => number,
  going: readonly Change[],
): Violation[] {
  const taking = going.filter((change) => leavesAll(change) || takesAdmin(census, change));
  if (taking.length === 0) return [];
  return [...census.admins].flatMap(([place, admins]) =>
    judgePlace(place, admins, taking, floorOf(place, admins.name)),
  );
}

function leavesAll({ kind }: Change): boolean {
  return kind === 'remove-user' || kind === 'scim-deactivate-user';
}

/** A membership of a group gives what the group has. */
function takesAdmin({ adminRoles }: Census, { kind, before, after, privileged }: Change): boolean {
  if (kind === 'scim-remove-member') return privileged;
  const isAdmin = (role: Change['before']) => adminRoles.has(role?.id ?? '');
  return isAdmin(before) && !isAdmin(after);
}

function judgePlace(
  place: string,
  { name, seats }: AdminSeats,
  taking: readonly Change[],
  minAdmins: number,
): Violation[] {
  const byUser = Map.groupBy(seats, ({ user }) => user);
  const byGroup = Map.groupBy(seats, ({ group }) => group);
  const lost = new Set<AdminSeat>();
  const here = taking.filter((change) => {
    const hit = seatsTaken(change, place, byUser, byGroup);
    for (const seat of hit) lost.add(seat);
    return hit.length > 0;
  });
  const held = here.filter((change) => !isDeactivation(change));
  const left = new Set(seats.flatMap((seat) => (lost.has(seat) ? [] : [seat.user]))).size;
  if (held.length === 0 || left === byUser.size || left >= minAdmins) return [];
  return [
    {
      guard: 'minAdmins',
      place: name,
      count: peopleOf(here),
      base: byUser.size,
      limit: `${minAdmins} admins`,
      message: `${left} of ${byUser.size} admins would be left in ${name}; at least ${minAdmins} must stay`,
      items: held.map(({ key }) => key),
    },
  ];
}

function seatsTaken(
  { subject, kind, org, before }: Change,
  place: string,
  byUser: ReadonlyMap<string, readonly AdminSeat[]>,
  byGroup: ReadonlyMap<string | null, readonly AdminSeat[]>,
): readonly AdminSeat[] {
  const own = byUser.get(subject.devinId as string) ?? [];
  if (kind === 'remove-user' || kind === 'scim-deactivate-user') return own;
  if (kind === 'scim-remove-member') return own.filter(({ group }) => group === before?.name);
  if ((org === null ? '' : org.id) !== place) return [];
  if (subject.type === 'group') return byGroup.get(subject.label) ?? [];
  return own.filter(({ group }) => group === null);
}
