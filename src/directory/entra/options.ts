/** Configuration of the Microsoft Entra ID connector. */
import { isAbsolute } from 'node:path';
import * as z from 'zod';
import { endpointUrl, groupFilterOptions, timingOptions } from '../shared-options.ts';
import { certificateProblem } from './certificate.ts';
import { cloudProblem } from './clouds.ts';

const guid = z
  .string()
  .regex(
    /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i,
    'must be an id such as 11111111-2222-3333-4444-555555555555',
  );

/** Scheme, host and port only: Graph's version and the tenant are appended to it. */
const cloudUrl = endpointUrl.refine((value) => !URL.canParse(value) || new URL(value).pathname === '/', {
  message: 'must have no path',
});

const certificate = z
  .string()
  .superRefine((value, context) => {
    const problem = certificateProblem(value);
    if (problem !== null) context.addIssue({ code: 'custom', message: problem });
  })
  .describe(
    'PEM of a certificate registered with the app registration and of its RSA private key, one after the other.',
  );

const workloadIdentity = z
  .strictObject({
    tokenPath: z
      .string()
      .refine(isAbsolute, 'must be an absolute path')
      .describe('File with the token that the platform renews, e.g. a projected service account token.'),
  })
  .describe(
    'Sign-in without a stored secret: a federated credential of the app registration trusts tokens of your platform. The file is read again at every sign-in.',
  );

const application = z
  .strictObject({ appId: guid.describe('Application (client) ID of that enterprise application.') })
  .describe(
    'Reads who is assigned to an enterprise application instead of groups chosen by name: the assigned groups with their direct members (Entra gives nested members no access), and people assigned directly. Needs Application.Read.All as well.',
  );

const CREDENTIALS = ['clientSecret', 'certificate', 'workloadIdentity'] as const;

export const entraOptions = z
  .strictObject({
    tenantId: guid.describe(
      'Directory (tenant) ID: Entra admin center, Overview. A domain name will not do: it can change.',
    ),
    clientId: guid.describe('Application (client) ID of the app registration.'),
    clientSecret: z
      .string()
      .regex(/^[\x21-\x7e]+$/, 'must be one line without spaces')
      .optional()
      .describe('Value (not the ID) of a client secret of that app registration.'),
    certificate: certificate.optional(),
    workloadIdentity: workloadIdentity.optional(),
    graphUrl: cloudUrl
      .default('https://graph.microsoft.com')
      .describe(
        'Microsoft Graph, e.g. https://graph.microsoft.us or https://microsoftgraph.chinacloudapi.cn.',
      ),
    authorityUrl: cloudUrl
      .default('https://login.microsoftonline.com')
      .describe(
        'Sign-in of the same cloud, e.g. https://login.microsoftonline.us or https://login.chinacloudapi.cn.',
      ),
    application: application.optional(),
    groups: groupFilterOptions,
    securityGroupsOnly: z
      .boolean()
      .default(false)
      .describe('Leaves out distribution lists and other groups that are not security-enabled.'),
    guests: z
      .enum(['exclude', 'include'])
      .default('exclude')
      .describe('Whether guest users are people. A user without a type counts as a member.'),
    disabled: z
      .enum(['deactivated', 'suspended'])
      .default('deactivated')
      .describe(
        'What a disabled account (accountEnabled is false) means: Entra has one switch for leaving and for a pause.',
      ),
    email: z
      .array(z.enum(['mail', 'userPrincipalName']))
      .min(1)
      .default(['mail', 'userPrincipalName'])
      .describe(
        "Where a person's e-mail address is taken from, first match. A user principal name counts only when it is an address of your own: not with #EXT# and not at onmicrosoft.com.",
      ),
    ...timingOptions({ maxWaitMs: 180_000, concurrency: 4 }),
  })
  .superRefine((value, context) => {
    const given = CREDENTIALS.filter((key) => value[key] !== undefined);
    if (given.length !== 1) {
      const found = given.length === 0 ? 'none is given' : `${given.join(' and ')} are given`;
      const message = `needs exactly one of clientSecret, certificate and workloadIdentity; ${found}`;
      context.addIssue({ code: 'custom', message });
    }
    const problem = cloudProblem(value.graphUrl, value.authorityUrl);
    if (problem !== null) context.addIssue({ code: 'custom', path: ['authorityUrl'], message: problem });
  });

export type EntraOptions = z.output<typeof entraOptions>;

/** What may not be printed. */
export function secretsOf(options: EntraOptions): string[] {
  return [options.clientSecret, options.certificate].filter((secret) => secret !== undefined);
}
