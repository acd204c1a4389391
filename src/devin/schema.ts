/** The fields of the API that are used, and no others; a row without its id is refused, never repaired. */
import { z } from 'zod';

/** `role_type` is missing on organization-scoped endpoints; the place of the assignment tells it. */
const HeldRole = z.object({
  role_id: z.string().min(1),
  role_name: z.string().nullish(),
  role_type: z.enum(['enterprise', 'org']).nullish(),
});

const Assignment = z.object({ role: HeldRole, org_id: z.string().min(1).nullish() });
const IdpAssignment = Assignment.extend({ idp_group_name: z.string().min(1) });

const Person = z.object({
  user_id: z.string().min(1),
  /** Must be there: a list that lost its addresses would look like a company of strangers. */
  email: z.string().nullable(),
  name: z.string().nullish(),
});

export const DirectUser = Person.extend({ role_assignments: z.array(Assignment) });
export const IdpUser = Person.extend({ idp_role_assignments: z.array(IdpAssignment) });
export const GroupName = z.object({ idp_group_name: z.string().min(1) });
export const Group = GroupName.extend({ role_assignments: z.array(Assignment) });
const acus = z.number().nullish();
export const Organization = z.object({
  org_id: z.string().min(1),
  name: z.string().min(1),
  max_session_acu_limit: acus,
  max_cycle_acu_limit: acus,
});

export const GitConnection = z.object({
  git_connection_id: z.string().min(1),
  name: z.string().nullish(),
});
export const GitPermission = z.object({
  git_permission_id: z.string().min(1),
  git_connection_id: z.string().min(1),
  repo_path: z.string().nullish(),
  prefix_path: z.string().nullish(),
  group_prefix: z.string().nullish(),
});

export const ListedRole = z.object({
  role_id: z.string().min(1),
  role_name: z.string().min(1),
  role_type: z.enum(['enterprise', 'org']),
});

/** `principal_type` came with /v3; without it only a service user has a `service_user_id`. */
export const Self = z.object({
  principal_type: z.string().nullish(),
  service_user_id: z.string().min(1).nullish(),
  service_user_name: z.string().nullish(),
  org_id: z.string().nullish(),
});

/** `expires_at`: Unix seconds; null: never. */
export const ServiceUser = z.object({ service_user_id: z.string().min(1), expires_at: z.number().nullish() });

export const Cycle = z.object({ after: z.number(), before: z.number() });
export const Consumption = z.object({ total_acus: z.number() });
/** `updated_at`: Unix seconds. */
export const Session = z.object({
  session_id: z.string().min(1),
  user_id: z.string().nullish(),
  updated_at: z.number(),
});
/** `created_at`: Unix seconds. */
export const AuditEntry = z.object({
  action: z.string(),
  created_at: z.number(),
  data: z.unknown(),
  org_id: z.string().nullish(),
  user_id: z.string().nullish(),
  user_email: z.string().nullish(),
  service_user_id: z.string().nullish(),
  service_user_name: z.string().nullish(),
});

/** What an answer to an invite must hold of each person. */
export const Invited = z.array(z.object({ user_id: z.string().min(1), email: z.string().nullable() }));

export const PAGE_SIZE = 200;

/** One page of a list: `end_cursor` opens the next one, `total` is only an announcement. */
export function pageOf<Item extends z.ZodType>(item: Item) {
  return z.object({
    items: z.array(item),
    end_cursor: z.string().nullish(),
    has_next_page: z.boolean().nullish(),
    total: z.number().nullish(),
  });
}

export type Assignment = z.output<typeof Assignment>;
export type DirectUser = z.output<typeof DirectUser>;
export type IdpUser = z.output<typeof IdpUser>;
export type Group = z.output<typeof Group>;
export type GitPermission = z.output<typeof GitPermission>;
export type Session = z.output<typeof Session>;
export type AuditEntry = z.output<typeof AuditEntry>;
export type Organization = z.output<typeof Organization>;
export type ListedRole = z.output<typeof ListedRole>;

/** The first thing wrong, with its place: `items.17.user_id: Invalid input: expected string, received undefined`. */
export function firstIssue(error: z.ZodError): string {
  const [issue] = error.issues;
  if (issue === undefined) return 'it is not as expected';
  return `${issue.path.join('.') || 'the whole answer'}: ${issue.message}`;
}
