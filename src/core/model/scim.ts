/** What a SCIM service provider of Devin holds, and how users and groups of it stand in a change. */

/** A user of the service (RFC 7643, section 4.1), as far as it is written. */
export interface ScimUser {
  /** Id of the service provider. */
  readonly id: string;
  /** The directory's id, where whoever made the user said so. */
  readonly externalId: string | null;
  readonly userName: string;
  readonly displayName: string | null;
  /** The primary address, else the first one; null: none. */
  readonly email: string | null;
  readonly active: boolean;
}

export interface ScimGroup {
  readonly id: string;
  readonly externalId: string | null;
  readonly displayName: string;
  /** Ids of users; groups inside groups are not among them. */
  readonly members: readonly string[];
}

/** A complete reading of the service. */
export interface ScimReading {
  /** Base URL: what was written to another service says nothing about this one. */
  readonly url: string;
  /** Nobody has said that Devin does not sync groups at sign-in any more. */
  readonly loginGroupSync: boolean;
  readonly users: readonly ScimUser[];
  readonly groups: readonly ScimGroup[];
}

/** Where a change is written. */
export interface ScimIds {
  /** Base URL of the service. */
  readonly url: string;
  /** Id of the user there; null: none is needed, or the same plan makes it. */
  readonly user: string | null;
  readonly group: string | null;
}

/** What is sent of a user or a group; what is absent stays as it is. */
export interface ScimBody {
  readonly externalId?: string;
  readonly userName?: string;
  readonly displayName?: string;
  readonly active?: boolean;
}

/** As the id of what a change makes of a user or a group: an approval is of exactly this. Keys in a fixed order. */
export function scimCode({ externalId, userName, displayName, active }: ScimBody): string {
  return JSON.stringify({ externalId, userName, displayName, active });
}

/** @throws SyntaxError for what `scimCode` did not make. */
export function scimBodyOf(code: string): ScimBody {
  return JSON.parse(code) as ScimBody;
}

/** Stands for the id of a user that this plan makes in the service. */
export function scimUserPlaceholder(directoryId: string): string {
  return `{scim-user:${directoryId}}`;
}

/** The same for a group. */
export function scimGroupPlaceholder(directoryId: string): string {
  return `{scim-group:${directoryId}}`;
}

/** What a batch of members calls the person of a change. */
export function memberName(subject: { readonly directoryId: string | null }, ids: ScimIds): string {
  return ids.user ?? scimUserPlaceholder(subject.directoryId as string);
}

export function isScimKind<Kind extends string>(kind: Kind): kind is Extract<Kind, `scim-${string}`> {
  return kind.startsWith('scim-');
}
