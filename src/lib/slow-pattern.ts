/** Regular expressions that somebody else wrote: tried out where they can be stopped, before they are trusted. */
import { setImmediate as breathe } from 'node:timers/promises';
import { type Context, createContext, Script } from 'node:vm';

/** A whole list of names takes a sound expression a few milliseconds; a bad one would take years. */
const LIMIT = { eachMs: 100, allMs: 1_000 };

const TRY = new Script('for (const name of names) expression.test(name);');

/** Time that this thread has worked, in ms: on a busy machine a sound expression waits longer than it takes. */
function workedMs(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1000;
}

/**
 * The first that does not get through the names in time; null: all do. The event loop turns between two.
 * @param meter ms of work so far
 */
export async function slowPattern(
  patterns: Iterable<string>,
  names: readonly string[],
  { eachMs, allMs } = LIMIT,
  meter = workedMs,
): Promise<string | null> {
  const context = createContext({ names, expression: null });
  let left = allMs;
  for (const pattern of patterns) {
    await breathe();
    context.expression = new RegExp(`^(?:${pattern})$`);
    const from = meter();
    const limit = Math.ceil(Math.min(eachMs, Math.max(1, left)));
    while (!endsWithin(context, limit)) if (meter() - from >= limit) return pattern;
    left -= meter() - from;
  }
  return null;
}

function endsWithin(context: Context, timeout: number): boolean {
  try {
    TRY.runInContext(context, { timeout });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ERR_SCRIPT_EXECUTION_TIMEOUT') throw error;
    return false;
  }
}
