/** Reading back what we wrote: valid, or an error that names the key. */
import { z } from 'zod';
import { ConfigError } from '../../lib/errors.ts';

/** @throws ConfigError naming `key`; content that was lost or altered must not look like "nothing there". */
export function parseStored<T>(schema: z.ZodType<T>, text: string, key: string): T {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw damaged(key, 'it is not JSON', error);
  }
  const parsed = schema.safeParse(value);
  if (!parsed.success) throw damaged(key, z.prettifyError(parsed.error).replaceAll('\n', '; '), parsed.error);
  return parsed.data;
}

export function damaged(key: string, why: string, cause?: unknown): ConfigError {
  return new ConfigError(
    [
      `what Redis holds under ${key} cannot be read: ${why}. Restore it from a backup, or delete the key if ` +
        'losing it is acceptable; nothing was done',
    ],
    { cause },
  );
}

/** Turns "WRONGTYPE Operation against a key" into an error that says which key. */
export async function reading<T>(key: string, answer: Promise<T>): Promise<T> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof Error && error.message.startsWith('WRONGTYPE'))
      throw damaged(key, 'it is of another type', error);
    throw error;
  }
}
