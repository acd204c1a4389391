/** One sign-in for all parallel readers, one renewal for all whose token was refused at once, and which scopes to ask for. */
import type { Client } from '@okta/okta-sdk-nodejs';
import type { OktaOptions } from './options.ts';

/** The members of the SDK's OAuth helper that its types leave out. */
interface SdkOAuth {
  accessToken: { readonly access_token?: string; readonly token_type?: string } | null;
  isDPoP: boolean;
  getAccessToken(nonce?: string | null): Promise<NonNullable<SdkOAuth['accessToken']>>;
  clearCachedAccessToken(): void;
}

/** What the transport reports of an API call that was answered 401. */
export type OnRefused = (authorization: string) => void;

/** Changes the client's OAuth helper. @returns what to call with the `Authorization` of a refused call. */
export function shareSignIn(client: Client): OnRefused {
  const oauth = client.oauth as unknown as SdkOAuth;
  const signIn = oauth.getAccessToken.bind(oauth);
  let pending: ReturnType<typeof signIn> | null = null;
  oauth.getAccessToken = (nonce) => {
    // With a nonce it is the SDK's second step inside the pending first one.
    if (nonce) return signIn(nonce);
    pending ??= signIn()
      .then((token) => {
        // The SDK sends proofs only after a demand for a nonce; what counts is how the token was bound.
        oauth.isDPoP = token.token_type === 'DPoP';
        return token;
      })
      .finally(() => {
        pending = null;
      });
    return pending;
  };
  // The SDK would throw away whatever token there is, the fresh one of a parallel reader too.
  oauth.clearCachedAccessToken = () => {};
  return (authorization) => {
    const token = oauth.accessToken?.access_token;
    if (token === undefined || authorization.endsWith(` ${token}`)) oauth.accessToken = null;
  };
}

/** The scopes to ask for: as configured, else what this reading needs and no more. */
export function scopesOf(options: OktaOptions): readonly string[] {
  return options.privateKey?.scopes ?? neededScopes(options);
}

export function neededScopes(options: Pick<OktaOptions, 'app' | 'systemLog'>): readonly string[] {
  const scopes = ['okta.users.read', 'okta.groups.read'];
  if (options.app !== undefined) scopes.push('okta.apps.read');
  if (options.systemLog) scopes.push('okta.logs.read');
  return scopes;
}
