/** Where people and groups are read from: one source, or several that are merged. */
import { z } from 'zod';
import { entraOptions, fileOptions, oktaOptions, scimOptions, scimPushOptions } from './rooms.ts';
import { domainValue, durationValue } from './values.ts';

const DAY_MS = 86_400_000;

const kinds = {
  okta: oktaOptions
    .optional()
    .describe(
      'Okta, by an API token or by an API Services application: exactly one of token and privateKey.',
    ),
  entra: entraOptions.optional().describe('Microsoft Entra ID, by an app registration.'),
  scim: scimOptions
    .optional()
    .describe(
      'Any SCIM 2.0 service provider, by a bearer token or by OAuth: exactly one of token and oauth.',
    ),
  scimPush: scimPushOptions
    .optional()
    .describe(
      'A provider that pushes people and groups to this daemon over SCIM 2.0 (docs/setup-scim.md). Only a daemon can receive it.',
    ),
  file: fileOptions
    .optional()
    .describe(
      'A YAML or JSON file or a folder of CSV files, for trying things out and for directories without an API.',
    ),
};

const namedSource = z.strictObject({
  name: z
    .string()
    .regex(/^[a-z0-9][a-z0-9-]{0,31}$/, { error: 'must be up to 32 small letters, digits and dashes' })
    .describe(
      'Name of this source. It begins the id of everybody in it (name/id), so it stays when the rest changes.',
    )
    .meta({ examples: ['headquarters'] }),
  domains: z
    .array(domainValue)
    .prefault([])
    .describe('Mail domains for which this source decides, wherever else the person is listed.')
    .meta({ examples: [['corp.example']] }),
  ...kinds,
});

export const directorySchema = z
  .strictObject({
    ...kinds,
    sources: z
      .array(namedSource)
      .min(1, { error: 'must have at least one source' })
      .optional()
      .describe(
        'Several directories read as one, the first in the list before the second. People with one e-mail address in several sources are one person. A source that cannot be read leaves its own people and groups as they are.',
      ),
    authority: z
      .enum(['order', 'none'])
      .default('order')
      .describe(
        'Who decides about a person in several sources where no source names the mail domain. order: the source that is listed first. none: whoever disables the account.',
      ),
    fullEvery: durationValue
      .prefault('24h')
      .refine((ms) => ms <= DAY_MS, { error: 'must be 24h or less' })
      .describe(
        'Turns in between read only what changed; after this time everything is read again. 0s: everything, each turn.',
      ),
  })
  .describe(
    'Where people and groups are read from: exactly one of okta, entra, scim, scimPush, file, sources.',
  );
