/** Configuration of the SCIM service that Devin is provisioned through. */
import { z } from 'zod';
import { unsafeUrl } from '../../lib/safe-url.ts';

const serviceUrl = z
  .string()
  .superRefine((text, context) => {
    const why = unsafeUrl(text);
    if (why !== null) context.addIssue({ code: 'custom', message: why });
    else if (/\/(users|groups)\/*$/i.test(text))
      context.addIssue({ code: 'custom', message: 'must be the part before /Users' });
  })
  .overwrite((text) => text.replace(/\/+$/, ''));

export const scimTargetOptions = z
  .strictObject({
    url: serviceUrl
      .describe('Base URL of the SCIM 2.0 service, the part before /Users, as the settings of Devin show it.')
      .meta({ examples: ['https://scim.devin.example/scim/v2'] }),
    token: z
      .string()
      // A line break in a header would make fetch quote the token in its error.
      .regex(/^[\x21-\x7e]+$/, { error: 'must be one line of visible ASCII characters', abort: true })
      .describe('Bearer token of the service. Better given as tokenFile.'),
    loginGroupSync: z
      .enum(['on', 'off'])
      .default('on')
      .describe(
        'Whether Devin syncs groups at sign-in as well. While it does, a membership reverts when its person signs in, and each plan says so. ' +
          "Say off once Devin's support has switched it off.",
      ),
    maxPerSecond: z
      .number()
      .gt(0)
      .max(1000)
      .default(10)
      .describe('Calls to the service in any second, reads and writes, over all replicas.'),
    pageSize: z
      .int()
      .min(2)
      .max(1000)
      .default(200)
      .describe('How many entries to ask for at once; the service may give fewer.'),
  })
  .describe(
    'The SCIM service of Devin, for rules with via: scim: users, and members of groups, are written through it.',
  );

export type ScimTargetOptions = z.output<typeof scimTargetOptions>;
