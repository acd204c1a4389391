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

const groups = z.array(z.string().min(1).max(256));

/** Microsoft's addresses that sign in people of any company. */
const ANYBODY = /^\/(common|organizations|consumers)(\/|$)/;

const issuerUrl = z
  .string()
  .refine((text) => isProvider(URL.parse(text)), {
    error: 'must be the https:// address of a login provider, without query',
  })
  .refine((text) => !ANYBODY.test(URL.parse(text)?.pathname ?? ''), {
    error: 'would let people of other companies log in: name your own tenant instead',
  });

/** Without TLS only on this machine. */
function isProvider(url: URL | null): boolean {
  if (url === null || url.search !== '' || url.hash !== '' || url.username !== '') return false;
  const here = /^(localhost|127\.[\d.]+|\[::1\])$/.test(url.hostname);
  return url.protocol === 'https:' || (url.protocol === 'http:' && here);
}

/** @param session a duration, as the configuration writes it. */
export function oidcOption<T extends z.ZodType>(session: T) {
  return z
    .strictObject({
      issuer: issuerUrl
        .describe('Address of the login provider, as it stands before /.well-known/openid-configuration.')
        .meta({ examples: ['https://corp.okta.com'] }),
      clientId: z
        .string()
        .min(1)
        .max(256)
        .describe('Id of this application at the provider.')
        .meta({ examples: ['0oa1b2c3d4'] }),
      clientSecret: z
        .string()
        .min(8, { error: 'must have at least 8 characters' })
        .describe('Secret of this application at the provider.'),
      clientAuth: z
        .enum(['post', 'basic'])
        .default('post')
        .describe('How the secret is sent: in the body (Okta and Entra take it), or as HTTP Basic.'),
      scopes: z
        .array(
          z.string().regex(/^[\x21\x23-\x5b\x5d-\x7e]{1,200}$/, { error: 'must be a scope such as groups' }),
        )
        .default(['openid', 'profile', 'email'])
        .describe('What is asked for. Okta needs groups as well; Entra does not know it.'),
      groupsClaim: z
        .string()
        .min(1)
        .max(200)
        .default('groups')
        .describe('Claim that lists the groups of a person, or their app roles. Entra: roles.'),
      roles: z
        .strictObject({
          viewer: groups.default([]).describe('Their members read.'),
          operator: groups.default([]).describe('Their members also ask for runs, pause and resume.'),
          approver: groups.default([]).describe('Their members also approve and reject what is held.'),
        })
        .refine(({ viewer, operator, approver }) => viewer.length + operator.length + approver.length > 0, {
          error: 'must name at least one group, or nobody could log in',
        })
        .describe(
          'Who may do what: groups exactly as the claim has them. Whoever is in several has the highest role.',
        )
        .meta({ examples: [{ viewer: ['idp-sync-viewers'], approver: ['idp-sync-approvers'] }] }),
      session: session.describe(
        'How long a login lasts. Then the provider is asked again, and who has lost a group there has lost the role here.',
      ),
    })
    .optional()
    .describe('Login to the review pages through OpenID Connect. Needs publicUrl.');
}

/** A login provider, as the server uses it. */
export interface OidcOptions {
  readonly issuer: string;
  readonly clientId: string;
  readonly clientSecret: string;
  readonly clientAuth: 'post' | 'basic';
  readonly scopes: readonly string[];
  readonly groupsClaim: string;
  readonly roles: Readonly<Record<'viewer' | 'operator' | 'approver', readonly string[]>>;
  readonly sessionMs: number;
  /** Where the provider sends people back to. */
  readonly callbackUrl: string;
}
const shared = z
  .string()
  .min(16, { error: 'must have at least 16 characters' })
  .regex(/^[\x21-\x7e]+$/, { error: 'must be one line without spaces' });

export const hooksOption = z
  .strictObject({
    okta: z
      .strictObject({
        secret: shared.describe(
          'What the event hook in Okta is told to send as the Authorization header. With it, /hooks/okta takes deliveries.',
        ),
      })
      .optional()
      .describe('Event hooks of Okta.'),
    entra: z
      .strictObject({
        clientState: shared
          .max(128, { error: 'must have at most 128 characters, which is the limit of Graph' })
          .describe(
            'What Graph sends back with each notification. With it, /hooks/graph takes notifications.',
          ),
        subscribe: z
          .boolean()
          .default(false)
          .describe(
            'Makes and renews the subscriptions of users and groups by itself. Needs publicUrl with https://, which Graph must reach, and for groups the permission Group.Read.All.',
          ),
      })
      .optional()
      .describe('Change notifications of Microsoft Graph.'),
    windowSeconds: z
      .int()
      .min(1)
      .max(300)
      .default(5)
      .describe('What arrives within this time becomes one run, or one for each of a few people.'),
  })
  .prefault({})
  .describe(
    'Where the directory says that something has changed. It only triggers runs; what it says is not believed.',
  );

export type HooksOptions = z.output<typeof hooksOption>;
