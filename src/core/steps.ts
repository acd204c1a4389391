/** Work in strides: each `yield` is a chance for the caller to let the event loop run. */

/** All of it in one go. */
export function finish<T>(steps: Generator<void, T>): T {
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
  }
}

/** Counts work that was done, and says when it is time to breathe. */
export function breather(stride: number): (work?: number) => boolean {
  let since = 0;
  return (work = 1) => {
    since += work;
    if (since < stride) return false;
    since = 0;
    return true;
  };
}
