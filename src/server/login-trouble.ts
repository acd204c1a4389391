/** Why a login through a provider did not happen: words for the person, and others for the log. */
import { AuthorizationResponseError, ClientError, ResponseBodyError } from 'openid-client';
import { errorText } from '../lib/errors.ts';

export class ProviderTrouble extends Error {
  override readonly name = 'ProviderTrouble';
  readonly status: 400 | 401 | 403 | 502;
  /** For the log: may quote the provider, never a token. */
  readonly detail: string;

  /** @param message for the person who logs in. */
  constructor(status: ProviderTrouble['status'], message: string, detail: string, cause?: unknown) {
    super(message, { cause });
    this.status = status;
    this.detail = detail;
  }
}

/** Of any error between the way back from the provider and the checked id token. */
export function loginTrouble(error: unknown): ProviderTrouble {
  if (error instanceof ProviderTrouble) return error;
  if (error instanceof AuthorizationResponseError) {
    const { error: code, error_description: words } = error;
    return new ProviderTrouble(
      401,
      `The provider refused the login: ${short(code)}.`,
      said(code, words),
      error,
    );
  }
  if (error instanceof ResponseBodyError) {
    const { error: code, error_description: words } = error;
    const message =
      code === 'invalid_grant'
        ? 'The login took too long, or was used already. Log in again.'
        : `The provider did not complete the login: ${short(code)}.`;
    return new ProviderTrouble(401, message, said(code, words), error);
  }
  const detail = errorText(error);
  if (unreachable(error)) {
    return new ProviderTrouble(
      502,
      'The login provider does not answer. Try again in a minute.',
      detail,
      error,
    );
  }
  const message =
    'The answer of the provider is not what this login asked for, so it does not count. Log in again; the log of the daemon has the reason.';
  return new ProviderTrouble(401, message, detail, error);
}

function unreachable(error: unknown): boolean {
  if (error instanceof ClientError && error.code === 'OAUTH_TIMEOUT') return true;
  if (error instanceof Response) return error.status >= 500;
  if (error instanceof ClientError && error.cause !== undefined) return unreachable(error.cause);
  // What fetch throws when nothing answers.
  return error instanceof TypeError && error.message === 'fetch failed';
}

/** Codes are a few words of ASCII; anything else is not repeated. */
function short(code: string): string {
  return /^[\w.-]{1,60}$/.test(code) ? code : 'no reason that can be shown';
}

function said(code: string, words: string | undefined): string {
  return `${code}: ${words ?? 'no description'}`.slice(0, 500);
}
