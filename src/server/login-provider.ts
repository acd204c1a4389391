/** Login through an OpenID Connect provider: authorization code with PKCE, state and nonce (openid-client). */
import {
  allowInsecureRequests,
  authorizationCodeGrant,
  buildAuthorizationUrl,
  buildEndSessionUrl,
  ClientSecretBasic,
  ClientSecretPost,
  type Configuration,
  calculatePKCECodeChallenge,
  discovery,
  enableNonRepudiationChecks,
  fetchUserInfo,
  randomNonce,
  randomPKCECodeVerifier,
  randomState,
} from 'openid-client';
import { errorText } from '../lib/errors.ts';
import type { Finding } from '../lib/reading.ts';
import { loginTrouble, ProviderTrouble } from './login-trouble.ts';
import type { OidcOptions } from './options.ts';

/** A login under way, kept in the session of the browser that began it. */
export interface PendingLogin {
  readonly state: string;
  readonly nonce: string;
  readonly verifier: string;
}

/** Somebody whom the provider has vouched for. */
export interface ProviderPerson {
  /** The provider's own id of the person: never given to somebody else. */
  readonly subject: string;
  /** Address, for people to read. */
  readonly name: string;
  readonly groups: readonly string[];
  readonly idToken: string;
}

export interface LoginProvider {
  /** @throws ProviderTrouble when the provider cannot be reached. */
  begin(options: OidcOptions): Promise<{ readonly url: string; readonly pending: PendingLogin }>;
  /**
   * @param query of the address to which the provider sent the person back.
   * @throws ProviderTrouble
   */
  finish(options: OidcOptions, query: string, pending: PendingLogin): Promise<ProviderPerson>;
  /** Where the login at the provider itself is ended; null: nowhere. */
  endUrl(options: OidcOptions, idToken: string): Promise<string | null>;
}

const TIMEOUT_SECONDS = 10;
/** Addresses and methods of a provider change rarely; its keys are looked after by the library. */
const DISCOVERED_MS = 3_600_000;

/** Asks for the provider's metadata at the first login, and again when the options changed or an hour has passed. */
export function openLoginProvider(clock: () => number = Date.now): LoginProvider {
  let known: { readonly of: string; readonly at: number; readonly found: Promise<Configuration> } | null =
    null;
  const configuration = async (options: OidcOptions): Promise<Configuration> => {
    const of = JSON.stringify(options);
    if (known === null || known.of !== of || clock() - known.at > DISCOVERED_MS) {
      known = { of, at: clock(), found: discover(options) };
    }
    const mine = known;
    try {
      return await mine.found;
    } catch (error) {
      if (known === mine) known = null;
      throw new ProviderTrouble(
        502,
        UNREACHABLE,
        `discovery of ${options.issuer}: ${errorText(error)}`,
        error,
      );
    }
  };
  return {
    begin: async (options) => begin(await configuration(options), options),
    finish: async (options, query, pending) => {
      const provider = await configuration(options);
      try {
        return await finish(provider, options, query, pending);
      } catch (error) {
        throw loginTrouble(error);
      }
    },
    endUrl: async (options, idToken) => {
      const provider = await configuration(options).catch(() => null);
      if (provider?.serverMetadata().end_session_endpoint === undefined) return null;
      const back = new URL('/login', options.callbackUrl).href;
      return buildEndSessionUrl(provider, { post_logout_redirect_uri: back, id_token_hint: idToken }).href;
    },
  };
}

/** What `doctor` says about it: the address answers as the provider that it claims to be, and can do what a login needs. */
export async function checkLoginProvider(options: OidcOptions): Promise<readonly Finding[]> {
  const found = (await discover(options)).serverMetadata();
  const detail = `answers; people are sent back to ${options.callbackUrl}, which must be registered there`;
  const findings: Finding[] = [{ level: 'ok', what: options.issuer, detail }];
  const unknown = options.scopes.filter((scope) => found.scopes_supported?.includes(scope) === false);
  if (unknown.length > 0) {
    const words = `the provider does not list ${unknown.join(', ')}; without groups nobody gets a role`;
    findings.push({ level: 'advice', what: 'Scopes', detail: words });
  }
  if (found.end_session_endpoint === undefined) {
    const words = 'the provider offers no logout: "Log out" ends the session here only';
    findings.push({ level: 'advice', what: 'Logout', detail: words });
  }
  return findings;
}

const UNREACHABLE = 'The login provider cannot be reached. Try again in a minute, or log in with a token.';

async function discover(options: OidcOptions): Promise<Configuration> {
  const issuer = new URL(options.issuer);
  const auth = options.clientAuth === 'post' ? ClientSecretPost : ClientSecretBasic;
  // The configuration lets only a provider on this machine be without TLS.
  const plain = issuer.protocol === 'http:' ? [allowInsecureRequests] : [];
  return discovery(issuer, options.clientId, {}, auth(options.clientSecret), {
    timeout: TIMEOUT_SECONDS,
    // The specification lets TLS stand in for the signature of the id token; this checks it all the same.
    execute: [...plain, enableNonRepudiationChecks],
  });
}

async function begin(provider: Configuration, { callbackUrl, scopes }: OidcOptions) {
  const pending: PendingLogin = {
    state: randomState(),
    nonce: randomNonce(),
    verifier: randomPKCECodeVerifier(),
  };
  const url = buildAuthorizationUrl(provider, {
    redirect_uri: callbackUrl,
    scope: scopes.join(' '),
    state: pending.state,
    nonce: pending.nonce,
    code_challenge: await calculatePKCECodeChallenge(pending.verifier),
    code_challenge_method: 'S256',
  });
  return { url: url.href, pending };
}

async function finish(
  provider: Configuration,
  { callbackUrl, groupsClaim }: OidcOptions,
  query: string,
  { state, nonce, verifier }: PendingLogin,
): Promise<ProviderPerson> {
  const back = new URL(callbackUrl);
  back.search = query;
  const answer = await authorizationCodeGrant(provider, back, {
    expectedState: state,
    expectedNonce: nonce,
    pkceCodeVerifier: verifier,
    idTokenExpected: true,
  });
  const idClaims = answer.claims();
  const idToken = answer.id_token;
  if (idClaims === undefined || idToken === undefined) throw new Error('the provider gave no id token');
  // Providers keep an id token small: what is not in it stands at the userinfo endpoint.
  const complete =
    idClaims[groupsClaim] !== undefined || provider.serverMetadata().userinfo_endpoint === undefined;
  const claims = complete
    ? idClaims
    : { ...(await fetchUserInfo(provider, answer.access_token, idClaims.sub)), ...idClaims };
  const groups = groupsIn(claims, groupsClaim);
  const name = nameIn(claims);
  if (groups === null) throw noGroups(name, claims, groupsClaim);
  return { subject: idClaims.sub, name, groups, idToken };
}

type Claims = Readonly<Record<string, unknown>>;

/** null: the claim is not there, which is not the same as an empty list. */
function groupsIn(claims: Claims, claim: string): string[] | null {
  const value = claims[claim];
  if (typeof value === 'string') return [value];
  if (!Array.isArray(value)) return null;
  return value.filter((one): one is string => typeof one === 'string');
}

/** One word without control characters, because it ends in triggers, logs and the journal. */
const NAME = /^[^\p{Cc}\p{Cf}\s]{1,320}$/u;

/** An address that the provider itself says was never checked is nobody's name. */
function nameIn(claims: Claims): string {
  const names = [
    claims.email_verified === false ? null : claims.email,
    claims.preferred_username,
    claims.upn,
  ];
  const name = [...names, claims.sub].find((one) => typeof one === 'string' && NAME.test(one));
  if (typeof name === 'string') return name;
  throw new ProviderTrouble(
    401,
    'The provider gave no address and no id that can be shown.',
    'no usable name',
  );
}

function noGroups(name: string, claims: Claims, claim: string): ProviderTrouble {
  const names = claims._claim_names;
  const elsewhere = typeof names === 'object' && names !== null && claim in names;
  const why = elsewhere
    ? `${name} is in more groups than the provider puts into a token. Use app roles, or only the groups that are assigned to the application.`
    : `The provider said nothing about groups of ${name}: it sends no claim "${claim}". An administrator has to add it there.`;
  return new ProviderTrouble(403, why, `no claim ${claim} for ${name}`);
}
