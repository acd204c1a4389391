/** A policy level is a small filter over changes, chosen explicitly per kind and per org; none writes by default. */
import { type Cause, CHANGE_KINDS, type Change, type Effect } from './model/change.ts';
import type { PolicyLevel, Settings } from './model/settings.ts';

/** The level that rules a change: an organization's own for org roles, else its kind's. */
export function levelFor(settings: Settings, change: Pick<Change, 'kind' | 'org'>): PolicyLevel {
  const { resource } = CHANGE_KINDS[change.kind];
  if (resource !== 'memberships' || change.org === null) return settings.policy[resource];
  const { id, name } = change.org;
  const { orgPolicy } = settings;
  return (id === null ? undefined : orgPolicy[id]) ?? orgPolicy[name] ?? settings.policy[resource];
}

export function allows(level: PolicyLevel, effect: Effect, cause: Cause): boolean {
  switch (level) {
    case 'observe':
      return false;
    case 'create-only':
      return effect === 'grant';
    case 'no-remove':
      return effect !== 'revoke';
    case 'leavers':
      return effect !== 'revoke' || cause === 'deactivated';
    case 'full':
      return true;
  }
}

/**
 * A change that neither a rule nor a person asks for takes access away, whatever its kind: a downgrade, or the
 * no-access role.
 */
export function effectOf(change: Pick<Change, 'kind' | 'cause'>): Effect {
  const { effect } = CHANGE_KINDS[change.kind];
  const asked = change.cause === 'rule' || change.cause === 'rollback';
  return effect === 'change' && !asked ? 'revoke' : effect;
}

/** Bars what the level does not allow; everything else keeps its verdict. */
export function applyPolicy(settings: Settings, change: Change): Change {
  const level = levelFor(settings, change);
  const { resource } = CHANGE_KINDS[change.kind];
  if (allows(level, effectOf(change), change.cause)) return change;
  return { ...change, verdict: { state: 'barred', why: `policy of ${resource} is "${level}"` } };
}

/** What a deactivated person has left: the memberships of a user that is switched off go with it. */
const ENDS: readonly Change['kind'][] = ['remove-user', 'scim-deactivate-user', 'scim-remove-member'];

/** A proven deactivation below its own limit is never held by anything else. */
export function isDeactivation(change: Change): boolean {
  return ENDS.includes(change.kind) && change.cause === 'deactivated';
}
