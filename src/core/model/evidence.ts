/** Before a removal counts, whoever is missing is asked for by id, and groups that lost people are read again. */
import type { PersonStatus } from './directory.ts';

/** IdP ids to ask about; sorted, distinct. */
export interface Questions {
  readonly people: readonly string[];
  readonly groups: readonly string[];
}

/** A fresh reading of one group's direct membership, as IdP ids. */
export interface GroupEvidence {
  readonly people: ReadonlySet<string>;
  readonly groups: ReadonlySet<string>;
}

/** Answers by IdP id. `gone`: the IdP says that no such object exists. An id without an answer proves nothing. */
export interface Evidence {
  readonly people: ReadonlyMap<string, PersonStatus | 'gone'>;
  readonly groups: ReadonlyMap<string, GroupEvidence | 'gone'>;
}

export const NO_EVIDENCE: Evidence = { people: new Map(), groups: new Map() };
