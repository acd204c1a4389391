/** Only the fields of Okta's objects that are used. */
import * as z from 'zod';
import type { PersonRecord, PersonStatus } from '../../core/model/directory.ts';
import { OKTA_STATUSES, type OktaOptions, type OktaStatus } from './options.ts';

const id = z.string().min(1);

export const oktaUser = z.object({
  id,
  status: z.enum(OKTA_STATUSES),
  profile: z.object({
    login: z.string().nullish(),
    email: z.string().nullish(),
    firstName: z.string().nullish(),
    lastName: z.string().nullish(),
  }),
});

/** A row of a member list: only who it is counts, the person's state comes from the list of users. */
export const oktaMember = z.object({ id });

export const oktaGroup = z.object({ id, type: z.string(), profile: z.object({ name: z.string().min(1) }) });

/** `/.well-known/okta-organization` and `/api/v1/org`. */
export const oktaOrg = z.object({ id });

/** Body of an error; the token endpoint speaks OAuth, the rest Okta's own form. */
export const oktaError = z.object({
  errorCode: z.string().optional(),
  errorSummary: z.string().optional(),
  error: z.string().optional(),
  error_description: z.string().optional(),
});

export type OktaUser = z.output<typeof oktaUser>;
export type OktaGroup = z.output<typeof oktaGroup>;

const DEFAULT_STATUS: Readonly<Record<OktaStatus, PersonStatus>> = {
  STAGED: 'staged',
  // Okta re-evaluates these four only at events such as a login: the person is still employed.
  PROVISIONED: 'active',
  RECOVERY: 'active',
  PASSWORD_EXPIRED: 'active',
  LOCKED_OUT: 'active',
  ACTIVE: 'active',
  SUSPENDED: 'suspended',
  DEPROVISIONED: 'deactivated',
};

export function personStatus(status: OktaStatus, options: OktaOptions): PersonStatus {
  return options.statuses[status] ?? DEFAULT_STATUS[status];
}

export function personRecord(user: OktaUser, options: OktaOptions): PersonRecord {
  const { email, login, firstName, lastName } = user.profile;
  const name = [firstName, lastName].filter(Boolean).join(' ');
  return {
    id: user.id,
    email: email?.trim() || null,
    name: name || (login ?? ''),
    status: personStatus(user.status, options),
  };
}
