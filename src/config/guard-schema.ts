/** Limits of the guards, counted in people over the last 24 hours, and how patient absences are treated. */
import { z } from 'zod';
import { durationValue, nameValue, shareValue } from './values.ts';

const peopleCount = z.int().min(0);
/** `none` is a number without end, so that readers of a limit need no second case. */
const cap = z
  .union([peopleCount, z.literal('none')], { error: 'must be a whole number of people, or none' })
  .transform((value) => (value === 'none' ? Number.POSITIVE_INFINITY : value));

interface EitherDefaults {
  readonly atLeast: number;
  readonly share: string;
  readonly count: number | 'none';
}

/** Holds from `atLeast` people on, above `share` or above `count`. */
function eitherLimit(defaults: EitherDefaults, what: string) {
  return z
    .strictObject({
      atLeast: peopleCount.default(defaults.atLeast).describe('Fewer people than this always pass.'),
      share: shareValue.prefault(defaults.share).describe('Largest share that passes.'),
      count: cap
        .prefault(defaults.count)
        .describe('Largest number that passes; none: only the share counts.'),
    })
    .prefault({})
    .describe(`${what} Holds from atLeast people on, when they are more than share or more than count.`);
}

/** Holds only above both: the larger of the two is the limit, so that small companies are not stopped by a share. */
function largerLimit(defaults: { readonly share: string; readonly count: number }, what: string) {
  return z
    .strictObject({
      share: shareValue.prefault(defaults.share).describe('Share that passes in a large company.'),
      count: peopleCount.default(defaults.count).describe('Number that always passes.'),
    })
    .prefault({})
    .transform((limit) => ({ atLeast: 0, ...limit }))
    .describe(`${what} Holds only above the larger of count and share.`);
}

const PER_ORG = { atLeast: 3, share: '25%', count: 'none' } as const;

const orgLimits = z
  .strictObject({
    removals: eitherLimit(PER_ORG, 'Removals within this organization, over perGroup.'),
    minAdmins: z
      .int()
      .min(0)
      .optional()
      .describe('Admins that a plan must leave here, over guards.minAdmins.')
      .meta({ examples: [1] }),
  })
  .transform(({ removals, minAdmins }) => ({ removals, minAdmins: minAdmins ?? null }));

export const guardSchema = z
  .strictObject({
    deactivations: largerLimit({ share: '2%', count: 50 }, 'People whom the IdP has deactivated.'),
    enterpriseRemovals: eitherLimit(
      { atLeast: 4, share: '5%', count: 20 },
      'People who lose the enterprise for another cause.',
    ),
    orgRoles: eitherLimit(
      { atLeast: 4, share: '10%', count: 25 },
      'Org roles taken, without those of removed people.',
    ),
    perGroup: eitherLimit(
      { atLeast: 3, share: '25%', count: 'none' },
      'Removals within one group or organization.',
    ),
    grants: largerLimit({ share: '5%', count: 25 }, 'Invitations and new access.'),
    roleChanges: eitherLimit({ atLeast: 4, share: '10%', count: 25 }, 'Changes of role.'),
    minAdmins: z
      .int()
      .min(0)
      .default(2)
      .describe('Admins that a plan must leave in the enterprise and in each organization that has some.'),
    shrink: shareValue
      .prefault('20%')
      .describe(
        'Share by which the directory may shrink against the last approved reading before removals are held.',
      ),
    flips: z
      .int()
      .min(1)
      .default(3)
      .describe(
        'How often somebody else may take a grant back in Devin. Then it is given no more, approved or not, until a week has passed without another.',
      ),
    invitesPerDay: z
      .int()
      .min(1)
      .optional()
      .transform((people) => people ?? null)
      .describe('People invited within 24 hours, approved ones too; the others wait for the next day.')
      .meta({ examples: [500] }),
    perOrg: z
      .record(nameValue, orgLimits)
      .prefault({})
      .describe('Limits of single organizations, by name or id.')
      .meta({ examples: [{ Payments: { removals: { share: '10%' }, minAdmins: 1 } }] }),
  })
  .prefault({})
  .describe('What one plan, and 24 hours of plans, may do without a person. Counted in people.');

export const approvalsSchema = z
  .strictObject({
    notByTrigger: z
      .boolean()
      .default(false)
      .describe('Whoever asked for a run may not approve what it found.'),
    adminNeedsTwo: z
      .boolean()
      .default(false)
      .describe('Items about roles that count as admin need the approval of two people.'),
  })
  .prefault({})
  .describe('Who may approve what guards hold.');

export const patienceSchema = z
  .strictObject({
    absence: durationValue
      .prefault('15m')
      .describe('Smallest distance between the two fresh readings that prove that somebody is gone.'),
    tombstone: durationValue
      .prefault('7d')
      .describe(
        'From that proof to the end of the enterprise membership; a return within it clears everything.',
      ),
    adoption: durationValue
      .prefault('14d')
      .describe('From the adoption of an organization to the first removal of what was adopted there.'),
  })
  .prefault({})
  .describe(
    'How long an absence must last before it counts. Deactivation is a statement, not an absence: it never waits.',
  );
