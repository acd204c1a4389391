/** One person given a role, or never given anything: by name, beside the rules, with a reason and somebody who answers for it. */

/** What a grant and a deny have in common. */
export interface Personal {
  /** Address in any letter case; alias domains mean what they stand for. */
  readonly email: string;
  /** Name or id of an organization; null: the enterprise for a grant, everywhere for a deny. */
  readonly org: string | null;
  readonly reason: string;
  /** Who answers for it. */
  readonly owner: string;
  readonly ticket: string | null;
  /** Epoch ms at which it ends; null: it does not. */
  readonly until: number | null;
}

export interface Grant extends Personal {
  /** Name or id. */
  readonly role: string;
  /** Without it a grant whose role counts as admin is refused. */
  readonly allowAdmin: boolean;
  /** It is meant for somebody whom the directory does not have. */
  readonly notInDirectory: boolean;
  /** The account is made by hand and only watched: nothing is given or taken, and its loss is told at once. */
  readonly breakGlass: boolean;
}

export type Deny = Personal;

export interface PersonalLists {
  readonly grants: readonly Grant[];
  readonly denies: readonly Deny[];
}
