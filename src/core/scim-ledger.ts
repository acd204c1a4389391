/** What a done write through SCIM means for the ledger: one mark a membership or user, so that no two writers share a row. */
import type { Change, NamedRef } from './model/change.ts';
import type { ScimMark } from './model/memory.ts';
import type { ScimIds } from './model/scim.ts';

/** Directory ids of a person and a group (`''`: the user itself) as one name. */
export function markKey({ person, group }: Pick<ScimMark, 'person' | 'group'>): string {
  return [person, group].map((id) => encodeURIComponent(id.toWellFormed())).join('/');
}

export interface MarksAfter {
  readonly put: readonly ScimMark[];
  readonly removed: readonly string[];
}

/** A mark as the journal tells of it, so that the ledger can be built again from there. */
export interface MarkTold extends ScimMark {
  /** It is no longer ours. */
  readonly gone: boolean;
}

/** null: the change means nothing for the ledger. */
export function markTold(change: Change): MarkTold | null {
  const { put, removed } = marksAfter(change);
  if (put[0] !== undefined) return { ...put[0], gone: false };
  if (removed.length === 0) return null;
  const { subject, before, scim } = change;
  return {
    person: subject.directoryId as string,
    group: before?.id as string,
    url: scim?.url as string,
    ...{ active: true, gone: true },
  };
}

const NOTHING: MarksAfter = { put: [], removed: [] };

/** Of a change that was written through SCIM. A group has no mark, and an update makes nobody ours. */
export function marksAfter({ kind, subject, scim, before, after, owner }: Change): MarksAfter {
  const { url } = scim as ScimIds;
  const person = subject.directoryId as string;
  const mark = (group: string, active = true): ScimMark => ({ person, group, url, active });
  switch (kind) {
    case 'scim-create-user':
    case 'scim-activate-user':
      return { put: [mark('')], removed: [] };
    case 'scim-deactivate-user':
      return { put: [mark('', false)], removed: [] };
    case 'scim-add-member':
      // Put back by a rollback for whoever gave it: theirs again.
      if (owner === 'foreign') return NOTHING;
      return { put: [mark((after as NamedRef).id as string)], removed: [] };
    case 'scim-remove-member':
      return { put: [], removed: [markKey(mark((before as NamedRef).id as string))] };
    default:
      return NOTHING;
  }
}
