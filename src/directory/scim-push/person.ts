/** A pushed user as a person of the directory. */
import type { PersonRecord } from '../../core/model/directory.ts';
import { SourceReadError } from '../../lib/errors.ts';
import type { ScimResource } from '../../lib/scim/store.ts';
import { emailOf, scimUser } from '../scim/schema.ts';
import type { ScimPushOptions } from './options.ts';

/** @throws SourceReadError naming the user and the field. */
export function personOf(resource: ScimResource, options: ScimPushOptions): PersonRecord {
  const { id, body } = resource;
  const parsed = scimUser.safeParse({ ...body, id });
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw new SourceReadError(
      `the pushed user ${id} is not as SCIM has it (${issue?.path.join('.')}: ${issue?.message}). Nothing is changed because of it. Push the user again.`,
    );
  }
  const user = parsed.data;
  const record = {
    id: personId(resource, options),
    email: emailOf(user),
    name: user.displayName || user.userName || '',
  };
  if (user.active !== false) return { ...record, status: 'active' };
  // Without trust it says that this application is not for them, and nothing of the account.
  return options.trustDeactivation
    ? { ...record, status: 'deactivated' }
    : { ...record, status: 'active', abstains: true };
}

/** @throws SourceReadError where the provider does not send what people are to be known by. */
export function personId({ id, body }: ScimResource, { personId: by, name }: ScimPushOptions): string {
  if (by === 'id') return id;
  const { externalId, userName } = body;
  if (typeof externalId === 'string' && externalId !== '') return externalId;
  throw new SourceReadError(
    `the pushed user ${String(userName ?? id)} has no externalId, by which scimPush "${name}" is to know people. Nothing is changed because of it. Map externalId in the provider to an id that never changes, or set personId to id.`,
  );
}
