/** When less, or more, may be written than at other times. */
import { z } from 'zod';
import type { Budget, FreezeWindow } from '../core/model/calendar.ts';
import { momentValue, nameValue, startValue, weekTimeValue, zoneValue } from './values.ts';

const freezeFields = z.strictObject({
  name: nameValue.describe('Name, shown in plans.').meta({ examples: ['year end'] }),
  from: startValue
    .optional()
    .describe('Begin of the window: a date (from 00:00 UTC) or a time with its offset.'),
  to: momentValue
    .optional()
    .describe('End of the window: a date (to its end, UTC) or a time with its offset.'),
  weekly: z
    .strictObject({
      from: weekTimeValue.describe('Day and time.'),
      to: weekTimeValue.describe('Day and time; before from, it is in the next week.'),
      timeZone: zoneValue
        .default('UTC')
        .describe('Time zone by its IANA name.')
        .meta({ examples: ['Europe/Berlin'] }),
    })
    .optional()
    .describe('A window of each week, instead of from and to.'),
});

export const freezeSchema = z
  .array(
    freezeFields
      .superRefine(({ from, to, weekly }, context) => {
        const report = (message: string) => context.addIssue({ code: 'custom', path: [], message });
        if (weekly !== undefined) {
          if (from !== undefined || to !== undefined) report('has weekly, which excludes from and to');
          if (weekly.from === weekly.to) report('must end at another time than it begins');
        } else if (from === undefined || to === undefined) report('needs from and to, or weekly');
        else if (to <= from) report('ends before it begins');
      })
      .transform(
        ({ name, from, to, weekly }): FreezeWindow => ({
          name,
          when:
            weekly === undefined
              ? { kind: 'once', from: from as number, to: to as number }
              : { kind: 'weekly', ...weekly },
        }),
      ),
  )
  .default([])
  .describe('Windows in which everything but deactivations waits.');

const people = z.int().min(1).optional();

export const budgetSchema = z
  .array(
    z
      .strictObject({
        name: nameValue
          .describe('Name, by which a person approves it.')
          .meta({ examples: ['reorganisation'] }),
        from: startValue.describe('Begin of the window: a date (from 00:00 UTC) or a time with its offset.'),
        to: momentValue.describe(
          'End of the window: a date (to its end, UTC) or a time with its offset. At most 7 days later.',
        ),
        guards: z
          .strictObject({
            deactivations: people.describe('People, as for guards.deactivations.').meta({ examples: [100] }),
            enterpriseRemovals: people
              .describe('People, as for guards.enterpriseRemovals.')
              .meta({ examples: [50] }),
            orgRoles: people.describe('People, as for guards.orgRoles.').meta({ examples: [400] }),
            perGroup: people
              .describe('People in each group or organization, as for guards.perGroup.')
              .meta({ examples: [200] }),
            grants: people.describe('People, as for guards.grants.').meta({ examples: [400] }),
            roleChanges: people.describe('People, as for guards.roleChanges.').meta({ examples: [400] }),
          })
          .refine((guards) => Object.keys(guards).length > 0, { error: 'must name at least one guard' })
          .describe('Guards, each with the people that it lets pass within 24 hours.'),
      })
      .superRefine(({ from, to }, context) => {
        const report = (message: string) => context.addIssue({ code: 'custom', path: ['to'], message });
        if (to <= from) report('is before from');
        else if (to - from > WEEK_MS) report('is more than 7 days after from');
      })
      .transform((budget): Budget => budget as Budget),
  )
  .default([])
  .describe(
    'Larger changes for one window, each in force once a person has approved it ahead (budget approve).',
  );

const WEEK_MS = 7 * 24 * 60 * 60 * 1000;
