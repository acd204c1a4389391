/** A look at both sides on demand, shared: pages must not multiply the calls of a reading. */
import type { Turn } from '../actions/plan.ts';
import type { LoopDeps } from '../sync/run.ts';

export interface Looked {
  /** What the look was made with: the configuration in use when it began. */
  readonly loop: LoopDeps;
  readonly turn: Turn;
}

export type LookNow = () => Promise<Looked>;

/** Everybody who asks while a look is under way gets that one, unless another configuration is in use since it began. */
export function sharedLooks(current: () => LoopDeps, look: (loop: LoopDeps) => Promise<Turn>): LookNow {
  let underWay: { readonly loop: LoopDeps; readonly looked: Promise<Looked> } | null = null;
  const begin = async (loop: LoopDeps): Promise<Looked> => {
    try {
      return { loop, turn: await look(loop) };
    } finally {
      if (underWay?.loop === loop) underWay = null;
    }
  };
  return () => {
    const loop = current();
    if (underWay?.loop !== loop) underWay = { loop, looked: begin(loop) };
    return underWay.looked;
  };
}
