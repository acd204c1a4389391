/** Configuration of the Okta connector. */
import { createPrivateKey } from 'node:crypto';
import * as z from 'zod';
import { endpointUrl, groupFilterOptions, timingOptions } from '../shared-options.ts';

export const OKTA_STATUSES = [
  'STAGED',
  'PROVISIONED',
  'ACTIVE',
  'RECOVERY',
  'PASSWORD_EXPIRED',
  'LOCKED_OUT',
  'SUSPENDED',
  'DEPROVISIONED',
] as const;

export type OktaStatus = (typeof OKTA_STATUSES)[number];

const oneLine = z.string().regex(/^[\x21-\x7e]+$/, 'must be one line without spaces');

const privateKey = z
  .strictObject({
    clientId: oneLine.describe('Client ID of the API Services application.'),
    key: z
      .string()
      .superRefine((value, context) => {
        const problem = keyProblem(value);
        if (problem !== null) context.addIssue({ code: 'custom', message: problem });
      })
      .describe('RSA private key of that application, as PEM or as a JWK in JSON.'),
    keyId: oneLine
      .optional()
      .describe('Key ID (kid), needed for a PEM key when the application has several keys.'),
    scopes: z
      .array(oneLine)
      .min(1)
      .optional()
      .describe(
        'OAuth scopes to ask for, where they shall differ from what this reading needs: okta.users.read and okta.groups.read, with app also okta.apps.read, with systemLog also okta.logs.read.',
      )
      .meta({ examples: [['okta.users.read', 'okta.groups.read']] }),
  })
  .describe(
    'Recommended sign-in: an API Services application with a private key (private_key_jwt, with or without DPoP) and the Read-only Administrator role.',
  );

const statuses = z
  .partialRecord(z.enum(OKTA_STATUSES), z.enum(['active', 'staged', 'suspended', 'deactivated']))
  .default({})
  .describe(
    'What an Okta status means, where it shall differ from the default: ACTIVE, PASSWORD_EXPIRED, LOCKED_OUT, RECOVERY and PROVISIONED are active; STAGED is staged (waits); SUSPENDED is suspended; DEPROVISIONED is deactivated.',
  );

const expression = z.string().trim().min(1).max(2000);

const groups = groupFilterOptions
  .unwrap()
  .extend({
    filter: expression
      .optional()
      .describe('Only groups that match this expression of Okta\'s filter, such as id eq "00g1".')
      .meta({ examples: ['type eq "OKTA_GROUP"'] }),
    search: expression
      .optional()
      .describe(
        "Only groups that match this expression of Okta's search, which knows more attributes and reads an index that lags behind. Not together with filter.",
      )
      .meta({ examples: ['profile.name sw "devin-"'] }),
  })
  .prefault({})
  .describe('Which groups are read. The choice is made before any membership is read, so it saves calls.');

const app = z
  .strictObject({
    id: z
      .string()
      .regex(/^0oa[A-Za-z0-9]+$/, "must be the application's id, which begins with 0oa")
      .describe("Id of the application: the part of its page's address that begins with 0oa.")
      .meta({ examples: ['0oa9z8y7x6w5v4u3t2s1'] }),
  })
  .describe(
    'Read only the people and groups that are assigned to this application, for example Devin. Needs the scope okta.apps.read. Without it everybody is read.',
  );

export const oktaOptions = z
  .strictObject({
    url: endpointUrl
      .refine((value) => !/-admin\.(okta|oktapreview|okta-emea|okta-gov)\.com/i.test(value), {
        message: 'is the admin console; use the org URL, which has no "-admin"',
      })
      .describe('URL of the Okta org, e.g. https://corp.okta.com.'),
    token: oneLine
      .optional()
      .describe('API token (SSWS). It has all rights of the administrator who made it and ends with them.'),
    privateKey: privateKey.optional(),
    app: app.optional(),
    groups,
    statuses,
    systemLog: z
      .boolean()
      .default(false)
      .describe(
        'Follow the System Log between two full readings, so that a user who was deleted while in no group is noticed at once. Needs the scope okta.logs.read; one more call a run.',
      ),
    rateShare: z
      .number()
      .min(0.05)
      .max(1)
      .default(0.5)
      .describe(
        'Share of the advertised Okta rate limit to use at most; the rest is left to other integrations.',
      ),
    ...timingOptions({ maxWaitMs: 65_000, concurrency: 6 }),
  })
  .refine((value) => (value.token === undefined) !== (value.privateKey === undefined), {
    message: 'needs exactly one of token and privateKey',
  })
  .refine(({ groups: { filter, search } }) => filter === undefined || search === undefined, {
    path: ['groups', 'search'],
    message: 'excludes filter: give one of the two',
  })
  .refine((value) => value.app === undefined || (!value.groups.filter && !value.groups.search), {
    path: ['groups'],
    message: 'filter and search choose among all groups; with app use include and exclude',
  })
  .refine((value) => value.app === undefined || !value.systemLog, {
    path: ['systemLog'],
    message: 'is of no use with app: everybody who is assigned is read each time',
  });

export type OktaOptions = z.output<typeof oktaOptions>;

/** The SDK signs with RSA only: an EC key would fail at the first sign-in with an unhelpful message. */
function keyProblem(value: string): string | null {
  try {
    const text = value.trim();
    const key = text.startsWith('{')
      ? createPrivateKey({ key: JSON.parse(text), format: 'jwk' })
      : createPrivateKey(text);
    return key.asymmetricKeyType === 'rsa'
      ? null
      : `is a ${key.asymmetricKeyType} key; Okta's SDK signs with RSA keys only`;
  } catch {
    return 'is neither a PEM private key without passphrase nor a private JWK in JSON';
  }
}
