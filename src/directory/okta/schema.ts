/** Only the fields of Okta's objects that are used. */
import * as z from 'zod';
import type { PersonRecord, PersonStatus } from '../../core/model/directory.ts';
import { OKTA_STATUSES, type OktaOptions, type OktaStatus } from './options.ts';

const id = z.string().min(1);

export const oktaUser = z.object({
  id,
  status: z.enum(OKTA_STATUSES),
  transitioningToStatus: z.string().nullish(),
  /** Only asked for with users by id. */
  created: z.string().nullish(),
  profile: z.object({
    login: z.string().nullish(),
    email: z.string().nullish(),
    firstName: z.string().nullish(),
    lastName: z.string().nullish(),
  }),
});

/** A row of a member list: only who it is counts, the person's state comes from the list of users. */
export const oktaMember = z.object({ id });

export const oktaGroup = z.object({
  id,
  type: z.string(),
  lastMembershipUpdated: z.string().min(1).nullish(),
  profile: z.object({ name: z.string().min(1) }),
});

/** A person assigned to an application, directly or through a group. The person's own state is the embedded one. */
export const oktaAppUser = z.object({ id, _embedded: z.object({ user: oktaUser }) });

/** A group assigned to an application. */
export const oktaAppGroup = z.object({ id, _embedded: z.object({ group: oktaGroup }) });

/** An event of the System Log, or in the delivery of an event hook: only whom it is about counts. */
export const oktaEvent = z.object({
  uuid: id,
  eventType: z.string(),
  target: z.array(z.object({ id: z.string().nullish(), type: z.string().nullish() })).nullish(),
});

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
export type OktaEvent = z.output<typeof oktaEvent>;

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

/** What the user's status means here; one that is just changing waits a turn. */
export function personStatus(
  user: Pick<OktaUser, 'status' | 'transitioningToStatus'>,
  options: OktaOptions,
): PersonStatus {
  if (isTransitioning(user)) return 'staged';
  return options.statuses[user.status] ?? DEFAULT_STATUS[user.status];
}

/** Okta sets the field while it works on a change of status, and empties it afterwards. */
export function isTransitioning(user: Pick<OktaUser, 'transitioningToStatus'>): boolean {
  return (user.transitioningToStatus ?? '') !== '';
}

export function personRecord(user: OktaUser, options: OktaOptions): PersonRecord {
  const { email, login, firstName, lastName } = user.profile;
  const name = [firstName, lastName].filter(Boolean).join(' ');
  return {
    id: user.id,
    email: email?.trim() || null,
    name: name || (login ?? ''),
    status: personStatus(user, options),
  };
}
