/** What a run looks at; empty: everything. One e-mail, one group (name or id), one org (name or id). */
export interface RunScope {
  readonly user?: string;
  readonly group?: string;
  readonly org?: string;
}
