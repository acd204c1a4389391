/** The place and the role of a rule, by name, or what is wrong with them. */
import { ENTERPRISE } from './model/devin.ts';
import type { Rule } from './model/settings.ts';
import { type Atlas, findPlace, findRole, type RankedRole } from './places.ts';

export interface Target {
  readonly place: number;
  readonly role: number;
}

/**
 * Place and role of a rule with its captures filled in, or the problem in words. Thousands of groups may share an
 * organization, so what was found once is remembered.
 */
export function resolver(atlas: Atlas, rule: Rule): (captures: Record<string, string>) => Target | string {
  const known = new Map<string, Target | string>();
  return (captures) => {
    const fill = (template: string) =>
      template.replace(/\{(\w+)\}/g, (whole, name: string) => captures[name] ?? whole);
    const org = rule.org === null ? null : fill(rule.org);
    const role = fill(rule.role);
    const key = JSON.stringify([org, role]);
    const target = known.get(key) ?? resolveTarget(atlas, rule, org, role);
    known.set(key, target);
    return target;
  };
}

function resolveTarget(atlas: Atlas, rule: Rule, orgName: string | null, roleName: string): Target | string {
  const place = orgName === null ? ENTERPRISE : findPlace(atlas.places, orgName);
  if (typeof place === 'string') return `rule "${rule.name}": ${place}`;
  const role = findRole(atlas.roles, roleName, orgName === null ? 'enterprise' : 'org');
  if (typeof role === 'string') return `rule "${rule.name}": ${role}`;
  const { admin, name } = atlas.roles[role] as RankedRole;
  if (admin && !rule.allowAdmin) {
    return `rule "${rule.name}": the role "${name}" counts as admin; say allowAdmin: true to give it, or rank it in roles.rank`;
  }
  return { place, role };
}
