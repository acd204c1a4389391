/** Lets the event loop run in between, where a hundred thousand people are turned into columns at one go. */
import { setImmediate as breathe } from 'node:timers/promises';

/** People or edges handled without a pause: some ten milliseconds' worth. */
const STRIDE = 20_000;

export class Breath {
  #handled = 0;

  /** True once enough was handled since the last pause; then `pause` is due. A promise an item would cost more. */
  isDue(count = 1): boolean {
    this.#handled += count;
    return this.#handled >= STRIDE;
  }

  pause(): Promise<void> {
    this.#handled = 0;
    return breathe();
  }
}
