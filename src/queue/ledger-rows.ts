/** Ledger rows and guard windows after one operation: reads what exists, asks the core what it becomes. */
import { groupAfter, personAfter, recentOf } from '../core/ledger.ts';
import type { Change } from '../core/model/change.ts';
import type { RecentWrite, ScimMark } from '../core/model/memory.ts';
import type { Operation } from '../core/model/operation.ts';
import { type ScimIds, scimGroupPlaceholder, scimUserPlaceholder } from '../core/model/scim.ts';
import type { WrittenChange } from '../core/model/written.ts';
import { marksAfter } from '../core/scim-ledger.ts';
import type { OperationResult, Resolver } from '../devin/target.ts';
import type { FoundRows, JournalEdge, LedgerRows, MemoryStore } from '../state/store.ts';
import { changesOf, type PlanIndex } from './plan-index.ts';

export const NO_ROWS: LedgerRows = { people: [], removedPeople: [], groups: [], removedGroups: [] };

export interface Done {
  readonly operation: Operation;
  readonly result: OperationResult;
  readonly resolver: Resolver;
  /** Epoch ms. */
  readonly at: number;
}

export async function ledgerRows(memory: MemoryStore, index: PlanIndex, done: Done): Promise<LedgerRows> {
  const changes = changesOf(index, done.operation);
  const ids = (type: string): string[] =>
    changes.flatMap(({ subject }) =>
      subject.type === type && subject.directoryId !== null ? [subject.directoryId] : [],
    );
  const approvals = changes.map(({ key }) => key);
  const found = await memory.rows({ people: ids('person'), groups: ids('group'), approvals });
  return afterwards(changes, found, done);
}

function afterwards(changes: readonly Change[], found: FoundRows, done: Done): LedgerRows {
  const people = new Map(found.people.map((row) => [row.directoryId, row]));
  const groups = new Map(found.groups.map((row) => [row.directoryId, row]));
  const removedPeople = new Set<string>();
  const removedGroups = new Set<string>();
  const recent: RecentWrite[] = [];
  const marks: ScimMark[] = [];
  const unmarked: string[] = [];
  const orgId = orgOf(done);
  for (const change of changes) {
    recent.push(...recentOf(change, found.approvals, done.at));
    if (change.scim !== undefined) {
      const { put: written, removed } = marksAfter(change);
      marks.push(...written);
      unmarked.push(...removed);
      continue;
    }
    const id = change.subject.directoryId;
    if (id === null) continue;
    if (change.subject.type === 'person') {
      const row = personAfter(people.get(id) ?? null, change, userOf(change, done), orgId);
      put(people, removedPeople, id, row);
    }
    if (change.subject.type === 'group')
      put(groups, removedGroups, id, groupAfter(groups.get(id) ?? null, change, orgId));
  }
  const was = <T extends { readonly directoryId: string }>(rows: readonly T[]) =>
    new Map(rows.map((row) => [row.directoryId, row]));
  return {
    from: { people: was(found.people), groups: was(found.groups) },
    people: [...people.values()],
    removedPeople: [...removedPeople],
    groups: [...groups.values()],
    removedGroups: [...removedGroups],
    scim: { put: marks, removed: unmarked },
    recent,
  };
}

/** What a done change means for the ledger, as the journal keeps it. */
export function edgeOf(change: Change, done: Done): JournalEdge | null {
  const { subject, kind, after, org, scim } = change;
  if (scim !== undefined || subject.type === 'org' || subject.directoryId === null) return null;
  const devinId = subject.type === 'person' ? userOf(change, done) : subject.label;
  const gone = kind === 'remove-user' || kind === 'unregister-group';
  const place = org === null ? '' : (org.id ?? orgOf(done) ?? '');
  return {
    type: subject.type,
    directoryId: subject.directoryId,
    devinId,
    place,
    role: change.owner === 'foreign' ? null : (after?.id ?? null),
    gone,
  };
}

/** The change with the ids that it has since it was written. */
export function writtenOf(change: Change, done: Done): WrittenChange {
  const { key, kind, cause, subject, org, before, after, loses, scim } = change;
  const isOurs = subject.type === 'person' && scim === undefined;
  const devinId = isOurs ? userOf(change, done) : subject.devinId;
  return {
    item: key,
    kind,
    cause,
    subject: { ...subject, devinId },
    org: org && { ...org, id: org.id ?? orgOf(done) },
    before,
    after,
    ...(loses === undefined ? {} : { loses }),
    ...(scim === undefined ? {} : { scim: scimIdsOf(change, done) }),
  };
}

/** What the same plan made has an id since. */
function scimIdsOf({ kind, subject, after, scim }: Change, { result, resolver }: Done): ScimIds {
  const { url, user, group } = scim as ScimIds;
  const idOf = (name: string) => result.users[name] ?? resolver.user(name);
  if (subject.type === 'group')
    return { url, user, group: group ?? idOf(scimGroupPlaceholder(subject.directoryId as string)) };
  const isMember = kind === 'scim-add-member' || kind === 'scim-remove-member';
  return {
    url,
    user: user ?? idOf(scimUserPlaceholder(subject.directoryId as string)),
    group: isMember ? (group ?? idOf(scimGroupPlaceholder(after?.id as string))) : null,
  };
}

function put<T>(rows: Map<string, T>, removed: Set<string>, id: string, row: T | null): void {
  if (row !== null) rows.set(id, row);
  else {
    rows.delete(id);
    removed.add(id);
  }
}

function userOf({ subject }: Change, { operation, result, resolver }: Done): string {
  const invited = invitedId(result, subject.label);
  if (invited !== null) return invited;
  if (subject.devinId !== null) return subject.devinId;
  return operation.user === null ? '' : resolver.user(operation.user);
}

function orgOf({ operation, result, resolver }: Done): string | null {
  if (result.orgId !== null) return result.orgId;
  return operation.org === null ? null : resolver.org(operation.org);
}

/** The id that an invite returned for an address, whatever its case. */
export function invitedId(result: OperationResult, email: string): string | null {
  return result.users[email] ?? result.users[email.toLowerCase()] ?? null;
}
