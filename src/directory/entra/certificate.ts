/** The client certificate as it is configured: one PEM with the certificate and its private key. */
import { createPrivateKey, X509Certificate } from 'node:crypto';

/** Null when the PEM can be used to sign in; it is never quoted. */
export function certificateProblem(pem: string): string | null {
  let certificate: X509Certificate;
  try {
    certificate = new X509Certificate(pem);
  } catch {
    return 'holds no PEM certificate (-----BEGIN CERTIFICATE-----)';
  }
  try {
    const key = createPrivateKey(pem);
    if (key.asymmetricKeyType !== 'rsa')
      return `has a ${key.asymmetricKeyType} key; Entra's library signs with RSA keys only`;
    return certificate.checkPrivateKey(key)
      ? null
      : 'holds a private key that belongs to another certificate';
  } catch {
    return 'holds no PEM private key without a passphrase beside the certificate';
  }
}
