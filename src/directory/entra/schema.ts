/** Only the fields of Graph's objects that are used. */
import * as z from 'zod';
import type { PersonRecord } from '../../core/model/directory.ts';
import type { EntraOptions } from './options.ts';

const id = z.string().min(1);

export const USER_FIELDS = 'id,displayName,mail,userPrincipalName,accountEnabled,userType';
export const GROUP_FIELDS = 'id,displayName,visibility';

/** Graph hides what the permission does not cover as null: then nobody's state is known. */
const accountEnabled = z.boolean({
  error: 'is hidden; the application permission User.Read.All (with admin consent) shows it',
});

export const graphUser = z.object({
  id,
  displayName: z.string().nullish(),
  mail: z.string().nullish(),
  userPrincipalName: z.string().nullish(),
  accountEnabled,
  userType: z.string().nullish(),
});

/** Enough for proof by id. */
export const graphUserState = z.object({ id, accountEnabled });

export const graphGroup = z.object({
  id,
  displayName: z.string().min(1),
  visibility: z.string().nullish(),
});

export const graphMember = z.object({ id, '@odata.type': z.string() });

/** Every list; a login page or a gateway's answer has no `value`. */
export const graphList = z.object({ value: z.array(z.unknown()), '@odata.nextLink': z.string().nullish() });

export const graphBatch = z.object({
  responses: z.array(
    z.object({
      id: z.string(),
      status: z.int(),
      headers: z.record(z.string(), z.unknown()).nullish(),
      body: z.unknown(),
    }),
  ),
});

export const graphError = z.object({
  error: z.object({ code: z.string().optional(), message: z.string().optional() }),
});

/** Body of the token endpoint's refusal. */
export const tokenError = z.object({
  error: z.string().optional(),
  error_description: z.string().optional(),
});

export type GraphUser = z.output<typeof graphUser>;
export type GraphGroup = z.output<typeof graphGroup>;
export type GraphMember = z.output<typeof graphMember>;

export function isGuest(user: GraphUser): boolean {
  return user.userType?.toLowerCase() === 'guest';
}

/** Members of this group may be hidden from us, so that an empty list proves nothing. */
export function isHidden(group: GraphGroup): boolean {
  return group.visibility?.toLowerCase() === 'hiddenmembership';
}

export function personRecord(user: GraphUser, options: EntraOptions): PersonRecord {
  return {
    id: user.id,
    email: emailOf(user, options),
    name: user.displayName ?? user.userPrincipalName ?? '',
    status: user.accountEnabled ? 'active' : 'deactivated',
  };
}

function emailOf(user: GraphUser, options: EntraOptions): string | null {
  for (const source of options.email) {
    const address = user[source]?.trim();
    if (!address) continue;
    // A guest's name here (a_corp.example#EXT#@…) and the tenant's own domain are no mailboxes.
    if (source === 'userPrincipalName' && /#EXT#|\.onmicrosoft\.com$/i.test(address)) continue;
    return address;
  }
  return null;
}
