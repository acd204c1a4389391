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

export const DEFAULT_SCOPES = ['okta.users.read', 'okta.groups.read'] as const;

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
      .default([...DEFAULT_SCOPES])
      .describe('OAuth scopes to ask for; these two are all that reading needs.'),
  })
  .describe(
    'Recommended sign-in: an API Services application with a private key (private_key_jwt, DPoP off) and the Read-only Administrator role.',
  );

const statuses = z
  .partialRecord(z.enum(OKTA_STATUSES), z.enum(['active', 'staged', 'suspended', 'deactivated']))
  .default({})
  .describe(
    'What an Okta status means, where it shall differ from the default: ACTIVE, PASSWORD_EXPIRED, LOCKED_OUT, RECOVERY and PROVISIONED are active; STAGED is staged (waits); SUSPENDED is suspended; DEPROVISIONED is deactivated.',
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
    groups: groupFilterOptions,
    statuses,
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
