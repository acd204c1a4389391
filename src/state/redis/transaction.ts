import { reading } from './parse.ts';

/**
 * EXEC reports each command's error apart; one failed command is a failed transaction to us. `names` are the keys of
 * the commands in their order, for the words of an error.
 */
export async function committed(
  answer: Promise<[Error | null, unknown][] | null>,
  names: readonly string[] = [],
): Promise<unknown[]> {
  const results = await answer;
  if (results === null) throw new Error('Redis dropped the transaction');
  return Promise.all(
    results.map(([error, value], at) => {
      const told = error ? Promise.reject(error) : Promise.resolve(value);
      const name = names[at];
      return name === undefined ? told : reading(name, told);
    }),
  );
}
