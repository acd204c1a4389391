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

export const RoleBody = z.strictObject({ role_id: z.string() });
export const InviteBody = z.strictObject({
  emails: z
    .array(z.string().regex(/^[^\s@]+@[^\s@]+\.[^\s@]+$/, 'value is not a valid email address'))
    .max(100),
  enterprise_role_id: z.string(),
});
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

/** @throws Problem 422 naming each parameter. */
export function queryOf<T>(exchange: Exchange, schema: z.ZodType<T>): T {
  const names = [...exchange.query.keys()];
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) throw invalid([{ loc: ['query', twice], msg: 'given twice', type: 'multiple' }]);
  return parsed('query', Object.fromEntries(exchange.query), schema);
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
