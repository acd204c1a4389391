/** The part of the configuration that decides: plain values, already validated at the edge. */
import type { Budget, FreezeWindow } from './calendar.ts';
import type { Deny, Grant } from './grants.ts';

/** From "look only" to "everything"; each level allows what the one before it allows, and more. */
export type PolicyLevel = 'observe' | 'create-only' | 'no-remove' | 'leavers' | 'full';

/** What a policy level is set for: enterprise users, IdP groups and their enterprise role, org roles, orgs. */
export type ResourceKind = 'users' | 'groups' | 'memberships' | 'organizations';

/** `scim`: as `group`, and who is in the group is written through SCIM. */
export type Lever = 'direct' | 'group' | 'scim';

/** Which directory groups a rule is about. A pattern is anchored at both ends; its captures fill templates. */
export type GroupMatch =
  | { readonly by: 'name'; readonly name: string }
  | { readonly by: 'id'; readonly id: string }
  | { readonly by: 'pattern'; readonly pattern: string };

/** One line of configuration: which group gives which Devin role, in the enterprise or in an org. */
export interface Rule {
  /** Unique; shown in every reason. */
  readonly name: string;
  readonly match: GroupMatch;
  readonly via: Lever;
  /** Name or id, `{capture}` allowed in a pattern rule; null: `role` is an enterprise role. */
  readonly org: string | null;
  /** Name or id, `{capture}` allowed in a pattern rule. */
  readonly role: string;
  /** Higher wins where several rules give one person a role in the same place. */
  readonly priority: number;
  /** Without it a rule whose role counts as admin is refused. */
  readonly allowAdmin: boolean;
}

/** Holds when count > `count`, or, from `atLeast` on, when count / base > `share`. */
export interface Limit {
  readonly atLeast: number;
  readonly share: number;
  readonly count: number;
}

export interface GuardLimits {
  /** Proven deactivations: held only above the larger of count and share. */
  readonly deactivations: Limit;
  readonly enterpriseRemovals: Limit;
  readonly orgRoles: Limit;
  readonly perGroup: Limit;
  readonly grants: Limit;
  readonly roleChanges: Limit;
  /** Fewer enterprise admins, or admins of one org, are never left behind by a plan. */
  readonly minAdmins: number;
  /** Share by which a directory may shrink against the last approved baseline. */
  readonly shrink: number;
  /** As often as this another writer may take a grant back; then it is given no more. */
  readonly flips: number;
  /** People invited within 24 hours; the others wait for the next day. null: no limit. */
  readonly invitesPerDay: number | null;
  /** Limits of single organizations (name or id), over `perGroup` and `minAdmins`. */
  readonly perOrg: Readonly<Record<string, OrgLimits>>;
}

export interface OrgLimits {
  readonly removals: Limit;
  /** null: as everywhere. */
  readonly minAdmins: number | null;
}

/** Who may approve. */
export interface ApprovalRules {
  /** Whoever asked for a run may not approve what it found. */
  readonly notByTrigger: boolean;
  /** Items about roles that count as admin need two people. */
  readonly adminNeedsTwo: boolean;
}

/** Organizations that configuration declares. */
export interface DeclaredOrg {
  readonly name: string;
  readonly create: boolean;
  readonly maxSessionAcuLimit: number | null;
  readonly maxCycleAcuLimit: number | null;
}

/** What configuration says of an organization beside its limits. */
export interface OrgSettings extends DeclaredOrg {
  /** Keeps an organization whose name in Devin is another one. */
  readonly id?: string;
  /** `inactive`, `blocked`: nothing is given there. Absent: active. */
  readonly state?: 'active' | 'inactive' | 'blocked';
  /** Name or id of the strongest role that may be given there. */
  readonly roleCeiling?: string;
  /** All the repositories it may use. Absent: not ours to judge. */
  readonly repositories?: readonly DeclaredRepository[];
}

export interface DeclaredRepository {
  /** Name or id of the git connection. */
  readonly connection: string;
  readonly by: RepositoryMatch;
  readonly path: string;
}

/** One repository, all whose path begins so, or all of one group of the provider. */
export type RepositoryMatch = 'repo' | 'prefix' | 'group';

/** How long, in ms, and how often an absence must be seen before it counts. */
export interface Patience {
  /** Distance between the two fresh readings that prove an absence. */
  readonly absenceMs: number;
  /** From the proof to the deletion of the enterprise membership. */
  readonly tombstoneMs: number;
  /** From the adoption of an organization to the first removal of what was adopted there. */
  readonly adoptionMs: number;
}

export interface Settings {
  readonly rules: readonly Rule[];
  readonly grants: readonly Grant[];
  readonly denies: readonly Deny[];
  /** Name or id of the enterprise role of people whom only org rules reach. */
  readonly defaultEnterpriseRole: string;
  readonly policy: Readonly<Record<ResourceKind, PolicyLevel>>;
  /** Policy of org roles per organization (name or id), over `policy.memberships`. */
  readonly orgPolicy: Readonly<Record<string, PolicyLevel>>;
  /** What to do about access that this daemon neither gave nor adopted. */
  readonly foreign: 'report' | 'remove';
  readonly roles: {
    /** From weakest to strongest, by name or id; an unranked custom role counts as admin. */
    readonly rank: readonly string[];
    /** A custom role without access, for suspended and vanished people; null: there is none. */
    readonly suspended: string | null;
  };
  readonly guards: GuardLimits;
  readonly approvals: ApprovalRules;
  readonly patience: Patience;
  /** E-mails, or patterns with `*`, of people whom no plan may touch. */
  readonly protected: readonly string[];
  /** Mail domains that mean the same: alias → the domain it stands for. */
  readonly domainAliases: Readonly<Record<string, string>>;
  readonly organizations: readonly OrgSettings[];
  readonly freeze: readonly FreezeWindow[];
  readonly budgets: readonly Budget[];
}
