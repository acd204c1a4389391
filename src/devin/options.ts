import { z } from 'zod';
import { unsafeUrl } from '../lib/safe-url.ts';
import { scimTargetOptions } from './scim/options.ts';

/** A write whose answer is later than this is unknown; locks and shutdown are built on it. */
const LONGEST_WRITE_MS = 8_000;

const apiUrl = z
  .string()
  .superRefine((text, context) => {
    const why = unsafeUrl(text);
    if (why !== null) context.addIssue({ code: 'custom', message: why });
    else if (/\/v\d[^/]*\/*$/.test(text))
      context.addIssue({
        code: 'custom',
        message: `${JSON.stringify(text)} must not end with the API version; that is devin.prefix`,
      });
  })
  .overwrite((text) => text.replace(/\/+$/, ''));

const organization = z.strictObject({
  id: z.string().min(1).describe('Id as Devin shows it, such as org-abc123.'),
  name: z.string().min(1).describe('Name that rules use.'),
});

/** Each kind of key has the target that it can work. */
const APIS = ['v3', 'v2', 'organization'] as const;

const devinFields = z.strictObject({
  api: z
    .enum(APIS)
    .default('v3')
    .describe(
      'v3: a service user of the enterprise (cog_…). v2: the personal key of an administrator of the enterprise (apk_user_…), ' +
        'for enterprises without service users. organization: a service user of one organization (Teams plan), which can only look.',
    ),
  keyOwner: z
    .email()
    .toLowerCase()
    .optional()
    .describe('With api v2: the e-mail address of the person whose key it is. No plan ever touches them.')
    .meta({ examples: ['root@corp.example'] }),
  url: apiUrl
    .default('https://api.devin.ai')
    .describe('Base URL of the API; a dedicated deployment has its own host.'),
  prefix: z
    .enum(['/v3', '/v3beta1'])
    .default('/v3')
    .describe('Version of the API. /v3beta1 is for deployments that do not have /v3 yet.'),
  key: z
    .string()
    // A line break in a header would make fetch quote the key in its error.
    .regex(/^[\x21-\x7e]+$/, { error: 'must be one line of visible ASCII characters', abort: true })
    .describe(
      'Key of a service user (cog_…), or with api v2 a personal one (apk_user_…). Better given as keyFile.',
    ),
  organizations: z
    .array(organization)
    .min(1)
    .optional()
    .describe(
      'Used in place of listing the organizations, so that the key needs no ManageOrganizations permission. ' +
        'Organizations that are not named here appear by their id.',
    ),
  scim: scimTargetOptions.optional(),
  timeoutMs: z
    .int()
    .min(100)
    .max(LONGEST_WRITE_MS)
    .default(LONGEST_WRITE_MS)
    .describe('Milliseconds until a write without an answer counts as unknown and is read back.'),
  readTimeoutMs: z
    .int()
    .min(100)
    .max(300_000)
    .default(30_000)
    .describe('Milliseconds that one read may take.'),
  readRetries: z
    .int()
    .min(0)
    .max(10)
    .default(4)
    .describe('How often a failed read is tried again before the run ends.'),
  seatWords: z
    .array(z.string().min(1))
    .min(1)
    .default(['seat', 'license', 'licence'])
    .describe(
      'A refused invite (402, 409 or 422) that has one of these words, in any case, means that no seats are free: ' +
        'invites wait, everything else goes on.',
    ),
  maxWaitMs: z
    .int()
    .min(0)
    .max(3_600_000)
    .default(120_000)
    .describe('Longest wait in milliseconds that Devin may ask of a read; a longer one ends the run.'),
});

export const devinOptions = devinFields.superRefine(({ api, keyOwner, organizations }, context) => {
  const report = (key: 'keyOwner' | 'organizations', message: string) =>
    context.addIssue({ code: 'custom', path: [key], message });
  if (api === 'v2' && keyOwner === undefined)
    report('keyOwner', 'missing; with api: v2 it must be the address of the person whose key it is');
  if (api !== 'v2' && keyOwner !== undefined) report('keyOwner', 'is used with api: v2 only');
  if (api === 'organization' && organizations?.length !== 1)
    report(
      'organizations',
      'must name the one organization of the key, with its id, where api is organization',
    );
});

export type DevinOptions = z.output<typeof devinOptions>;

/** What a target is told beside its room of the configuration. */
export interface TargetOptions extends DevinOptions {
  /** Names or ids of the organizations that declare repositories. */
  readonly repositoriesOf?: readonly string[];
}
