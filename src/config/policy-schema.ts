/** What may be written at all: policy per kind of resource and per organization, and what is never touched. */
import { z } from 'zod';
import { domainValue, nameValue } from './values.ts';

const level = z.enum(['observe', 'create-only', 'no-remove', 'leavers', 'full']);
const LEVELS =
  'observe: look only. create-only: give access. no-remove: also change roles. leavers: also remove deactivated people. full: everything.';

export const policySchema = z
  .union([
    level,
    z.strictObject({
      users: level.default('observe').describe('Enterprise users: invitations, enterprise roles, removals.'),
      groups: level.default('observe').describe('IdP groups in Devin and their enterprise role.'),
      memberships: level.default('observe').describe('Org roles of people and groups.'),
      organizations: level
        .default('observe')
        .describe('Declared organizations: creation, name, limits, repositories.'),
    }),
  ])
  .default('observe')
  .transform((policy) =>
    typeof policy === 'string'
      ? { users: policy, groups: policy, memberships: policy, organizations: policy }
      : policy,
  )
  .describe(`One level for all, or one for each of users, groups, memberships, organizations. ${LEVELS}`);

export const orgPolicySchema = z
  .record(nameValue, level)
  .default({})
  .describe('Level of org roles per organization (name or id), over policy.memberships.')
  .meta({ examples: [{ Payments: 'leavers' }] });

export const foreignSchema = z
  .enum(['report', 'remove'])
  .default('report')
  .describe('Access that this daemon neither gave nor adopted: report lists it, remove treats it as drift.');

export const protectedSchema = z
  .array(
    z
      .string()
      .regex(/^[^\s@]*[@*][^\s@]*$/, { error: 'must be an e-mail address, or a pattern with *' })
      .transform((pattern) => pattern.toLowerCase()),
  )
  .prefault([])
  .describe('E-mail addresses, or patterns with *, of people whom no plan may touch.');

export const domainAliasSchema = z
  .record(domainValue, domainValue)
  .prefault({})
  .describe('Mail domains that mean the same: alias, then the domain it stands for.');

const acuLimit = z.int().min(1).optional();

const REPOSITORY_MATCHES = ['repo', 'prefix', 'group'] as const;

const repositorySchema = z
  .strictObject({
    connection: nameValue
      .describe('Name or id of the git connection in Devin.')
      .meta({ examples: ['GitHub'] }),
    repo: nameValue
      .optional()
      .describe('One repository.')
      .meta({ examples: ['corp/payments'] }),
    prefix: nameValue
      .optional()
      .describe('Every repository whose path begins so.')
      .meta({ examples: ['corp/pay-'] }),
    group: nameValue
      .optional()
      .describe('Every repository of one group of the provider.')
      .meta({ examples: ['corp'] }),
  })
  .superRefine((one, context) => {
    const given = REPOSITORY_MATCHES.filter((key) => one[key] !== undefined);
    if (given.length === 1) return;
    context.addIssue({ code: 'custom', path: [], message: 'must give one of repo, prefix, group' });
  });

export const organizationSchema = z
  .strictObject({
    name: nameValue.describe('Name of the organization in Devin.').meta({ examples: ['Payments'] }),
    create: z.boolean().default(false).describe('Create it when it is missing; needs both limits.'),
    id: nameValue
      .optional()
      .describe('Id in Devin. With it the name is declared too: another one in Devin is drift.')
      .meta({ examples: ['org-abc123'] }),
    state: z
      .enum(['active', 'inactive', 'blocked'])
      .default('active')
      .describe(
        'inactive and blocked: nothing is given there; what is held stays until rules or people take it.',
      ),
    roleCeiling: nameValue
      .optional()
      .describe(
        'Strongest role that may be given there, by name or id. What is above it is held, and no approval lifts that.',
      )
      .meta({ examples: ['Member'] }),
    repositories: z
      .array(repositorySchema)
      .optional()
      .describe(
        'All the repositories that it may use. Needs ManageGitIntegrations. Left out: not looked at.',
      ),
    maxSessionAcuLimit: acuLimit
      .describe('ACU limit of one session. Another one in Devin is drift.')
      .meta({ examples: [50] }),
    maxCycleAcuLimit: acuLimit
      .describe('ACU limit of one billing cycle. Another one in Devin is drift.')
      .meta({ examples: [2000] }),
  })
  .superRefine((org, context) => {
    for (const key of ['maxSessionAcuLimit', 'maxCycleAcuLimit'] as const) {
      const given = org[key] !== undefined;
      // An organization created without limits was seen to suspend its sessions at once.
      if (!given && org.create) {
        context.addIssue({
          code: 'custom',
          path: ['create'],
          message: `needs ${key}: without it Devin suspends sessions of a new organization`,
        });
      }
    }
  });
