/**
 * Pages of changes, gathered by object. Graph may repeat an object, in any order, and replay old changes: what
 * does not depend on the order is taken, and whatever does is read afresh.
 */
import type { GraphGroup, GraphGroupChange, GraphUser, GraphUserChange } from './schema.ts';

/** Fields that are absent did not change. */
export interface UserChange {
  readonly fields: Partial<Omit<GraphUser, 'id'>>;
  readonly created: string | null;
  readonly removed: boolean;
  /** Several changes contradict each other: only Graph's answer by id counts. */
  readonly unclear: boolean;
}

export interface GroupChange {
  readonly fields: Partial<Omit<GraphGroup, 'id'>>;
  readonly removed: boolean;
  readonly unclear: boolean;
  /** Direct members that joined, by id, with their type. */
  readonly joined: ReadonlyMap<string, string | undefined>;
  readonly left: ReadonlySet<string>;
}

interface Gathered {
  fields: Record<string, unknown>;
  created: string | null;
  removed: boolean;
  present: boolean;
  unclear: boolean;
  joined: Map<string, string | undefined>;
  left: Set<string>;
}

const USER_KEYS = ['displayName', 'mail', 'userPrincipalName', 'accountEnabled', 'userType'] as const;
const GROUP_KEYS = ['displayName', 'visibility', 'securityEnabled'] as const;

export class Changes {
  readonly #users = new Map<string, Gathered>();
  readonly #groups = new Map<string, Gathered>();

  addUsers(changes: readonly GraphUserChange[]): void {
    for (const change of changes) {
      const known = gathered(this.#users, change.id);
      if (change.createdDateTime) known.created = change.createdDateTime;
      note(known, change, USER_KEYS);
    }
  }

  addGroups(changes: readonly GraphGroupChange[]): void {
    for (const change of changes) {
      const known = gathered(this.#groups, change.id);
      note(known, change, GROUP_KEYS);
      for (const member of change['members@delta'] ?? []) {
        if (member['@removed']) known.left.add(member.id);
        else known.joined.set(member.id, member['@odata.type']);
      }
    }
  }

  get users(): ReadonlyMap<string, UserChange> {
    return this.#users as unknown as ReadonlyMap<string, UserChange>;
  }

  get groups(): ReadonlyMap<string, GroupChange> {
    return this.#groups as unknown as ReadonlyMap<string, GroupChange>;
  }
}

/** Who both joined and left; in which order, nobody knows. */
export function contradicts({ joined, left }: GroupChange): boolean {
  return [...left].some((id) => joined.has(id));
}

function gathered(all: Map<string, Gathered>, id: string): Gathered {
  let known = all.get(id);
  if (known === undefined) {
    known = {
      fields: {},
      created: null,
      removed: false,
      present: false,
      unclear: false,
      joined: new Map(),
      left: new Set(),
    };
    all.set(id, known);
  }
  return known;
}

function note(known: Gathered, change: { readonly '@removed'?: unknown }, keys: readonly string[]): void {
  if (change['@removed']) known.removed = true;
  else known.present = true;
  if (known.removed && known.present) known.unclear = true;
  const fields = change as Readonly<Record<string, unknown>>;
  for (const key of keys) {
    if (fields[key] === undefined) continue;
    if (key in known.fields && known.fields[key] !== fields[key]) known.unclear = true;
    known.fields[key] = fields[key];
  }
}
