/** A Lua script under a name: sent once per connection, then called by its hash. */
import type { Redis } from 'ioredis';

export type Script = (
  client: Redis,
  keys: readonly string[],
  args: readonly (string | number)[],
) => Promise<unknown>;

type Command = (keyCount: number, ...rest: (string | number)[]) => Promise<unknown>;

export function script(name: string, lua: string): Script {
  return (client, keys, args) => {
    const commands = client as unknown as Record<string, Command | undefined>;
    if (commands[name] === undefined) client.defineCommand(name, { lua });
    return (commands[name] as Command).call(client, keys.length, ...keys, ...args);
  };
}
