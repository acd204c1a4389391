/** What an answer of Graph or of the sign-in means to the administrator who has to act on it. */
import { SourceReadError } from '../../lib/errors.ts';
import { isPassing, type Outcome } from '../../lib/retry.ts';
import { answeredWords, commonAdvice, type Place, plain, readError } from '../read-error.ts';
import { graphError, tokenError } from './schema.ts';

/** An answer with its body parsed; `body` is undefined when it was not JSON. */
export interface GraphAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: unknown;
}

export interface GraphOutcome {
  readonly answer: GraphAnswer;
  readonly attempts: number;
}

/** Graph forgot what a link stands for: the list has to be read from its start, changes have to be read as a whole. */
export class ExpiredLinkError extends SourceReadError {}

/** Graph has a problem of its own, or cannot be reached: asking it for more would not help. */
export class GraphOutageError extends SourceReadError {}

const EXPIRED_LINK = new Set(['DirectoryPageTokenNotFoundException', 'Directory_ExpiredPageToken']);

export function saysNotFound(answer: GraphAnswer): boolean {
  return answer.status === 404 && errorOf(answer.body).code === 'Request_ResourceNotFound';
}

export function refusedError(place: Place, outcome: GraphOutcome): SourceReadError {
  const { answer, attempts } = outcome;
  const { code, message } = errorOf(answer.body);
  const detail = [code, message].filter(Boolean).map((word) => plain(String(word)));
  const advice = commonAdvice(answer) ?? adviceFor(answer.status, place.url);
  const error = readError(place, answeredWords(answer, attempts, detail.join(' ')), advice);
  if (isPassing(answer.status)) return new GraphOutageError(error.message);
  const expired = answer.status === 400 && code !== undefined && EXPIRED_LINK.has(code);
  return expired || refusesChanges(answer.status, place.url) ? new ExpiredLinkError(error.message) : error;
}

/** Graph words an unknown link to changes in many ways: 400, 404 and 410 were seen; 501 where it has no changes. */
function refusesChanges(status: number, url: string): boolean {
  return [400, 404, 410, 501].includes(status) && /\/(users|groups)\/delta[?(]/.test(url);
}

/** The application permission that a path needs. */
export function permissionOf(url: string): string {
  if (url.includes('/servicePrincipals')) return 'Application.Read.All';
  return url.includes('/groups') ? 'GroupMember.Read.All' : 'User.Read.All';
}

function adviceFor(status: number, url: string): string {
  if (status === 401)
    return 'Graph did not take the token: check that graphUrl and authorityUrl belong to the same cloud and that the app registration is active.';
  if (status === 403)
    return `Grant the application permission ${permissionOf(url)} to the app registration and give admin consent.`;
  if (status === 404 && url.includes('/servicePrincipals'))
    return 'There is no such enterprise application in this tenant: check application.appId (its application ID, not its object ID).';
  if (status === 404) return 'Check graphUrl in the configuration.';
  return 'Graph did not take the request as it was sent.';
}

const SIGN_IN_ADVICE: readonly (readonly [string, string])[] = [
  ['AADSTS7000215', 'Configure the value of the client secret, not its ID.'],
  ['AADSTS7000222', 'The client secret has expired: make a new one and configure its value.'],
  ['AADSTS700016', 'No application with this clientId is in this tenant: check both ids.'],
  [
    'AADSTS700027',
    'The certificate is not registered with the app registration: upload its public part there.',
  ],
  [
    'AADSTS700024',
    'The token in workloadIdentity.tokenPath has ended: check that the platform renews the file.',
  ],
  ['AADSTS700211', 'No federated credential trusts the issuer of the token: compare its issuer.'],
  ['AADSTS700213', 'No federated credential matches the token: compare issuer, subject and audience.'],
  ['AADSTS70021', 'No federated credential matches the token: compare issuer, subject and audience.'],
  ['AADSTS90002', 'There is no such tenant in this cloud: check tenantId and authorityUrl.'],
];

/** For a token endpoint that answered anything but a token. */
export function signInError(url: string, outcome: Outcome): SourceReadError {
  const { answer, attempts } = outcome;
  const body = tokenError.safeParse(jsonOf(answer.text)).data ?? {};
  // Entra appends trace ids and a time, each on a line of its own.
  const description = body.error_description?.split(/[\r\n]| Trace ID:/, 1)[0];
  const detail = [body.error, description].filter(Boolean).map((word) => plain(String(word)));
  const known = SIGN_IN_ADVICE.find(([code]) => body.error_description?.includes(`${code}:`));
  const advice =
    commonAdvice(answer) ?? known?.[1] ?? 'Check tenantId, clientId, the credential and authorityUrl.';
  return readError(signInPlace(url), answeredWords(answer, attempts, detail.join(' ')), advice);
}

export function signInPlace(url: string): Place {
  return { what: 'Entra sign-in', page: null, method: 'POST', url };
}

export function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function errorOf(body: unknown): { code?: string | undefined; message?: string | undefined } {
  return graphError.safeParse(body).data?.error ?? {};
}
