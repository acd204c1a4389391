/** Records what happened: effects of API calls, and the audit log of everything. */
import type { AuditEntry, Effect, EffectKind } from './model.ts';

/** `api`: a call with the key · an e-mail: a person, in the web application or at a login. */
export type Actor = 'api' | { readonly person: string };

// The vendor's action names; which call writes which of them is not documented.
const ACTIONS: Readonly<Record<EffectKind | 'login' | 'delete-org', string>> = {
  invite: 'add_enterprise_member',
  'set-enterprise-role': 'assign_roles',
  'remove-user': 'delete_member',
  'add-to-org': 'add_member',
  'change-org-role': 'assign_roles',
  'remove-from-org': 'delete_member',
  'register-group': 'update_enterprise_settings',
  'give-group-role': 'add_group_membership',
  'change-group-role': 'update_group_membership',
  'take-group-role': 'delete_group_membership',
  'add-group-to-org': 'add_group_membership',
  'change-group-org-role': 'update_group_membership',
  'remove-group-from-org': 'delete_group_membership',
  'unregister-group': 'update_enterprise_settings',
  'create-org': 'create_org',
  'update-org': 'update_org',
  'allow-repository': 'update_org_settings',
  'deny-repository': 'update_org_settings',
  'delete-org': 'delete_org',
  login: 'login',
};

export type Happening = Omit<Effect, 'at' | 'kind'> & { kind: keyof typeof ACTIONS };

export class DevinJournal {
  readonly effects: Effect[] = [];
  readonly audit: AuditEntry[] = [];
  readonly #now: () => number;

  constructor(now: () => number) {
    this.#now = now;
  }

  record(happening: Happening, by: Actor): void {
    const at = this.#now();
    const { kind, subject, label, org, before, after } = happening;
    if (by === 'api' && kind !== 'login' && kind !== 'delete-org')
      this.effects.push({ ...happening, kind, at });
    this.audit.push({
      id: `audit-${String(this.audit.length + 1).padStart(10, '0')}`,
      action: ACTIONS[kind],
      at: Math.floor(at / 1000),
      org,
      data: { subject, label, before, after },
      person: by === 'api' ? null : by.person,
    });
  }
}

/** What it is when the role of a user in an org goes from one to another; null: none. */
export function orgKind(before: string | null, after: string | null): EffectKind {
  if (before === null) return 'add-to-org';
  return after === null ? 'remove-from-org' : 'change-org-role';
}

/** The same for a group; `org` null: its enterprise role. */
export function groupKind(org: string | null, before: string | null, after: string | null): EffectKind {
  if (before === null) return org === null ? 'give-group-role' : 'add-group-to-org';
  if (after === null) return org === null ? 'take-group-role' : 'remove-group-from-org';
  return org === null ? 'change-group-role' : 'change-group-org-role';
}
