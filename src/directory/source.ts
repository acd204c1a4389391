import type { DirectorySnapshot, Scope } from '../core/model/directory.ts';
import type { Evidence, Questions } from '../core/model/evidence.ts';
import type { Sighting, Sought } from '../core/model/sighting.ts';
import type { Finding, ReadContext } from '../lib/reading.ts';

type Whole = Extract<Scope, { kind: 'all' }>;

/**
 * A directory that can be read. An implementer owes: a complete sealed snapshot or a
 * `SourceReadError` that names the page of what failed and what to do; never a smaller company, never a hang
 * (each request has a timeout), never a credential sent to another origin.
 */
export interface DirectorySource {
  readonly kind: 'okta' | 'entra' | 'scim' | 'scim-push' | 'file' | 'several';
  /**
   * `okta:<org id>`, `entra:<tenant id>`, `scim:<name>`, `scim-push:<name>` or `file:<name>`; of several, `several:` and the name and tenant of each.
   * Costs at most one call a source. `previous`: an earlier reading, where several sources look up the tenant of one
   * that does not answer just now.
   */
  tenant(signal: AbortSignal, previous?: DirectorySnapshot | null): Promise<string>;
  read(scope: Whole, context: ReadContext): Promise<DirectorySnapshot>;
  /**
   * A cheap turn: what `read` would give now, from an earlier whole reading and its `resume` value. On any doubt
   * (an unknown or expired cursor, an odd page, a reading older than a day) it reads everything instead. Absent:
   * the source always reads everything.
   */
  update?(previous: DirectorySnapshot, context: ReadContext): Promise<DirectorySnapshot>;
  /**
   * What it says of a few people just now, with every group in scope that they are in, also through other groups: a
   * few calls, however large the company is. Absent: only readings of everything tell.
   */
  look?(sought: Sought, context: ReadContext): Promise<Sighting>;
  /** Fresh answers by id, never from a cache. An item that could not be answered throws. */
  confirm(questions: Questions, context: ReadContext): Promise<Evidence>;
  /** Credentials, scopes, reachability: for `doctor`. Never throws. */
  check(signal: AbortSignal): Promise<readonly Finding[]>;
}
