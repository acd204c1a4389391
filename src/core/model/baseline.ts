/** Sizes of the last full reading that a person approved; a smaller directory is measured against it. */
export interface Baseline {
  readonly people: number;
  readonly groups: number;
  readonly edges: number;
}
