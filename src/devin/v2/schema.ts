/**
 * The fields of the v2 API that are used. Its older examples name some of them otherwise (`members` for `items`,
 * `role`, `id`, `name`); both forms are read.
 */
import { z } from 'zod';

const id = z.string().min(1);

export const Member = z.preprocess(
  (row) => renamed(row, { enterprise_role: 'role' }),
  z.object({
    user_id: id,
    email: z.string().nullable(),
    name: z.string().nullish(),
    enterprise_role: id.nullish(),
  }),
);
export const Role = z.object({
  role_id: id,
  role_name: id,
  role_type: z.enum(['account', 'enterprise', 'org']),
});
export const Group = z.object({ group_name: id, role_by_org_id: z.record(z.string(), id) });
export const Organization = z.preprocess(
  (row) => renamed(row, { org_id: 'id', org_name: 'name' }),
  z.object({
    org_id: id,
    org_name: id,
    max_session_acu_limit: z.number().nullish(),
    max_cycle_acu_limit: z.number().nullish(),
  }),
);
export const OrgMember = z.object({
  user_id: id,
  email: z.string().nullable(),
  name: z.string().nullish(),
  org_id: id,
  org_role: id,
});

/** `invitee_user_id_to_email` holds those whom the invite made; who was a member before is not in it. */
export const Invited = z.object({ invitee_user_id_to_email: z.record(z.string(), z.string()) });

/** One member with what v3 does not tell: null: never signed in. */
export const MemberFacts = z.object({
  last_login: z.string().nullish(),
  sessions_created_count: z.number().nullish(),
});

export const PAGE_SIZE = 200;

/** One page of a list, whatever the list is called in it. */
export function pageOf<Item extends z.ZodType>(item: Item) {
  return z.preprocess(
    (page) => renamed(page, { items: ['members', 'organizations', 'groups'] }),
    z.object({ items: z.array(item), has_more: z.boolean().nullish(), total: z.number().nullish() }),
  );
}

/** Takes the older name where the newer one is missing. */
function renamed(value: unknown, names: Readonly<Record<string, string | readonly string[]>>): unknown {
  if (typeof value !== 'object' || value === null) return value;
  const row: Record<string, unknown> = { ...value };
  for (const [name, older] of Object.entries(names)) {
    const known = [older].flat().find((one) => row[one] !== undefined);
    if (row[name] === undefined && known !== undefined) row[name] = row[known];
  }
  return row;
}

export type Member = z.output<typeof Member>;
export type OrgMember = z.output<typeof OrgMember>;
export type Organization = z.output<typeof Organization>;
export type Group = z.output<typeof Group>;
