/** A company as its directory holds it: the truth that the fake IdPs serve. */

export interface CompanyPerson {
  id: string;
  email: string;
  firstName: string;
  lastName: string;
  status: 'active' | 'staged' | 'suspended' | 'deactivated';
}

export interface CompanyGroup {
  id: string;
  name: string;
  /** Ids of people. */
  members: Set<string>;
  /** Ids of groups directly inside this one. Okta has no nesting and leaves them out. */
  children: Set<string>;
}

/** Both maps are keyed by id. */
export interface Company {
  people: Map<string, CompanyPerson>;
  groups: Map<string, CompanyGroup>;
}

export function emptyCompany(): Company {
  return { people: new Map(), groups: new Map() };
}
