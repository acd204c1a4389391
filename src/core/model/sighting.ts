/** What a directory says just now of a few people, from their side: who they are and every group that they are in. */
import type { GroupRecord, PersonRecord, ReadReport } from './directory.ts';

/** Whom to look for. A person may be asked for in both ways, and counts once. */
export interface Sought {
  /** IdP ids. */
  readonly people: readonly string[];
  /** Addresses, as somebody wrote them. */
  readonly emails: readonly string[];
  /** IdP ids of groups of which only the existence is asked. */
  readonly groups: readonly string[];
}

export interface SeenPerson {
  readonly person: PersonRecord;
  /** In scope of the configuration, each once, also those that they are in through another group. */
  readonly groups: readonly GroupRecord[];
}

export interface Sighting {
  readonly tenant: string;
  /** Whoever was sought and is not among them was not found. */
  readonly people: readonly SeenPerson[];
  /** Of the groups asked about, those that exist and are in scope. */
  readonly existing: readonly string[];
  readonly reads: readonly ReadReport[];
}
