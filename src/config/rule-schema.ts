/** One line of `rules`: which directory group gives which Devin role, in the enterprise or in an organization. */
import { z } from 'zod';
import type { GroupMatch } from '../core/model/settings.ts';
import { nameValue } from './values.ts';

const TEMPLATE = /\{(\w+)\}/g;
/** Built-in roles that always count as admin, by name and by id (contract: roles `account_admin`, `org_admin`). */
const ADMIN_ROLES = new Set(['admin', 'account_admin', 'org_admin']);

const ruleFields = z.strictObject({
  group: nameValue
    .optional()
    .describe(
      'Name of a directory group, exactly as the IdP writes it. Bound to the immutable id of the group at first match.',
    )
    .meta({ examples: ['devin-payments'] }),
  groupId: nameValue.optional().describe('Immutable id of a directory group, instead of its name.'),
  pattern: nameValue
    .optional()
    .describe(
      'Regular expression over whole group names, instead of one name; its named captures fill {templates} in org and role.',
    )
    .meta({ examples: ['devin-(?<org>[a-z]+)-admins'] }),
  org: nameValue
    .optional()
    .describe(
      'Name or id of the Devin organization that the role is given in. Without it the role is an enterprise role.',
    )
    .meta({ examples: ['Payments'] }),
  role: nameValue.describe('Name or id of the Devin role.').meta({ examples: ['Member'] }),
  via: z
    .enum(['direct', 'group', 'scim'])
    .default('direct')
    .describe(
      'direct: each person is invited and given the role. group: the group is registered in Devin and given the role; members get it when they log in. scim: as group, and who is in the group is written through devin.scim.',
    ),
  priority: z
    .int()
    .min(-1_000_000)
    .max(1_000_000)
    .default(0)
    .describe('The higher one wins where several rules give one person a role in the same place.'),
  allowAdmin: z
    .boolean()
    .default(false)
    .describe('Must be true where the role counts as admin; without it such a rule is refused.'),
  name: nameValue
    .optional()
    .describe(
      'Unique name, shown in every reason. Derived from group and org when left out. What a rule is bound to is remembered under it.',
    ),
});

type RuleFields = z.output<typeof ruleFields>;
type Report = (key: keyof RuleFields, message: string) => void;

export const ruleSchema = ruleFields.superRefine((rule, context) => {
  const report: Report = (key, message) => {
    const path = rule[key] === undefined ? [] : [key];
    context.addIssue({ code: 'custom', path, message });
  };
  checkMatch(rule, report);
  checkTemplates(rule, report);
  if (!rule.allowAdmin && ADMIN_ROLES.has(rule.role.toLowerCase())) {
    report('role', 'counts as admin; a rule that gives it must say allowAdmin: true');
  }
});

export type RuleInput = z.output<typeof ruleSchema>;

function checkMatch(rule: RuleFields, report: Report): void {
  const given = (['group', 'groupId', 'pattern'] as const).filter((key) => rule[key] !== undefined);
  if (given.length === 0) report('group', 'must name a group: give one of group, groupId, pattern');
  for (const key of given.slice(1)) report(key, `excludes ${given[0]}: give one of group, groupId, pattern`);
}

function checkTemplates(rule: RuleFields, report: Report): void {
  const captures = rule.pattern === undefined ? [] : capturesOf(rule.pattern, report);
  if (captures === null) return;
  for (const key of ['org', 'role'] as const) {
    for (const [template, name] of (rule[key] ?? '').matchAll(TEMPLATE)) {
      if (captures.includes(name as string)) continue;
      if (rule.pattern === undefined)
        report(key, `has the template ${template}, which only a rule with a pattern can fill`);
      else
        report(
          key,
          `has the template ${template}, but the pattern captures ${captures.join(', ') || 'nothing by name'}`,
        );
    }
  }
}

/** Names of the named groups; null, after a report, when the pattern does not compile. */
function capturesOf(pattern: string, report: Report): string[] | null {
  try {
    new RegExp(`^(?:${pattern})$`);
    // The empty alternative makes any pattern match '', so that `groups` lists every name.
    return Object.keys(new RegExp(`(?:${pattern})|`).exec('')?.groups ?? {});
  } catch (error) {
    report('pattern', `is not a regular expression (${(error as Error).message.split(': ').at(-1)})`);
    return null;
  }
}

export function matchOf(rule: RuleInput): GroupMatch {
  if (rule.groupId !== undefined) return { by: 'id', id: rule.groupId };
  if (rule.pattern !== undefined) return { by: 'pattern', pattern: rule.pattern };
  return { by: 'name', name: rule.group as string };
}

/** Given, or made of match and place only: a changed role or priority must not unbind the rule from its group. */
export function ruleName(rule: RuleInput): string {
  return rule.name ?? `${rule.group ?? rule.groupId ?? rule.pattern} → ${rule.org ?? 'enterprise'}`;
}
