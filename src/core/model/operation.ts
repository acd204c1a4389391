/** One API write, often a batch of changes, in words of the target; `devin/requests.ts` makes it HTTP. */
import { CHANGE_KINDS, type ChangeKind } from './change-kind.ts';

/** Changes that one call makes for many at once, and what that call is called. */
const BATCHED = {
  'register-group': 'register-groups',
  'scim-add-member': 'scim-add-members',
  'scim-remove-member': 'scim-remove-members',
} as const;

type Batched = keyof typeof BATCHED;

/** Every other call is named after the change that it makes. */
export type OperationKind = Exclude<ChangeKind, Batched> | (typeof BATCHED)[Batched];

export const OPERATION_KINDS: readonly OperationKind[] = Object.keys(CHANGE_KINDS).map(
  (kind) => BATCHED[kind as Batched] ?? (kind as OperationKind),
);

/**
 * Lanes: 1 deactivations · 2 one-person resync · 3 other revocations whose replacement grant is done ·
 * 4 grants · 5 group teardown. Lower overtakes higher between two writes.
 */
export type Lane = 1 | 2 | 3 | 4 | 5;

export interface Operation {
  /** Unique and stable within a plan. */
  readonly key: string;
  readonly kind: OperationKind;
  readonly lane: Lane;
  /** All operations of a lower phase in lanes 3–5 end before a higher one starts. */
  readonly phase: number;
  /** The person or group the write is about, for the per-subject lock; null for batches and orgs. */
  readonly subject: string | null;
  /**
   * Devin user id, or `{invite:a@b}` for a person whose id the invite of the same plan will return; through SCIM the
   * id of the user there.
   */
  readonly user: string | null;
  /** Group name exactly as the IdP sends it; through SCIM the group's id there, or `{scim-group:id}`. */
  readonly group: string | null;
  /** Org id, or `{org:Name}` for an org that the same plan creates. */
  readonly org: string | null;
  /**
   * Role id to give, the code of a repository to allow (`repository.ts`), or that of a user or group to write through
   * SCIM (`scim.ts`); null where something is taken.
   */
  readonly role: string | null;
  /** invite: the addresses; register-groups: the names; members through SCIM: their ids or placeholders; else empty. */
  readonly batch: readonly string[];
  /** create-org and update-org: name and ACU limits. */
  readonly create: {
    readonly name: string;
    readonly maxSessionAcuLimit: number | null;
    readonly maxCycleAcuLimit: number | null;
  } | null;
  /** Role id that the target is expected to hold before, or the code of the repository to deny; null: none. */
  readonly before: string | null;
  /** Item keys of the changes it carries out. */
  readonly items: readonly string[];
}

/** `{invite:a@b}`: stands for the user id that this plan's invite returns. */
export function invitePlaceholder(email: string): string {
  return `{invite:${email}}`;
}

/** `{org:Name}`: stands for the id of an org that this plan creates. */
export function orgPlaceholder(name: string): string {
  return `{org:${name}}`;
}

/** Largest batch that `POST members/users` and `POST idp-groups` take (contract: maxItems 100). */
export const MAX_BATCH = 100;
