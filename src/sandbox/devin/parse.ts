/** Strict reading of queries and bodies: whatever is not documented is refused with 422. */
import { z } from 'zod';
import type { Exchange } from '../http/exchange.ts';
import { type FieldError, Problem } from './problem.ts';

function wholeNumber(minimum: number, maximum: number) {
  return z
    .string()
    .regex(/^-?\d+$/, 'Input should be a valid integer')
    .transform(Number)
    .pipe(z.number().min(minimum).max(maximum));
}

/** Page parameters: contract minimum 1, maximum 200, default 100. */
export const PAGE = { first: wholeNumber(1, 200).default(100), after: z.string().optional() };

export const PageQuery = z.strictObject(PAGE);
export const PeopleQuery = z.strictObject({ ...PAGE, email: z.string().optional() });
export const AuditQuery = z.strictObject({
  ...PAGE,
  order: z.enum(['asc', 'desc']).default('desc'),
  time_after: wholeNumber(0, Number.MAX_SAFE_INTEGER).optional(),
  time_before: wholeNumber(0, Number.MAX_SAFE_INTEGER).optional(),
  action: z.string().optional(),
});

export const ConsumptionQuery = z.strictObject({
  time_after: wholeNumber(0, Number.MAX_SAFE_INTEGER).optional(),
  time_before: wholeNumber(0, Number.MAX_SAFE_INTEGER).optional(),
});
export const SessionQuery = z.strictObject({
  ...PAGE,
  user_ids: z.array(z.string()).optional(),
  created_after: wholeNumber(0, Number.MAX_SAFE_INTEGER).optional(),
});
const path = z.string().min(1).nullable().optional();
export const PermissionsBody = z.strictObject({
  permissions: z
    .array(
      z
        .strictObject({
          git_connection_id: z.string(),
          repo_path: path,
          prefix_path: path,
          group_prefix: path,
        })
        .refine((row) => [row.repo_path, row.prefix_path, row.group_prefix].filter(Boolean).length === 1, {
          message: 'exactly one of repo_path, prefix_path, group_prefix is required',
        }),
    )
    .max(200),
});

/** The older API counts rows. */
const V2_PAGE = {
  skip: wholeNumber(0, Number.MAX_SAFE_INTEGER).default(0),
  limit: wholeNumber(1, 200).default(100),
};
export const V2Query = z.strictObject(V2_PAGE);
export const V2MembersQuery = z.strictObject({ ...V2_PAGE, email: z.string().optional() });
export const V2AuditQuery = z.strictObject({
  limit: wholeNumber(1, 200).default(100),
  after: z.string().optional(),
  before: z.string().optional(),
});
export const V2RolesBody = z.strictObject({ role_id: z.string(), user_ids: z.array(z.string()).min(1) });
export const V2OrgBody = z.strictObject({
  display_name: z.string().min(1),
  acu_limit: z.int().nullable().optional(),
  add_creator_as_member: z.boolean().default(true),
});
export const V2AddBody = z.strictObject({
  org_ids: z.array(z.string()).min(1),
  user_ids: z.array(z.string()).min(1),
  group_names: z.array(z.string()).nullable().optional(),
  org_role: z.string().nullable().optional(),
});
export const V2GroupsBody = z.strictObject({ group_names: z.array(z.string().min(1)) });
export const V2GroupBody = z.strictObject({ group_name: z.string(), role: z.string() });

export const RoleBody = z.strictObject({ role_id: z.string() });
export const InviteBody = z.strictObject({
  emails: z
    .array(z.string().regex(/^[^\s@]+@[^\s@]+\.[^\s@]+$/, 'value is not a valid email address'))
    .max(100),
  enterprise_role_id: z.string(),
});
export const V2InviteBody = InviteBody.pick({ emails: true });
export const RegisterBody = z.strictObject({ idp_group_names: z.array(z.string().min(1)).min(1).max(100) });
const limit = z.int().nullable().optional();
export const OrgBody = z.strictObject({
  name: z.string().min(1),
  max_session_acu_limit: limit,
  max_cycle_acu_limit: limit,
});
export const OrgChange = z.strictObject({
  name: z.string().min(1).nullable().optional(),
  max_session_acu_limit: limit,
  max_cycle_acu_limit: limit,
});

/** `lists` may be given several times. @throws Problem 422 naming each parameter. */
export function queryOf<T>(exchange: Exchange, schema: z.ZodType<T>, lists: readonly string[] = []): T {
  const names = [...exchange.query.keys()].filter((name) => !lists.includes(name));
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) throw invalid([{ loc: ['query', twice], msg: 'given twice', type: 'multiple' }]);
  const asLists = lists.flatMap((name) =>
    exchange.query.has(name) ? [[name, exchange.query.getAll(name)] as const] : [],
  );
  return parsed('query', { ...Object.fromEntries(exchange.query), ...Object.fromEntries(asLists) }, schema);
}

/** @throws Problem 422 naming each field. */
export function bodyOf<T>(exchange: Exchange, schema: z.ZodType<T>): T {
  const type = exchange.headers['content-type'] ?? '';
  if (!/^application\/json\b/i.test(type)) {
    throw invalid([
      { loc: ['body'], msg: `content type is ${type || 'missing'}, not JSON`, type: 'model_type' },
    ]);
  }
  let value: unknown;
  try {
    value = JSON.parse(exchange.text);
  } catch {
    throw invalid([{ loc: ['body'], msg: 'JSON decode error', type: 'json_invalid' }]);
  }
  return parsed('body', value, schema);
}

/** A body where the call takes none. */
export function refuseBody(exchange: Exchange): void {
  if (exchange.text !== '') {
    throw invalid([{ loc: ['body'], msg: `${exchange.method} takes no body here`, type: 'extra_forbidden' }]);
  }
}

export function invalid(errors: readonly FieldError[]): Problem {
  const detail = errors.map(({ loc, msg }) => `${loc.join('.')}: ${msg}`).join('; ');
  return new Problem(422, detail, { errors });
}

function parsed<T>(where: 'query' | 'body', value: unknown, schema: z.ZodType<T>): T {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  throw invalid(
    result.error.issues.map((issue) => ({
      loc: [where, ...issue.path.map((part) => (typeof part === 'symbol' ? String(part) : part))],
      msg: issue.message,
      type: issue.code,
    })),
  );
}
