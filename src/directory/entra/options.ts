/** Configuration of the Microsoft Entra ID connector. */
import * as z from 'zod';
import { endpointUrl, groupFilterOptions, timingOptions } from '../shared-options.ts';

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

export const entraOptions = z.strictObject({
  tenantId: guid.describe(
    'Directory (tenant) ID: Entra admin center, Overview. A domain name will not do: it can change.',
  ),
  clientId: guid.describe('Application (client) ID of the app registration.'),
  clientSecret: z
    .string()
    .regex(/^[\x21-\x7e]+$/, 'must be one line without spaces')
    .describe('Value (not the ID) of a client secret of that app registration.'),
  graphUrl: cloudUrl
    .default('https://graph.microsoft.com')
    .describe('Microsoft Graph, e.g. https://graph.microsoft.us or https://microsoftgraph.chinacloudapi.cn.'),
  authorityUrl: cloudUrl
    .default('https://login.microsoftonline.com')
    .describe(
      'Sign-in of the same cloud, e.g. https://login.microsoftonline.us or https://login.chinacloudapi.cn.',
    ),
  groups: groupFilterOptions,
  guests: z
    .enum(['exclude', 'include'])
    .default('exclude')
    .describe(
      'Whether guest users are people. A user without a type counts as a member. A user whose account is disabled (accountEnabled is false) counts as deactivated: Entra has no other switch for it.',
    ),
  email: z
    .array(z.enum(['mail', 'userPrincipalName']))
    .min(1)
    .default(['mail', 'userPrincipalName'])
    .describe(
      "Where a person's e-mail address is taken from, first match. A user principal name counts only when it is an address of your own: not with #EXT# and not at onmicrosoft.com.",
    ),
  ...timingOptions({ maxWaitMs: 180_000, concurrency: 4 }),
});

export type EntraOptions = z.output<typeof entraOptions>;
