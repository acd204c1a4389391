/** What must be given back, in the reverse of the order in which it was taken. */

interface Entry {
  readonly name: string;
  readonly release: () => unknown;
}

/** A stack of releases that runs once, however often it is asked and whatever fails on the way. */
export class Releasers {
  readonly #entries: Entry[] = [];
  #running: Promise<void> | null = null;
  #finished = false;

  /**
   * Registers the release of something just taken; what is added while releases run is released in the same turn.
   * @throws Error after the end: nothing would ever release it.
   */
  add(name: string, release: () => unknown): void {
    if (this.#finished) throw new Error(`${name} was taken after everything had been released`);
    this.#entries.push({ name, release });
  }

  /** Every release runs, even after one failed. @throws the first error, when all have run. */
  release(): Promise<void> {
    this.#running ??= this.#run();
    return this.#running;
  }

  /** For `await using`. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.release();
  }

  async #run(): Promise<void> {
    const errors: Error[] = [];
    for (let entry = this.#entries.pop(); entry !== undefined; entry = this.#entries.pop()) {
      try {
        await entry.release();
      } catch (cause) {
        errors.push(new Error(`${entry.name} could not be released`, { cause }));
      }
    }
    this.#finished = true;
    if (errors[0] !== undefined) throw errors[0];
  }
}
