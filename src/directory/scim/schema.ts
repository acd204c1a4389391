/** Only the fields of SCIM's resources and messages that are used (RFC 7643, RFC 7644, RFC 9865). */
import * as z from 'zod';
import type { PersonRecord, PersonStatus } from '../../core/model/directory.ts';
import type { ScimOptions } from './options.ts';

const id = z.string().min(1);

/** Some providers write booleans as words. Any other value is refused: it must not become somebody's removal. */
const bool = z.union([
  z.boolean(),
  z
    .string()
    .regex(/^(true|false)$/i)
    .transform((word) => word.toLowerCase() === 'true'),
]);

const email = z.object({
  value: z.string().nullish(),
  type: z.string().nullish(),
  primary: bool.nullish(),
});

const meta = z
  .object({
    created: z.string().nullish(),
    lastModified: z.string().nullish(),
    version: z.string().nullish(),
  })
  .nullish();

export const scimUser = z.object({
  id,
  userName: z.string().nullish(),
  displayName: z.string().nullish(),
  active: bool.nullish(),
  emails: z.array(email).nullish(),
  groups: z.array(z.object({ value: z.string().nullish(), type: z.string().nullish() })).nullish(),
  meta,
});

const member = z.object({ value: id, type: z.string().nullish(), $ref: z.string().nullish() });

export const scimGroup = z.object({
  id,
  displayName: z.string().min(1),
  members: z.array(member).nullish(),
  meta,
});

/** `Resources` may be left out of an empty list; with cursors `totalResults` may be left out. */
export const scimList = z.object({
  schemas: z.array(z.string()).refine((schemas) => schemas.includes(LIST_RESPONSE), 'not a ListResponse'),
  totalResults: z.int().min(0).nullish(),
  startIndex: z.int().nullish(),
  nextCursor: z.string().min(1).nullish(),
  Resources: z.unknown(),
});

export const scimProvider = z.object({
  filter: z.object({ supported: bool.nullish() }).nullish(),
  sort: z.object({ supported: bool.nullish() }).nullish(),
  etag: z.object({ supported: bool.nullish() }).nullish(),
  pagination: z
    .object({ cursor: bool.nullish(), index: bool.nullish(), maxPageSize: z.int().min(1).nullish() })
    .nullish(),
});

/** Body of an error (RFC 7644, section 3.12); some providers write the status as a number. */
export const scimError = z.object({
  schemas: z.array(z.string()),
  status: z.union([z.string(), z.number()]).nullish(),
  scimType: z.string().nullish(),
  detail: z.string().nullish(),
});

const LIST_RESPONSE = 'urn:ietf:params:scim:api:messages:2.0:ListResponse';
export const ERROR = 'urn:ietf:params:scim:api:messages:2.0:Error';

export type ScimUser = z.output<typeof scimUser>;
export type ScimGroup = z.output<typeof scimGroup>;
export type ScimMember = z.output<typeof member>;

/** `active` may be left out (RFC 7643, section 4.1.1): who is not said to be inactive is not removed. */
export function personStatus({ active }: Pick<ScimUser, 'active'>, { inactive }: ScimOptions): PersonStatus {
  return active === false ? inactive : 'active';
}

export function personRecord(user: ScimUser, options: ScimOptions): PersonRecord {
  const name = user.displayName || user.userName || '';
  return { id: user.id, email: emailOf(user), name, status: personStatus(user, options) };
}

/** The primary address, else the first at work, else the first, else a user name that is an address. */
export function emailOf({ emails, userName }: Pick<ScimUser, 'emails' | 'userName'>): string | null {
  const given = (emails ?? []).filter(({ value }) => (value ?? '').trim() !== '');
  const best =
    given.find(({ primary }) => primary === true) ??
    given.find(({ type }) => type?.toLowerCase() === 'work') ??
    given[0];
  if (best !== undefined) return best.value?.trim() ?? null;
  const login = userName?.trim() ?? '';
  return /^[^@\s]+@[^@\s]+$/.test(login) ? login : null;
}
