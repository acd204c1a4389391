/**
 * What the target's audit log says that we gave, after the ledger was lost. The log tells who acted, where and when;
 * the shape of its details is not documented, so whoever is named anywhere in them is taken for the subject. Only
 * roles that are there now, of people whom the directory has, come back; the last one who touched a role owns it.
 */
import { groupEdges, type LedgerEdge, peopleEdges, type Transfer, withEdges } from './adopt.ts';
import { type DecideInput, setScene } from './decide.ts';
import type { Act } from './model/act.ts';

const GIVES: ReadonlySet<string> = new Set(['add_enterprise_member', 'add_member', 'assign_roles']);
const TAKES: ReadonlySet<string> = new Set(['delete_member']);
const GIVES_GROUP: ReadonlySet<string> = new Set(['add_group_membership', 'update_group_membership']);
const TAKES_GROUP: ReadonlySet<string> = new Set(['delete_group_membership']);

export interface Recalled extends Transfer {
  /** Acts about memberships that name nobody whom we know: their roles stay foreign. */
  readonly unclear: number;
}

/** @param acts oldest first. */
export function recall(input: DecideInput, acts: readonly Act[]): Recalled {
  const { scene } = setScene(input);
  const edges = [...peopleEdges(scene), ...groupEdges(scene)];
  const { ours, unclear } = owners(edges, acts);
  const given = edges.filter((edge) => ours.has(keyOf(edge.type, edge.devinId, edge.place)));
  return { memory: withEdges(input.memory, given, 'managed'), edges: given, problem: null, unclear };
}

function keyOf(type: LedgerEdge['type'], devinId: string, place: string): string {
  return JSON.stringify([type, devinId, place]);
}

function owners(
  edges: readonly LedgerEdge[],
  acts: readonly Act[],
): { readonly ours: ReadonlySet<string>; readonly unclear: number } {
  const people = namesOf(edges, 'person');
  const groups = namesOf(edges, 'group');
  const ours = new Set<string>();
  let unclear = 0;
  for (const act of acts) {
    const isGroup = GIVES_GROUP.has(act.action) || TAKES_GROUP.has(act.action);
    if (!isGroup && !GIVES.has(act.action) && !TAKES.has(act.action)) continue;
    const known = isGroup ? groups : people;
    const named = new Set(act.mentions.flatMap((word) => known.get(word.toLowerCase()) ?? []));
    if (named.size === 0) unclear++;
    const gives = act.ours && (GIVES.has(act.action) || GIVES_GROUP.has(act.action));
    for (const devinId of named) {
      const key = keyOf(isGroup ? 'group' : 'person', devinId, act.org ?? '');
      if (gives) ours.add(key);
      else ours.delete(key);
    }
  }
  return { ours, unclear };
}

/** Id and address of a person, or name of a group, in lower case → id or name as Devin has it. */
function namesOf(edges: readonly LedgerEdge[], type: LedgerEdge['type']): Map<string, string> {
  const names = new Map<string, string>();
  for (const edge of edges) {
    if (edge.type !== type) continue;
    names.set(edge.devinId.toLowerCase(), edge.devinId);
    names.set(edge.label.toLowerCase(), edge.devinId);
  }
  return names;
}
