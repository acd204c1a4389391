/** Configuration of the SCIM connector. */
import * as z from 'zod';
import { endpointUrl, groupFilterOptions, timingOptions } from '../shared-options.ts';

const oneLine = z.string().regex(/^[\x21-\x7e]+$/, 'must be one line without spaces');
const expression = z.string().trim().min(1).max(2000);

const oauth = z
  .strictObject({
    tokenUrl: endpointUrl.describe('Token endpoint of the authorization server; it may be on another host.'),
    clientId: oneLine.describe('Client ID of the service account.'),
    clientSecret: oneLine.describe('Client secret of the service account.'),
    scopes: z.array(oneLine).default([]).describe('OAuth scopes to ask for; none are asked for by default.'),
    authentication: z
      .enum(['basic', 'post'])
      .default('basic')
      .describe(
        'Where the token endpoint expects the client secret: in the Authorization header (form-encoded, as RFC 6749 says), or in the form.',
      ),
  })
  .describe('Sign-in by OAuth client credentials.');

const groups = groupFilterOptions
  .unwrap()
  .extend({
    filter: expression
      .optional()
      .describe('Only groups that match this SCIM filter. The provider must say that it supports filters.')
      .meta({ examples: ['displayName sw "devin-"'] }),
  })
  .prefault({})
  .describe('Which groups are read. A chosen group brings the people of every group inside it.');

const users = z
  .strictObject({
    filter: expression
      .optional()
      .describe('Only users that match this SCIM filter. It must not leave out inactive users.')
      .meta({ examples: ['userType eq "Employee"'] }),
  })
  .prefault({})
  .describe('Which users are read; without a filter, all of them.');

export const scimOptions = z
  .strictObject({
    url: endpointUrl.describe('Base URL of the SCIM 2.0 service, the part before /Users.'),
    name: z
      .string()
      .regex(/^[\w.-]{1,64}$/, 'must be 1 to 64 letters, digits, dots, dashes or underscores')
      .optional()
      .describe('Name of this directory; state is bound to it. Default: the host and path of url.'),
    token: oneLine.optional().describe('Bearer token.'),
    oauth: oauth.optional(),
    users,
    groups,
    inactive: z
      .enum(['deactivated', 'suspended'])
      .default('deactivated')
      .describe(
        'What active: false means. SCIM has one word for both: a deactivated person loses everything at once, a suspended one may come back.',
      ),
    incremental: z
      .enum(['never', 'lastModified'])
      .default('never')
      .describe(
        'lastModified: between two full readings only what meta.lastModified names is read again. Only for a provider that keeps the promises in docs/setup-sources.md.',
      ),
    sortBy: z
      .enum(['id', 'userName', 'meta.created'])
      .optional()
      .describe(
        'Attribute to sort lists by, for a provider whose lists have no fixed order. userName sorts groups by displayName.',
      ),
    pageSize: z
      .int()
      .min(2)
      .max(1000)
      .default(200)
      .describe('How many entries to ask for at once; the provider may give fewer.'),
    ...timingOptions({ maxWaitMs: 65_000, concurrency: 4 }),
  })
  .refine((value) => (value.token === undefined) !== (value.oauth === undefined), {
    message: 'needs exactly one of token and oauth',
  });

export type ScimOptions = z.output<typeof scimOptions>;
