import type { OktaDirectory } from './objects.ts';

/** Who is assigned to an application. Ids. */
export interface OktaApp {
  readonly groups: ReadonlySet<string>;
  /** Assigned one by one. */
  readonly people: ReadonlySet<string>;
}

/** What the endpoints answer from. */
export interface OktaContext extends OktaDirectory {
  readonly orgId: string;
  /** Most items on a page, whatever is asked for. */
  readonly pageSize: number;
  readonly apps: ReadonlyMap<string, OktaApp>;
}
