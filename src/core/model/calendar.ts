/** Times in which less, or more, may be written than at others. */

/** A minute of the week: 0 is Monday 00:00. */
export type WeekMinute = number;

/** In a window everything but deactivations waits. */
export interface FreezeWindow {
  readonly name: string;
  readonly when:
    | { readonly kind: 'once'; readonly from: number; readonly to: number }
    /** `to` before `from` runs over the end of the week. */
    | {
        readonly kind: 'weekly';
        readonly from: WeekMinute;
        readonly to: WeekMinute;
        /** IANA name of the time zone that the minutes are of. */
        readonly timeZone: string;
      };
}

export type BudgetGuard =
  | 'deactivations'
  | 'enterpriseRemovals'
  | 'orgRoles'
  | 'perGroup'
  | 'grants'
  | 'roleChanges';

/** What guards may let pass in one window, once a person has approved it ahead. */
export interface Budget {
  readonly name: string;
  /** Epoch ms, both inclusive. */
  readonly from: number;
  readonly to: number;
  /** Guard → people it lets pass within 24 hours, where that is more than its own limit. */
  readonly guards: Readonly<Partial<Record<BudgetGuard, number>>>;
}
