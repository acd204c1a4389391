/** How thorough a run is, and where it says what it is at. */
export interface Profile {
  readonly full: boolean;
  /** One line about what is measured now; not part of the result. */
  readonly note: (what: string) => void;
}
