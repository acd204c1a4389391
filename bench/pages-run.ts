/** What the review page of a large plan costs; times are of single requests, in seconds. */
export interface PagesRun {
  readonly changes: number;
  readonly first: readonly number[];
  readonly filtered: readonly number[];
  /** Of the first page. */
  readonly bytes: number;
  /** Over what the process had before, while twenty people ask for pages one after the other. */
  readonly memoryMb: number;
  /** Longest time that the event loop stood still. */
  readonly blockMs: number;
}
