/** The fields of SCIM's resources that are used (RFC 7643, RFC 7644); a row without its id is refused, never repaired. */
import { z } from 'zod';
import type { ScimGroup, ScimUser } from '../../core/model/scim.ts';

const id = z.string().min(1);
const text = z.string().nullish();

/** Some services write booleans as words. */
const bool = z.union([
  z.boolean(),
  z
    .string()
    .regex(/^(true|false)$/i)
    .transform((word) => word.toLowerCase() === 'true'),
]);

export const UserResource = z.object({
  id,
  externalId: text,
  userName: z.string().min(1),
  displayName: text,
  active: bool.nullish(),
  emails: z.array(z.object({ value: text, primary: bool.nullish() })).nullish(),
});

export const GroupResource = z.object({
  id,
  externalId: text,
  displayName: z.string().min(1),
  members: z.array(z.object({ value: id, type: text, $ref: text })).nullish(),
});

/** `Resources` may be left out of an empty list. */
export function listOf<Item extends z.ZodType>(item: Item) {
  return z.object({
    totalResults: z.int().min(0),
    Resources: z
      .array(item)
      .nullish()
      .transform((items) => items ?? []),
  });
}

export const Created = z.object({ id });

export const ServiceProvider = z.object({
  patch: z.object({ supported: bool }).nullish(),
  filter: z.object({ supported: bool }).nullish(),
});

export type UserResource = z.output<typeof UserResource>;
export type GroupResource = z.output<typeof GroupResource>;

/** `active` may be left out: who is not said to be inactive is active. */
export function userOf({ id, externalId, userName, displayName, active, emails }: UserResource): ScimUser {
  const addresses = emails ?? [];
  const best = addresses.find(({ primary }) => primary === true) ?? addresses[0];
  return {
    id,
    externalId: externalId || null,
    userName,
    displayName: displayName || null,
    email: best?.value || null,
    active: active !== false,
  };
}

export function groupOf({ id, externalId, displayName, members }: GroupResource): ScimGroup {
  return { id, externalId: externalId || null, displayName, members: userIds(members ?? []) };
}

/** A group inside a group is not ours to judge. */
function userIds(members: NonNullable<GroupResource['members']>): string[] {
  const isGroup = ({ type, $ref }: (typeof members)[number]) =>
    type?.toLowerCase() === 'group' || /\/groups\/[^/]*$/i.test($ref ?? '');
  return [...new Set(members.filter((member) => !isGroup(member)).map(({ value }) => value))];
}
