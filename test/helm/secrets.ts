import { execFileSync } from 'node:child_process';
import { generateKeyPairSync, type KeyPairKeyObjectResult } from 'node:crypto';

let pair: KeyPairKeyObjectResult | undefined;

/** A private key as PEM, made once a process. */
export function privateKey(): string {
  pair ??= generateKeyPairSync('rsa', { modulusLength: 2048 });
  return pair.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
}

/** A certificate with its key, as one PEM; openssl makes it, because Node makes none. */
export function certificateWithKey(): string {
  const request = ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-subj', '/CN=idp-sync', '-days', '1'];
  return execFileSync('openssl', [...request, '-keyout', '-', '-out', '-'], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  });
}
