/** Who asks at the same time gets one look, and nobody gets one under a configuration that was in use before they asked. */
import { expect, test } from 'vitest';
import type { Turn } from '../../src/actions/plan.ts';
import { sharedLooks } from '../../src/compose/look-now.ts';
import type { LoopDeps } from '../../src/sync/run.ts';

const loopOf = (configHash: string) => ({ configHash }) as LoopDeps;

/** Looks that end when they are told to, in any order. */
function scripted() {
  const begun: { readonly loop: LoopDeps; end(): void; fail(): void }[] = [];
  const now = { loop: loopOf('first') };
  const lookNow = sharedLooks(
    () => now.loop,
    (loop) =>
      new Promise<Turn>((resolve, reject) => {
        begun.push({
          loop,
          end: () => resolve({ input: loop.configHash } as unknown as Turn),
          fail: () => reject(new Error('unreadable')),
        });
      }),
  );
  return { begun, now, lookNow };
}

test('two who ask at once get one look, and who asks after its end or its failure another one', async () => {
  const { begun, now, lookNow } = scripted();
  const [one, other] = [lookNow(), lookNow()];
  begun[0]?.end();
  expect(await one).toEqual({ loop: now.loop, turn: { input: 'first' } });
  expect(await other).toBe(await one);
  const third = lookNow();
  begun[1]?.fail();
  await expect(third).rejects.toThrow('unreadable');
  void lookNow();
  expect(begun).toHaveLength(3);
});

test('a look that began under the configuration before is not given to who asks under the next', async () => {
  const { begun, now, lookNow } = scripted();
  const before = lookNow();
  const first = now.loop;
  now.loop = loopOf('second');
  const after = lookNow();
  begun[0]?.end();
  expect(await before).toEqual({ loop: first, turn: { input: 'first' } });
  // The end of the older one has not ended the sharing of the newer one.
  expect(lookNow()).toBe(after);
  begun[1]?.end();
  expect(await after).toEqual({ loop: now.loop, turn: { input: 'second' } });
  expect(begun).toHaveLength(2);
});
