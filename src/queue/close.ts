import type { Worker } from 'bullmq';

/** Lets jobs in hand end; after `ms` the worker is closed over them, and another replica takes them up. */
export async function closeWithin(worker: Worker, ms: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<'late'>((resolve) => {
    timer = setTimeout(() => resolve('late'), ms);
  });
  const ended = await Promise.race([worker.close(), late]);
  clearTimeout(timer);
  if (ended === 'late') await worker.close(true);
}
