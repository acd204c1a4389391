import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { together } from '../../src/lib/together.ts';

const never = () => new AbortController().signal;

test('the first failure stops the others, waits for them, and is the one that is thrown', async () => {
  const ended: string[] = [];
  const slow = async (signal: AbortSignal) => {
    await sleep(60_000, undefined, { signal }).catch(() => {});
    ended.push('slow');
    throw new Error('a failure that follows');
  };
  const failing = async () => {
    throw new Error('the first failure');
  };
  await expect(together(never(), [slow, failing])).rejects.toThrow('the first failure');
  expect(ended).toEqual(['slow']);
});

test('all done is done', async () => {
  const done: number[] = [];
  await together(
    never(),
    [1, 2, 3].map((task) => async () => {
      done.push(task);
    }),
  );
  expect(done.sort()).toEqual([1, 2, 3]);
});

test('an abort of the caller reaches every task, one that comes late too', async () => {
  const reasons: unknown[] = [];
  const task = async (signal: AbortSignal) => {
    await sleep(60_000, undefined, { signal }).catch(() => {});
    reasons.push((signal.reason as Error).message);
    signal.throwIfAborted();
  };
  await expect(together(AbortSignal.abort(new Error('shutdown')), [task, task])).rejects.toThrow('shutdown');
  expect(reasons).toEqual(['shutdown', 'shutdown']);
});
