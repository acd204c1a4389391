/**
 * Names of keys in Redis. The prefix is a hash tag, so that everything lives in one Cluster slot and one script
 * or transaction may touch several keys.
 */
export type Keyspace = (...parts: readonly string[]) => string;

export function keyspace(prefix: string): Keyspace {
  const tag = hashTag(prefix);
  return (...parts) => [tag, ...parts].join(':');
}

/** BullMQ's own `prefix` option for queues that live beside our keys. */
export function hashTag(prefix: string): string {
  return `{${prefix}}`;
}
