/** Regular expressions that somebody else wrote: tried out where they can be stopped, before they are trusted. */
import { setImmediate as breathe } from 'node:timers/promises';
import { createContext, Script } from 'node:vm';

/** A whole list of names takes a sound expression a few milliseconds; a bad one would take years. */
const LIMIT = { eachMs: 100, allMs: 1_000 };

const TRY = new Script('for (const name of names) expression.test(name);');

/** The first that does not get through the names in time; null: all do. The event loop turns between two. */
export async function slowPattern(
  patterns: Iterable<string>,
  names: readonly string[],
  { eachMs, allMs } = LIMIT,
): Promise<string | null> {
  const context = createContext({ names, expression: null });
  let left = allMs;
  for (const pattern of patterns) {
    await breathe();
    context.expression = new RegExp(`^(?:${pattern})$`);
    const from = performance.now();
    try {
      TRY.runInContext(context, { timeout: Math.ceil(Math.min(eachMs, Math.max(1, left))) });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ERR_SCRIPT_EXECUTION_TIMEOUT') throw error;
      return pattern;
    }
    left -= performance.now() - from;
  }
  return null;
}
