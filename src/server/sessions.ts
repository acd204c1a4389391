/** What a login leaves behind. It lives outside of this process, so that a replica may end without logging anyone out. */

export interface SessionKeeper {
  /** Signs cookies; the same in every replica. At least 32 characters. */
  readonly secret: string;
  /** null: there is none, or it has expired. */
  get(id: string): Promise<string | null>;
  set(id: string, session: string, ttlMs: number): Promise<void>;
  delete(id: string): Promise<void>;
}
