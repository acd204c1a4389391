/** Work in strides, with the event loop in between. */
import { setImmediate as breathe } from 'node:timers/promises';

export async function calmly<T>(steps: Generator<void, T>): Promise<T> {
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
    await breathe();
  }
}
