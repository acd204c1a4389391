/** What the configuration says about the HTTP server beside its address. */
import { z } from 'zod';

const tokenEntry = z.strictObject({
  name: z
    .string()
    .regex(/^[\w.@-]{1,64}$/, { error: 'must be 1 to 64 letters, digits and any of _ . @ -' })
    .describe('Who uses the token, as triggers and the journal name them.')
    .meta({ examples: ['oncall'] }),
  role: z
    .enum(['viewer', 'operator', 'approver'])
    .describe(
      'viewer reads; operator also asks for runs, pauses and resumes; approver also approves and rejects what is held.',
    )
    .meta({ examples: ['approver'] }),
  tokenFile: z
    .string()
    .min(1, { error: 'must be the path of a file' })
    .describe(
      'File with the token, or with sha256: and its SHA-256; one a line, so that an old and a new one can count side by side. Read again when it changes.',
    )
    .meta({ examples: ['/run/secrets/oncall-token'] }),
});

export const tokensOption = z
  .array(tokenEntry)
  .optional()
  .describe('Tokens of people and programs, each with what it may do.');

export const publicUrlOption = z
  .string()
  .refine((text) => /^https?:$/.test(URL.parse(text)?.protocol ?? ''), {
    error: 'must be a URL such as https://idp-sync.corp.example',
  })
  .optional()
  .describe(
    'Where people reach the review pages. With https:// the cookie of a login is sent over TLS only, also behind a proxy.',
  )
  .meta({ examples: ['https://idp-sync.corp.example'] });
