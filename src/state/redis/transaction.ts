/** EXEC reports each command's error apart; one failed command is a failed transaction to us. */
export async function committed(answer: Promise<[Error | null, unknown][] | null>): Promise<unknown[]> {
  const results = await answer;
  if (results === null) throw new Error('Redis dropped the transaction');
  return results.map(([error, value]) => {
    if (error) throw error;
    return value;
  });
}
