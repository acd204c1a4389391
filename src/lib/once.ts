/** Does something on first use; a failure is not remembered, so that the next use tries again. */
export function once<T, A extends readonly unknown[]>(
  make: (...args: A) => Promise<T>,
): (...args: A) => Promise<T> {
  let made: Promise<T> | null = null;
  return (...args) => {
    made ??= make(...args).catch((error: unknown) => {
      made = null;
      throw error;
    });
    return made;
  };
}
