/** Configuration of what is told to people, and where. */
import { z } from 'zod';

/** What can be told. Each is told once, whichever replica notices it. */
export const EVENT_KINDS = [
  'held',
  'paused',
  'resumed',
  'failing',
  'recovered',
  'breaker',
  'expiring',
  'protected',
  'configuration',
  'silent',
] as const;

const address = z.string().refine((text) => /^https?:$/.test(URL.parse(text)?.protocol ?? ''), {
  error: 'must be a URL such as https://hooks.example.com/services/…',
});

const webhook = z
  .strictObject({
    name: z
      .string()
      .regex(/^[\w.-]{1,64}$/, { error: 'must be 1 to 64 letters, digits and any of _ . -' })
      .describe('How status, metrics and log name it.')
      .meta({ examples: ['oncall'] }),
    kind: z
      .enum(['slack', 'signed'])
      .describe(
        'slack: an incoming webhook of Slack, or of what understands its messages; signed: JSON with a signature in a header.',
      )
      .meta({ examples: ['slack'] }),
    url: address.describe(
      'Where messages are posted to. Whoever knows it can post there, so it counts as a secret.',
    ),
    secret: z
      .string()
      .min(16, { error: 'must have at least 16 characters' })
      .optional()
      .describe('Key of the signature (HMAC-SHA-256) of a signed webhook.'),
    events: z
      .array(z.enum(EVENT_KINDS))
      .min(1, { error: 'must name at least one' })
      .default([...EVENT_KINDS])
      .describe('What is told there.'),
  })
  .superRefine(({ kind, secret }, context) => {
    if (kind === 'signed' && secret === undefined)
      context.addIssue({ code: 'custom', message: 'needs secret or secretFile, because its kind is signed' });
    if (kind === 'slack' && secret !== undefined)
      context.addIssue({ code: 'custom', path: ['secret'], message: 'is only for the kind signed' });
  });

const end = z.strictObject({
  what: z
    .string()
    .min(1, { error: 'must not be empty' })
    .max(200)
    .describe('Which credential, in words.')
    .meta({ examples: ['client secret of the Entra app registration'] }),
  on: z
    .string()
    .regex(/^\d{4}-\d{2}-\d{2}$/, { error: 'must be a date such as 2027-03-01' })
    .refine((text) => !Number.isNaN(Date.parse(text)), { error: 'must be a day that there is' })
    .describe('Last day on which it works.')
    .meta({ examples: ['2027-03-01'] }),
});

export const notifyOptions = z
  .strictObject({
    webhooks: z
      .array(webhook)
      .optional()
      .describe(
        'Who is told. A webhook that does not answer stops no run; status, metrics and doctor show it.',
      ),
    failures: z
      .int()
      .min(1)
      .max(1000)
      .default(3)
      .describe(
        'Runs in a row that fail before it is told; again after twice as many, four times as many, and so on.',
      ),
    expiryDays: z
      .int()
      .min(1)
      .max(365)
      .default(30)
      .describe(
        'Days before the end of a credential at which it is told first; then 7, 3 and 1 day before, and at its end.',
      ),
    ends: z
      .array(end)
      .optional()
      .describe(
        'Ends of credentials that nobody can read. The end of the Devin key and of an Entra certificate is known without.',
      ),
  })
  .describe('Messages about what needs a person.');

type Given = z.output<typeof notifyOptions>;

/** With nothing left out. */
export type NotifyOptions = { readonly [Key in keyof Given]-?: NonNullable<Given[Key]> };
export type WebhookOptions = z.output<typeof webhook>;
