/** The users on a few addresses, for a run about one person: two calls an address, whatever the size of the enterprise. */
import pLimit from 'p-limit';
import type { z } from 'zod';
import { DevinBuilder, type DevinState } from '../core/model/devin.ts';
import type { ReadReport } from '../core/model/directory.ts';
import { SourceReadError } from '../lib/errors.ts';
import type { ReadContext } from '../lib/reading.ts';
import { normalised } from './answers.ts';
import type { DevinClient } from './client.ts';
import { LIST_WORDS, listPath } from './lists.ts';
import type { DevinOptions } from './options.ts';
import { asSourceError } from './pages.ts';
import { DirectUser, firstIssue, IdpUser, pageOf } from './schema.ts';
import { type KeyOwner, readKeyOwner } from './self.ts';
import type { KnownPlaces } from './target.ts';

/** Lists that are asked at the same time; the shared gate paces the calls within. */
const PARALLEL = 4;

export interface UsersSought {
  readonly emails: readonly string[];
  readonly known: KnownPlaces;
  /** The key's owner where the caller has just asked for it; null asks. */
  readonly owner: KeyOwner | null;
}

/** @throws SourceReadError when an answer is missing or odd. */
export async function lookAtUsers(
  client: DevinClient,
  options: DevinOptions,
  { emails, known, owner }: UsersSought,
  context: ReadContext,
): Promise<DevinState | null> {
  // There the lists cannot be asked for an address.
  if (options.prefix === '/v3beta1') return null;
  const limit = pLimit(PARALLEL);
  const asked = { client, options, context };
  const self = owner ?? (await readKeyOwner(client, options.prefix, context.signal));
  const [users, idpUsers] = await Promise.all([
    limit.map([...emails], (email) => usersOn(asked, 'users', DirectUser, email)),
    limit.map([...emails], (email) => usersOn(asked, 'idpUsers', IdpUser, email)),
  ]);
  const all = [...users, ...idpUsers];
  if (all.includes(null)) return null;
  const reads = [
    { what: 'owner of the Devin key', pages: 1, items: 1, calls: self.calls },
    reportOf(LIST_WORDS.users, users),
    reportOf(LIST_WORDS.idpUsers, idpUsers),
  ];
  const { roles, orgs } = known;
  const builder = new DevinBuilder({ url: options.url, principal: self.principal, roles, orgs, reads });
  return assembled(builder, known, itemsOf(users), itemsOf(idpUsers));
}

interface Found<Item> {
  readonly items: readonly Item[];
  readonly calls: number;
}

interface Asked {
  readonly client: DevinClient;
  readonly options: DevinOptions;
  readonly context: ReadContext;
}

/** null: the answer is not limited to the address, so the filter is not known there. */
async function usersOn<Item extends { readonly email: string | null }>(
  { client, options, context: { signal } }: Asked,
  list: 'users' | 'idpUsers',
  item: z.ZodType<Item>,
  email: string,
): Promise<Found<Item> | null> {
  const path = listPath(options.prefix, list, null, { first: '200', email });
  const place = `${LIST_WORDS[list]} on one address (${path.split('?', 1)[0]})`;
  const { json, calls } = await asSourceError(place, signal, () => client.get(path, signal));
  const page = pageOf(item).safeParse(json);
  if (!page.success)
    throw new SourceReadError(`${place} is not as the API promises: ${firstIssue(page.error)}.`);
  const { items, has_next_page: more } = page.data;
  const others = items.some((row) => row.email === null || normalised(row.email) !== normalised(email));
  return more === true || others ? null : { items, calls };
}

function reportOf(what: string, found: readonly (Found<unknown> | null)[]): ReadReport {
  const calls = found.reduce((sum, one) => sum + (one?.calls ?? 0), 0);
  return { what: `${what} on one address`, pages: found.length, items: itemsOf(found).length, calls };
}

function itemsOf<Item>(found: readonly (Found<Item> | null)[]): Item[] {
  return found.flatMap((one) => one?.items ?? []);
}

function assembled(
  builder: DevinBuilder,
  { roles, orgs }: KnownPlaces,
  users: readonly DirectUser[],
  idpUsers: readonly IdpUser[],
): DevinState | null {
  const roleIds = new Set(roles.map(({ id }) => id));
  const orgIds = new Set(orgs.map(({ id }) => id));
  const isKnown = ({ role, org_id }: DirectUser['role_assignments'][number]) =>
    roleIds.has(role.role_id) && (org_id == null || orgIds.has(org_id));
  const seen = new Set<string>();
  for (const { user_id: id, email, name, role_assignments } of users) {
    // Two spellings of an address may both find it.
    if (seen.has(id)) continue;
    seen.add(id);
    if (!role_assignments.every(isKnown)) return null;
    const user = builder.user({ id, email, name: name ?? null });
    for (const { role, org_id } of role_assignments) builder.direct(user, org_id ?? null, role.role_id);
  }
  seen.clear();
  for (const { user_id: id, email, name, idp_role_assignments } of idpUsers) {
    if (seen.has(id)) continue;
    seen.add(id);
    if (!idp_role_assignments.every(isKnown)) return null;
    const user = builder.user({ id, email, name: name ?? null });
    for (const { role, org_id, idp_group_name } of idp_role_assignments)
      builder.derived(user, idp_group_name, org_id ?? null, role.role_id);
  }
  return builder.build();
}
