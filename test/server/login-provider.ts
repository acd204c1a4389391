/** A real OpenID Connect provider (oidc-provider) on loopback, and somebody who logs in at it without a browser. */
import { generateKeyPairSync, randomUUID, sign } from 'node:crypto';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import Provider, { type Context } from 'oidc-provider';
import { onTestFinished, vi } from 'vitest';
import type { OidcOptions } from '../../src/server/options.ts';

const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
const KID = 'test-key';

/** Login name → groups; `null`: the provider says nothing about groups. */
const PEOPLE: Readonly<Record<string, readonly string[] | null>> = {
  vera: ['everyone', 'sync-viewers'],
  otto: ['sync-operators'],
  ada: ['sync-approvers', 'sync-viewers'],
  abe: ['sync-approvers'],
  amy: ['sync-approvers'],
  nora: ['everyone'],
  mute: null,
};

const SECRET = 'a-secret-of-the-client';
const CLIENT = 'idp-sync';

export interface TestProvider {
  readonly options: OidcOptions;
  /** Addresses of people may change; their ids do not. */
  readonly addresses: Map<string, string>;
  /** Changes what the token endpoint answers. */
  tamper(change: (body: Record<string, unknown>) => void): void;
  /** An id token with the provider's own signature. */
  idToken(claims: Readonly<Record<string, unknown>>): string;
  close(): Promise<void>;
}

/** @param appUrl where the application is. */
export async function startProvider(appUrl: string, more: Partial<OidcOptions> = {}): Promise<TestProvider> {
  let listener: RequestListener = (_request, response) => void response.end();
  const server = createServer((request, response) => listener(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const callbackUrl = `${appUrl}/login/callback`;
  const addresses = new Map<string, string>();
  // It warns that its store is for development, which is what this is.
  const warnings = vi.spyOn(console, 'warn').mockImplementation(() => {});
  const provider = new Provider(issuer, settings({ callbackUrl, appUrl, addresses }));
  warnings.mockRestore();
  let change = (_body: Record<string, unknown>): void => {};
  provider.use(async (context: Context, next) => {
    await next();
    if (context.oidc?.route === 'token') change(context.body as Record<string, unknown>);
  });
  listener = provider.callback();
  const close = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  onTestFinished(close);
  return {
    addresses,
    options: {
      issuer,
      clientId: CLIENT,
      clientSecret: SECRET,
      clientAuth: 'post',
      scopes: ['openid', 'profile', 'email', 'groups'],
      groupsClaim: 'groups',
      roles: { viewer: ['sync-viewers'], operator: ['sync-operators'], approver: ['sync-approvers'] },
      sessionMs: 3_600_000,
      callbackUrl,
      ...more,
    },
    tamper: (how) => {
      change = how;
    },
    idToken: (claims) => signed({ iss: issuer, aud: CLIENT, ...claims }),
    close,
  };
}

interface Wiring extends Pick<TestProvider, 'addresses'> {
  readonly callbackUrl: string;
  readonly appUrl: string;
}

const HOUR = 3600;
export const CODE_SECONDS = 60;

function settings({ callbackUrl, appUrl, addresses }: Wiring): object {
  const client = (id: string) => ({
    client_id: id,
    client_secret: SECRET,
    token_endpoint_auth_method: 'client_secret_post',
    redirect_uris: [callbackUrl],
    post_logout_redirect_uris: [`${appUrl}/login`],
  });
  return {
    clients: [client(CLIENT)],
    jwks: { keys: [{ ...privateKey.export({ format: 'jwk' }), kid: KID, alg: 'RS256', use: 'sig' }] },
    cookies: { keys: [randomUUID()] },
    scopes: ['openid', 'profile', 'email', 'groups'],
    claims: { openid: ['sub'], email: ['email'], groups: ['groups'] },
    ttl: {
      AuthorizationCode: CODE_SECONDS,
      AccessToken: HOUR,
      Grant: HOUR,
      IdToken: HOUR,
      Interaction: HOUR,
      Session: HOUR,
    },
    features: { devInteractions: { enabled: true }, rpInitiatedLogout: { enabled: true } },
    findAccount: (_context: unknown, id: string) => ({
      accountId: id,
      claims: () => {
        const groups = PEOPLE[id];
        return {
          sub: id,
          email: addresses.get(id) ?? `${id}@corp.example`,
          ...(groups == null ? {} : { groups }),
        };
      },
    }),
  };
}

function signed(claims: object): string {
  const now = Math.floor(Date.now() / 1000);
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const text = `${part({ alg: 'RS256', kid: KID })}.${part({ iat: now, exp: now + 300, ...claims })}`;
  return `${text}.${sign('sha256', Buffer.from(text), privateKey).toString('base64url')}`;
}

/** Keeps the cookies of each host, as a browser does, and follows no redirect by itself. */
export class Surfer {
  readonly #jars = new Map<string, Map<string, string>>();

  async ask(url: string, form?: Readonly<Record<string, string>>): Promise<Answer> {
    const { host } = new URL(url);
    const jar = this.#jars.get(host) ?? new Map<string, string>();
    this.#jars.set(host, jar);
    const cookie = [...jar].map(([name, value]) => `${name}=${value}`).join('; ');
    const answer = await fetch(url, {
      redirect: 'manual',
      headers: { cookie },
      ...(form === undefined ? {} : { method: 'POST', body: new URLSearchParams(form) }),
    });
    for (const line of answer.headers.getSetCookie()) {
      const [name = '', value = ''] = (line.split(';', 1)[0] ?? '').split(/=(.*)/s);
      if (value === '') jar.delete(name);
      else jar.set(name, value);
    }
    const next = answer.headers.get('location');
    return {
      status: answer.status,
      next: next === null ? null : new URL(next, url).href,
      text: await answer.text(),
      cookies: answer.headers.getSetCookie(),
    };
  }

  /** From the start of a login to the address with which the provider sends its person back. */
  async authorize(start: string, login: string): Promise<string> {
    let url = (await this.ask(start)).next ?? '';
    for (let step = 0; step < 12; step++) {
      const answer = await this.ask(url);
      const action = /<form[^>]* action="([^"]+)"/.exec(answer.text)?.[1];
      const prompt = /name="prompt" value="(\w+)"/.exec(answer.text)?.[1];
      const next =
        action === undefined || prompt === undefined
          ? answer.next
          : (await this.ask(new URL(action, url).href, { prompt, login, password: 'any' })).next;
      if (next === null) throw new Error(`${url} answered ${answer.status}: ${answer.text}`);
      if (next.includes('/login/callback')) return next;
      url = next;
    }
    throw new Error('the provider goes round in circles');
  }
}

export interface Answer {
  readonly status: number;
  readonly next: string | null;
  readonly text: string;
  readonly cookies: readonly string[];
}
