/** Every kind of change, in one list. */
import type { ResourceKind } from './settings.ts';

export type Effect = 'grant' | 'change' | 'revoke';

/** Resource and effect of each kind: what policies and guards look at. */
export const CHANGE_KINDS = {
  'create-org': { resource: 'organizations', effect: 'grant' },
  'update-org': { resource: 'organizations', effect: 'change' },
  invite: { resource: 'users', effect: 'grant' },
  'set-enterprise-role': { resource: 'users', effect: 'change' },
  'remove-user': { resource: 'users', effect: 'revoke' },
  'add-to-org': { resource: 'memberships', effect: 'grant' },
  'change-org-role': { resource: 'memberships', effect: 'change' },
  'remove-from-org': { resource: 'memberships', effect: 'revoke' },
  'register-group': { resource: 'groups', effect: 'grant' },
  'give-group-role': { resource: 'groups', effect: 'grant' },
  'change-group-role': { resource: 'groups', effect: 'change' },
  'take-group-role': { resource: 'groups', effect: 'revoke' },
  'add-group-to-org': { resource: 'memberships', effect: 'grant' },
  'change-group-org-role': { resource: 'memberships', effect: 'change' },
  'remove-group-from-org': { resource: 'memberships', effect: 'revoke' },
  'unregister-group': { resource: 'groups', effect: 'revoke' },
  'allow-repository': { resource: 'organizations', effect: 'grant' },
  'deny-repository': { resource: 'organizations', effect: 'revoke' },
  'scim-create-user': { resource: 'users', effect: 'grant' },
  'scim-activate-user': { resource: 'users', effect: 'grant' },
  'scim-update-user': { resource: 'users', effect: 'change' },
  'scim-deactivate-user': { resource: 'users', effect: 'revoke' },
  'scim-create-group': { resource: 'groups', effect: 'grant' },
  'scim-update-group': { resource: 'groups', effect: 'change' },
  'scim-add-member': { resource: 'memberships', effect: 'grant' },
  'scim-remove-member': { resource: 'memberships', effect: 'revoke' },
} as const satisfies Readonly<Record<string, { resource: ResourceKind; effect: Effect }>>;

export type ChangeKind = keyof typeof CHANGE_KINDS;
