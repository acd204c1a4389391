/** Grants and denies of single people, in the configuration or in a file of their own. */
import { z } from 'zod';
import { addressValue, momentValue, nameValue } from './values.ts';

const ADMIN_ROLES = new Set(['admin', 'account_admin', 'org_admin']);

const common = {
  email: addressValue.describe('E-mail address of the person, in any letter case.'),
  reason: nameValue.describe('Why, for whoever reads a plan or an audit.').meta({ examples: ['on call'] }),
  owner: nameValue.describe('Who answers for it.').meta({ examples: ['payments-leads@corp.example'] }),
  ticket: nameValue
    .optional()
    .describe('Where it was decided.')
    .meta({ examples: ['OPS-4711'] }),
  until: momentValue
    .optional()
    .describe(
      'Until when: a date (to its end, UTC) or a time with its offset. Then what was given is taken at once.',
    ),
};

export const grantSchema = z
  .strictObject({
    ...common,
    org: nameValue
      .optional()
      .describe('Name or id of the Devin organization. Without it the role is an enterprise role.')
      .meta({ examples: ['Payments'] }),
    role: nameValue.describe('Name or id of the Devin role.').meta({ examples: ['Member'] }),
    allowAdmin: z
      .boolean()
      .default(false)
      .describe('Must be true where the role counts as admin; without it such a grant is refused.'),
    notInDirectory: z
      .boolean()
      .default(false)
      .describe(
        'The person is meant not to be in the directory. Needs until; each invitation and role is approved.',
      ),
    breakGlass: z
      .boolean()
      .default(false)
      .describe(
        'An emergency account, made by hand: nothing is given or taken there, and its loss or another role is told at once.',
      ),
  })
  .superRefine((grant, context) => {
    const report = (key: string, message: string) =>
      context.addIssue({ code: 'custom', path: [key], message });
    if (!grant.allowAdmin && ADMIN_ROLES.has(grant.role.toLowerCase()))
      report('role', 'counts as admin; a grant of it must say allowAdmin: true');
    if (grant.notInDirectory && grant.until === undefined)
      report('notInDirectory', 'needs until: nobody in the directory ever says that this person has left');
    if (grant.notInDirectory && grant.breakGlass)
      report('notInDirectory', 'excludes breakGlass: an emergency account is only watched');
  });

export const denySchema = z.strictObject({
  ...common,
  org: nameValue
    .optional()
    .describe('Name or id of one organization. Without it the person is never given anything.')
    .meta({ examples: ['Payments'] }),
});

export type GrantInput = z.output<typeof grantSchema>;
export type DenyInput = z.output<typeof denySchema>;

export const grantsSchema = z
  .array(grantSchema)
  .default([])
  .describe('Single people who are given a role, stronger than any rule.');

export const deniesSchema = z
  .array(denySchema)
  .default([])
  .describe(
    'Single people who are never given anything, or nothing in one organization; stronger than any grant.',
  );

/** A file of grants and denies. Both keys stand in it, so that an empty file is never taken for "nobody". */
export const grantFileSchema = z.strictObject({ grants: z.array(grantSchema), denies: z.array(denySchema) });
