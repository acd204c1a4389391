/** Only the fields of Graph's objects that are used. */
import * as z from 'zod';
import type { PersonRecord, PersonStatus } from '../../core/model/directory.ts';
import type { EntraOptions } from './options.ts';

const id = z.string().min(1);
const text = z.string().nullish();

export const USER_FIELDS = 'id,displayName,mail,userPrincipalName,accountEnabled,userType';
export const GROUP_FIELDS = 'id,displayName,visibility,securityEnabled';

/** Graph hides what the permission does not cover as null: then nobody's state is known. */
const accountEnabled = z.boolean({
  error: 'is hidden; the application permission User.Read.All (with admin consent) shows it',
});

const userFields = { displayName: text, mail: text, userPrincipalName: text, userType: text };

export const graphUser = z.object({ id, ...userFields, accountEnabled });

/** Enough for proof by id. */
export const graphUserState = z.object({ id, accountEnabled });

/** A soft-deleted user; what else it was is of no use. */
export const graphDeleted = z.object({ id });

export const graphGroup = z.object({
  id,
  displayName: z.string().min(1),
  visibility: text,
  securityEnabled: z.boolean().nullish(),
});

const odataType = '@odata.type';

export const graphMember = z.object({ id, [odataType]: z.string() });

/** A member whose own fields were asked for as well; those of other types have none of them. */
export const graphMemberUser = z.union([
  graphUser.extend({ [odataType]: z.literal('#microsoft.graph.user') }),
  z.object({ id, [odataType]: z.string().refine((type) => type !== '#microsoft.graph.user') }),
]);

export const graphAssignment = z.object({
  principalId: id,
  principalType: z.enum(['User', 'Group', 'ServicePrincipal']),
});

/** Every list; a login page or a gateway's answer has no `value`. */
export const graphList = z.object({
  // Its entries are checked by their own schema; z.array would copy a list of thousands first.
  value: z.custom<unknown[]>((value) => Array.isArray(value), 'expected a list'),
  '@odata.nextLink': text,
});

export const graphDelta = graphList.extend({ '@odata.deltaLink': text });

/** `changed`: it can be restored. `deleted`: it cannot, or somebody has left. */
const removed = z.object({ reason: text }).nullish();

/** Fields that did not change may be absent, which is not the same as null. */
export const graphUserChange = z.object({
  id,
  ...userFields,
  accountEnabled: accountEnabled.optional(),
  createdDateTime: text,
  '@removed': removed,
});

export const graphGroupChange = z.object({
  id,
  displayName: z.string().min(1).optional(),
  visibility: text,
  securityEnabled: z.boolean().nullish(),
  'members@delta': z
    .array(z.object({ id, [odataType]: z.string().optional(), '@removed': removed }))
    .nullish(),
  '@removed': removed,
});

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
export type GraphMember = z.output<typeof graphMember> & Partial<GraphUser>;
export type GraphUserChange = z.output<typeof graphUserChange>;
export type GraphGroupChange = z.output<typeof graphGroupChange>;

export function isGuest(user: GraphUser): boolean {
  return user.userType?.toLowerCase() === 'guest';
}

/** Members of this group are hidden from whoever lacks Member.Read.Hidden, so that an empty list proves nothing. */
export function hidesMembers(group: GraphGroup): boolean {
  return group.visibility?.toLowerCase() === 'hiddenmembership';
}

export function personRecord(user: GraphUser, options: EntraOptions): PersonRecord {
  return {
    id: user.id,
    email: emailOf(user, options),
    name: user.displayName ?? user.userPrincipalName ?? '',
    status: statusOf(user.accountEnabled, options),
  };
}

export function statusOf(enabled: boolean, options: EntraOptions): PersonStatus {
  return enabled ? 'active' : options.disabled;
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
