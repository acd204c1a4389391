/** The ways to prove who we are to Entra; configuration chooses one. */
import { readFile } from 'node:fs/promises';
import {
  ClientAssertionCredential,
  ClientCertificateCredential,
  ClientSecretCredential,
  type ClientSecretCredentialOptions,
  type TokenCredential,
} from '@azure/identity';
import { SourceReadError } from '../../lib/errors.ts';
import type { EntraOptions } from './options.ts';

export type HttpClient = NonNullable<ClientSecretCredentialOptions['httpClient']>;

export interface CredentialParts {
  readonly httpClient: HttpClient;
  /** The library wraps what goes wrong here; whoever signs in prefers our words. */
  readonly onFailure: (error: SourceReadError) => void;
  /** The platform's token as it is sent: a secret from then on. */
  readonly onAssertion: (assertion: string) => void;
}

export function credentialOf(options: EntraOptions, parts: CredentialParts): TokenCredential {
  const { tenantId, clientId, clientSecret, certificate, workloadIdentity } = options;
  const common = {
    // The library takes https only; the transport goes back to http for a loopback authority.
    authorityHost: new URL(options.authorityUrl).origin.replace(/^http:/, 'https:'),
    disableInstanceDiscovery: true,
    retryOptions: { maxRetries: 0 },
    httpClient: parts.httpClient,
  };
  if (certificate !== undefined)
    return new ClientCertificateCredential(tenantId, clientId, { certificate }, common);
  if (workloadIdentity !== undefined) {
    const assertion = () => readAssertion(workloadIdentity.tokenPath, parts);
    return new ClientAssertionCredential(tenantId, clientId, assertion, common);
  }
  // The schema lets one of the three through.
  return new ClientSecretCredential(tenantId, clientId, clientSecret as string, common);
}

/** Read at every sign-in: platforms renew the file, and a token that was kept too long is refused. */
async function readAssertion(file: string, parts: CredentialParts): Promise<string> {
  const text = await readFile(file, 'utf8').then(
    (content) => content.trim(),
    (error: NodeJS.ErrnoException) => error,
  );
  if (typeof text === 'string' && text !== '') {
    parts.onAssertion(text);
    return text;
  }
  const problem = typeof text === 'string' ? 'is empty' : `cannot be read (${text.code})`;
  const words = `Entra sign-in: the token file ${file} ${problem}. Check workloadIdentity.tokenPath and the projected volume; nothing is changed because of it.`;
  const failure = new SourceReadError(words);
  parts.onFailure(failure);
  throw failure;
}
