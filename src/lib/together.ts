/**
 * Runs tasks side by side as one whole: the first failure stops the others, all are waited for, and that first
 * failure is thrown. Nothing stays in flight behind the caller's back.
 */
export async function together(
  signal: AbortSignal,
  tasks: readonly ((signal: AbortSignal) => Promise<unknown>)[],
): Promise<void> {
  const stop = new AbortController();
  const onAbort = () => stop.abort(signal.reason);
  if (signal.aborted) onAbort();
  signal.addEventListener('abort', onAbort, { once: true });
  const failures: unknown[] = [];
  async function run(task: (signal: AbortSignal) => Promise<unknown>): Promise<void> {
    try {
      await task(stop.signal);
    } catch (error) {
      failures.push(error);
      stop.abort(error);
    }
  }
  try {
    await Promise.all(tasks.map(run));
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
  if (failures.length > 0) throw failures[0];
}
