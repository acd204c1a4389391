/** A provider that does not come any more: told to people, and never read as a removal. */
import type { ScimStanding } from '../../lib/scim/pushed.ts';

const HOUR_MS = 3_600_000;

export interface Silence {
  /** Epoch ms of the last sign of life: the same silence has the same one. */
  readonly since: number;
  readonly words: string;
}

/** @param limitMs null: a silence of any length is usual. */
export function silence(
  { pushedAt, seenAt }: Pick<ScimStanding, 'pushedAt' | 'seenAt'>,
  limitMs: number | null,
  now: number,
): Silence | null {
  const since = Math.max(pushedAt ?? 0, seenAt ?? 0);
  if (limitMs === null || since === 0 || now - since < limitMs) return null;
  const hours = Math.floor((now - since) / HOUR_MS);
  const words = `the provider has sent nothing for ${hours} hours (limit ${limitMs / HOUR_MS}): see whether provisioning is stopped or in quarantine there, and whether its token is still good. Nobody loses access because of it, and leavers keep theirs.`;
  return { since, words };
}
