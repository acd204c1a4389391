import { expect, test } from 'vitest';
import type { Plan } from '../../src/core/model/change.ts';
import { complaintsOfEditions } from './oracle.ts';
import { freshSeed } from './random.ts';
import { world } from './world.ts';

/** The plan with every change that was let go so far: invites, and of the others those of which `part` of `of` is asked. */
function letGo(plan: Plan, part: number, of: number): Plan {
  const operations = plan.operations.filter(({ kind }, at) => kind === 'invite' || at % of < part);
  return { ...plan, operations };
}

test('a plan that is approved piece by piece, while replicas are killed', async () => {
  const seed = freshSeed();
  console.log(`seed ${seed}`);
  const at = await world({ seed, operations: 800, replicas: 3 });
  const pieces = 4;
  for (let piece = 1; piece <= pieces; piece++) {
    await at.queue.submit(letGo(at.plan, piece, pieces));
    // Long before it is through, so that old and new operations are in hand together.
    await at.reached(at.devin.state.effects.length + at.dice.between(5, 60));
    await at.killWriter();
  }
  const progress = await at.settle(180_000);
  expect(await complaintsOfEditions(at, progress), `seed ${seed}`).toEqual([]);
});
