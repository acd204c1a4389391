/** API tokens of the configuration in use. */
import { hash } from 'node:crypto';
import type { Config } from '../config/config.ts';
import type { ApiToken } from '../server/auth.ts';
import { watchTokenFiles } from '../server/token-files.ts';

export class TokenShelf {
  readonly #onTrouble: (message: string) => void;
  #tokens: () => readonly ApiToken[];

  /** @throws ConfigError when a file cannot be read. */
  constructor(server: Config['server'], onTrouble: (message: string) => void) {
    this.#onTrouble = onTrouble;
    this.#tokens = this.#of(server);
  }

  /** As the files have them now. */
  all(): readonly ApiToken[] {
    return this.#tokens();
  }

  /** @throws ConfigError when a file cannot be read; then the ones before stay. */
  use(server: Config['server']): void {
    this.#tokens = this.#of(server);
  }

  #of({ token, tokens }: Config['server']): () => readonly ApiToken[] {
    const inFiles = watchTokenFiles(tokens, this.#onTrouble);
    const own: readonly ApiToken[] =
      token === null ? [] : [{ name: 'server.token', role: 'approver', hash: hash('sha256', token) }];
    return () => [...own, ...inFiles()];
  }
}
