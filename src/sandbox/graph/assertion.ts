/** Client assertions (RFC 7523): a JWT signed with a registered certificate, or a token of a trusted platform. */
import { constants, createHash, verify, X509Certificate } from 'node:crypto';
import { tokenRefusal } from './errors.ts';

const BEARER = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';

export interface AppRegistration {
  readonly tenantId: string;
  readonly clientId: string;
  readonly clientSecret: string;
  readonly certificate?: string | undefined;
  readonly federatedToken?: (() => string) | undefined;
  /** What tokens say that the app may do. */
  readonly permissions?: readonly string[];
}

/** @throws Refusal 401 with the AADSTS code of what is wrong. */
export function checkAssertion(form: URLSearchParams, app: AppRegistration, now: number): void {
  if (form.get('client_assertion_type') !== BEARER)
    throw tokenRefusal(401, 'invalid_client', 50027, 'The client assertion type is not supported.');
  const assertion = form.get('client_assertion') ?? '';
  if (app.federatedToken !== undefined) {
    if (assertion === app.federatedToken()) return;
    throw tokenRefusal(401, 'invalid_client', 700024, 'Client assertion is not within its valid time range.');
  }
  checkSigned(assertion, app, now);
}

function checkSigned(assertion: string, app: AppRegistration, now: number): void {
  const [head = '', claims = '', signature = ''] = assertion.split('.');
  const header = parsed(head);
  const body = parsed(claims);
  if (app.certificate === undefined || !isSigned(`${head}.${claims}`, signature, header, app.certificate))
    throw tokenRefusal(
      401,
      'invalid_client',
      700027,
      'The certificate used to sign the assertion is not registered.',
    );
  const wanted = body.iss === app.clientId && body.sub === app.clientId;
  if (!wanted || !String(body.aud).includes(`/${app.tenantId}/`))
    throw tokenRefusal(401, 'invalid_client', 700021, 'Client assertion does not match the application.');
  if (typeof body.exp !== 'number' || body.exp * 1000 <= now || typeof body.jti !== 'string')
    throw tokenRefusal(401, 'invalid_client', 700024, 'Client assertion is not within its valid time range.');
}

function isSigned(text: string, signature: string, header: Record<string, unknown>, pem: string): boolean {
  const certificate = new X509Certificate(pem);
  const thumbprint = createHash('sha256').update(certificate.raw).digest('base64url');
  if (header['x5t#S256'] !== thumbprint) return false;
  const padding = header.alg === 'PS256' ? constants.RSA_PKCS1_PSS_PADDING : constants.RSA_PKCS1_PADDING;
  const key = { key: certificate.publicKey, padding, saltLength: constants.RSA_PSS_SALTLEN_DIGEST };
  return verify('sha256', Buffer.from(text), key, Buffer.from(signature, 'base64url'));
}

function parsed(part: string): Record<string, unknown> {
  try {
    return JSON.parse(Buffer.from(part, 'base64url').toString('utf8'));
  } catch {
    return {};
  }
}
