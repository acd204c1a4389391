/** Configuration of a directory that is pushed to us over SCIM. */
import * as z from 'zod';
import { groupFilterOptions } from '../shared-options.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

export const scimPushOptions = z.strictObject({
  name: z
    .string()
    .regex(/^[a-z0-9][a-z0-9-]{0,31}$/, 'must be up to 32 small letters, digits and dashes')
    .describe(
      'Last part of the address that the provider is given: /scim/v2/<name>. State is bound to it, so it stays when the rest changes.',
    ),
  tokenFile: z
    .string()
    .min(1, 'must be the path of a file')
    .describe(
      'File with the bearer token of the provider, or with sha256: and its SHA-256; one a line, so that an old and a new one can count side by side. Read again when it changes.',
    ),
  provider: z
    .enum(['okta', 'entra', 'other'])
    .default('other')
    .describe('Who pushes. It decides nothing but how long a silence is usual.'),
  personId: z
    .enum(['id', 'externalId'])
    .default('id')
    .describe(
      'What a person is known by. id: what this daemon gave when they were pushed; it is another one after a DELETE and a new push. externalId: what the provider sends; it must send it for everybody, each once, and never change it.',
    ),
  trustDeactivation: z
    .boolean()
    .default(false)
    .describe(
      'Whether active: false and DELETE mean that the account is deactivated. Providers send both also for people who are only unassigned from the application, so without it such people count as in no group (out of scope), and removed ones as vanished.',
    ),
  groups: groupFilterOptions,
  settleMinutes: z
    .int()
    .min(0)
    .max(1440)
    .default(10)
    .describe(
      'The first push counts as complete, and is read, once people and groups are there and nothing came for so long.',
    ),
  staleAfterHours: z
    .int()
    .min(0)
    .max(8760)
    .optional()
    .describe(
      'After so long without any request the provider counts as silent, which is told and changes nothing else. 0: never. Default: 72 for entra, else 0, because others come only when something changes.',
    ),
  requestsPerSecond: z
    .int()
    .min(1)
    .max(1000)
    .default(100)
    .describe('Requests of this provider that each replica takes in a second; more are told to wait (429).'),
  maxResources: z
    .int()
    .min(1)
    .max(5_000_000)
    .default(200_000)
    .describe('Users and groups that may be pushed; they live in Redis, at 1 to 2 kilobytes each.'),
});

export type ScimPushOptions = z.output<typeof scimPushOptions>;

/** Members of one group, which Lua handles in one go, and bytes of one resource. */
export const SCIM_PUSH_LIMITS = { maxMembers: 200_000, maxBytes: 64 * 1024 };

export function settleMs({ settleMinutes }: ScimPushOptions): number {
  return settleMinutes * MINUTE_MS;
}

/** Entra runs every 40 minutes, yet comes only when something has changed: a long weekend is usual. null: never. */
export function staleAfterMs({ provider, staleAfterHours }: ScimPushOptions): number | null {
  const hours = staleAfterHours ?? (provider === 'entra' ? 72 : 0);
  return hours === 0 ? null : hours * HOUR_MS;
}
