/** A change as it was written, with everything that taking it back needs: the journal keeps it beside the outcome. */
import type { Change, NamedRef, RoleIn, Subject } from './change.ts';
import type { ScimIds } from './scim.ts';

export interface WrittenChange extends Pick<Change, 'kind' | 'cause'> {
  /** Item key of the change. */
  readonly item: string;
  /** With the Devin id that it has since the write. */
  readonly subject: Subject;
  /** With its id; null: the enterprise itself. */
  readonly org: NamedRef | null;
  readonly before: NamedRef | null;
  readonly after: NamedRef | null;
  readonly loses?: readonly RoleIn[];
  /** Of what was written through SCIM, with the ids that it has since. */
  readonly scim?: ScimIds;
}
