/** Whether somebody is gone, by the provider's own count. */
import type { Intake } from './intake.ts';
import { DoubtError } from './stamps.ts';

/**
 * The count is asked for first, so that nobody who was created later can stand for somebody who was deleted: what is
 * known and what has come since is never less than what was counted, and as many only where nobody is gone.
 */
export async function countFirst(
  intake: Intake,
  path: '/Users' | '/Groups',
  signal: AbortSignal,
): Promise<(known: number) => void> {
  const total = await intake.countAll(path, signal);
  const kind = path === '/Users' ? 'users' : 'groups';
  if (total === null) throw new DoubtError(`the provider does not count its ${kind}`);
  return (known) => {
    if (total !== known)
      throw new DoubtError(`the provider counts ${total} ${kind} where ${known} are known: some are gone`);
  };
}
