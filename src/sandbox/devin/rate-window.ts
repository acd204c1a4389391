/** At most `perSecond` requests in any window of one second, however it is laid. Refused ones do not count. */
export class RateWindow {
  readonly #perSecond: number;
  readonly #now: () => number;
  readonly #accepted: number[] = [];

  constructor(perSecond: number, now: () => number) {
    this.#perSecond = perSecond;
    this.#now = now;
  }

  /** 0: accepted; else ms until a request would be. */
  ask(): number {
    const now = this.#now();
    const accepted = this.#accepted;
    while (accepted[0] !== undefined && accepted[0] <= now - 1000) accepted.shift();
    if (accepted.length < this.#perSecond) {
      accepted.push(now);
      return 0;
    }
    return (accepted[0] ?? now) + 1000 - now;
  }
}
