import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Change, Plan } from '../../src/core/model/change.ts';
import { anyWorld } from '../helpers/arbitrary-world.ts';
import { decidePart, standingOf } from '../helpers/part.ts';
import type { World } from '../helpers/world.ts';

const seed = Number(process.env.FAST_CHECK_SEED ?? 20261122);
const RUNS = { numRuns: process.env.CI === undefined ? 150 : 400, seed } as const;
const NAMES = ['ada', 'bob', 'cleo', 'dan', 'eve', 'fay', 'gus', 'hal'];

/** Everything about a change but the words of its reason: through which group somebody is in another is not read again. */
function told({ changes, residual, notices }: Plan): object {
  const plain = changes.map(({ reason: _reason, ...rest }: Change) => rest);
  return {
    changes: plain,
    residual,
    notices: notices.map(({ kind, subject }) => `${kind} ${subject}`).sort(),
  };
}

function whole(of: World, email: string): Plan {
  const first = of.decide(undefined, { user: email });
  return of.decide(of.ask(first.questions), { user: email }).plan;
}

test('a person alone gets exactly the changes that a reading of everything gives them at that moment', () => {
  let alone = 0;
  let turns = 0;
  fc.assert(
    fc.property(anyWorld, (of) => {
      const standing = standingOf(of);
      for (const name of NAMES) {
        const email = `${name}@corp.example`;
        const part = decidePart(of, standing, email);
        turns++;
        if (!('plan' in part) || part.doubt !== null) continue;
        alone++;
        expect(told(part.plan)).toEqual(told(whole(of, email)));
      }
    }),
    RUNS,
  );
  expect(alone).toBeGreaterThan(turns / 2);
});
