import type { Finding } from '../lib/reading.ts';
import { redact } from '../lib/redact.ts';
import { asReadError, type Reading } from './read-error.ts';

/** Runs a reading so that whatever it throws reaches the caller as a SourceReadError without secrets. */
export async function guarded<T>(reading: Reading, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw asReadError(error, reading);
  }
}

export function withoutSecrets(findings: readonly Finding[], secrets: readonly string[]): Finding[] {
  return findings.map((finding) => ({ ...finding, detail: redact(finding.detail, secrets) }));
}
