/** How long a comparison takes must tell nothing: every token is compared, whole, whichever fits. */
import { hash } from 'node:crypto';
import { expect, test, vi } from 'vitest';

const compared = vi.hoisted(() => [] as [string, string][]);

vi.mock('node:crypto', async (original) => {
  const real = await original<typeof import('node:crypto')>();
  return {
    ...real,
    timingSafeEqual: (one: Buffer, other: Buffer) => {
      compared.push([one.toString('hex'), other.toString('hex')]);
      return real.timingSafeEqual(one, other);
    },
  };
});

const { tokenOf } = await import('../../src/server/auth.ts');

const SECRETS = ['the-first-of-the-tokens', 'the-second-of-the-tokens', 'the-third-of-the-tokens'];
const TOKENS = SECRETS.map((secret, at) => ({
  name: `t${at}`,
  role: 'viewer' as const,
  hash: hash('sha256', secret),
}));

test.each([...SECRETS, 'none-of-them', ''])('"%s" is compared with every token by its digest', (secret) => {
  compared.length = 0;
  const found = tokenOf(secret, TOKENS);
  expect(found?.name ?? null).toBe(TOKENS[SECRETS.indexOf(secret)]?.name ?? null);
  expect(compared).toEqual(TOKENS.map((token) => [token.hash, hash('sha256', secret)]));
});
