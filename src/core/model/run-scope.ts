/**
 * What a run looks at; empty: everything. One e-mail, one group (name or id), one org (name or id). `rollback`: what
 * that run or plan wrote, taken back; nobody asks for it as a scope.
 */
export interface RunScope {
  readonly user?: string;
  readonly group?: string;
  readonly org?: string;
  readonly rollback?: string;
}
