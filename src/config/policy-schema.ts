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
      organizations: level.default('observe').describe('Creation of declared organizations.'),
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

export const organizationSchema = z
  .strictObject({
    name: nameValue.describe('Name of the organization in Devin.').meta({ examples: ['Payments'] }),
    create: z.boolean().default(false).describe('Create it when it is missing; needs both limits.'),
    maxSessionAcuLimit: acuLimit
      .describe('ACU limit of one session, set at creation.')
      .meta({ examples: [50] }),
    maxCycleAcuLimit: acuLimit
      .describe('ACU limit of one billing cycle, set at creation.')
      .meta({ examples: [2000] }),
  })
  .superRefine((org, context) => {
    for (const key of ['maxSessionAcuLimit', 'maxCycleAcuLimit'] as const) {
      const given = org[key] !== undefined;
      if (given && !org.create) {
        context.addIssue({
          code: 'custom',
          path: [key],
          message: 'is used at creation only: say create: true or leave it out',
        });
      }
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
