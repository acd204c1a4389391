/**
 * Emergency accounts. They are made by hand and must work when this daemon does not, so it neither gives nor takes
 * anything there; it tells at once when one is gone or is not what it should be.
 */
import { normaliseEmail } from './identity.ts';
import type { Grant } from './model/grants.ts';
import type { Settings } from './model/settings.ts';
import { targetOf } from './personal.ts';
import { note, placeName, roleName, type Scene } from './scene.ts';

/** Addresses and patterns that no plan may touch. */
export function protectedOf({ protected: patterns, grants }: Settings): string[] {
  return [...patterns, ...grants.flatMap(({ breakGlass, email }) => (breakGlass ? [email] : []))];
}

/** Names what is wrong; the same words are alerts until it is right again. */
export function watchBreakGlass(scene: Scene): void {
  const watched = scene.settings.grants.filter(({ breakGlass }) => breakGlass);
  if (watched.length === 0) return;
  const users = usersByAddress(scene);
  for (const grant of watched) {
    const address = normaliseEmail(grant.email, scene.settings.domainAliases) as string;
    const why = wrongWith(scene, grant, address, users.get(address) ?? []);
    if (why === null) continue;
    const message = `${grant.email} is an emergency account, but ${why}; ${grant.owner} answers for it`;
    note(scene, 'break-glass', grant.email, message);
    scene.out.unwatched.push(`break-glass:${address}`);
  }
}

/** Devin users of each address. */
export function usersByAddress({ devin, settings }: Scene): Map<string, number[]> {
  const users = new Map<string, number[]>();
  for (let user = 0; user < devin.userCount; user++) {
    const address = normaliseEmail(devin.user(user).email, settings.domainAliases);
    if (address === null) continue;
    const same = users.get(address);
    if (same === undefined) users.set(address, [user]);
    else same.push(user);
  }
  return users;
}

/** null: it is there with exactly its role, directly or through a group. */
function wrongWith(scene: Scene, grant: Grant, address: string, users: readonly number[]): string | null {
  const { atlas, devin, directory, join } = scene;
  const target = targetOf(grant, atlas);
  if (typeof target === 'string') return target;
  if (users.length === 0) return 'Devin has nobody with that address';
  const person = join.emails.indexOf(address);
  const status = person < 0 ? 'active' : directory.person(person).status;
  if (status === 'deactivated' || status === 'suspended') return `the directory says that it is ${status}`;
  const held = users.flatMap((user) =>
    [...devin.directRoles(user), ...devin.derivedRoles(user)].filter(({ org }) => org === target.place),
  );
  if (held.some(({ role }) => role === target.role)) return null;
  const where = placeName(scene, target.place);
  const names = held.map(({ role }) => roleName(scene, role));
  return `it holds ${names.length === 0 ? 'no role' : names.join(' and ')} in ${where} instead of ${roleName(scene, target.role)}`;
}
