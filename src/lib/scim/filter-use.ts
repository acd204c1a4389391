/** What a filter needs to be answered: whether an index narrows it, and what has to be fetched beside the body. */
import type { Comparison, ScimFilter } from './filter.ts';
import type { ScimModel } from './model.ts';
import { resolvePath } from './path.ts';
import type { ScimKey } from './store.ts';

/** Candidates are found by it; the filter is still asked of each. `member`: groups of which this id is a member. */
export interface IndexTerm {
  readonly key: ScimKey | 'id' | 'member';
  readonly value: string;
}

/** The most selective equality that must hold; null: all resources have to be looked at. */
export function indexTerm(model: ScimModel, filter: ScimFilter): IndexTerm | null {
  const terms = conjuncts(filter).flatMap((each) => termOf(model, each) ?? []);
  return ORDER.flatMap((key) => terms.find((term) => term.key === key) ?? [])[0] ?? null;
}

const ORDER: readonly IndexTerm['key'][] = ['id', 'userName', 'externalId', 'email', 'displayName', 'member'];

function conjuncts(filter: ScimFilter): readonly ScimFilter[] {
  return filter.kind === 'and' ? filter.of.flatMap(conjuncts) : [filter];
}

function termOf(model: ScimModel, filter: ScimFilter): IndexTerm | null {
  const leaf =
    filter.kind === 'values'
      ? conjuncts(filter.filter)
          .filter((each) => each.kind === 'compare')
          .map((each) => ({ ...each, path: `${filter.path}.${each.path}` }))
          .find((each) => keyOf(model, each) !== null)
      : filter;
  if (leaf?.kind !== 'compare' || leaf.op !== 'eq' || typeof leaf.value !== 'string') return null;
  const key = keyOf(model, leaf);
  return key === null ? null : { key, value: leaf.value };
}

function keyOf(model: ScimModel, { path, op, value }: Comparison): IndexTerm['key'] | null {
  if (op !== 'eq' || typeof value !== 'string' || value === '') return null;
  const found = resolvePath(model, path);
  if (found?.attribute == null || found.extension !== null) return null;
  const { attribute, sub } = found;
  if (sub !== null && sub.name !== 'value') return null;
  switch (attribute.name) {
    case 'id':
    case 'externalId':
      return attribute.name;
    case 'userName':
      return 'userName';
    case 'emails':
      return 'email';
    case 'displayName':
      return model.type === 'Group' ? 'displayName' : null;
    case 'members':
      return 'member';
    default:
      return null;
  }
}

/** What a filter asks of the members of a group. */
export type MembersAsked =
  | { readonly kind: 'none' }
  /** Only whether these ids are members. */
  | { readonly kind: 'ids'; readonly ids: readonly string[] }
  | { readonly kind: 'all' };

export function membersAsked(model: ScimModel, filter: ScimFilter): MembersAsked {
  const ids: string[] = [];
  let all = false;
  for (const { path, op, value } of comparisons(filter)) {
    const found = resolvePath(model, path);
    if (found?.attribute?.name !== 'members') continue;
    if (op === 'eq' && typeof value === 'string' && (found.sub === null || found.sub.name === 'value'))
      ids.push(value);
    else all = true;
  }
  if (all) return { kind: 'all' };
  return ids.length === 0 ? { kind: 'none' } : { kind: 'ids', ids };
}

/** Whether the filter names this attribute at all. @param name lower case */
export function names(filter: ScimFilter, name: string): boolean {
  return comparisons(filter).some(({ path }) => path.toLowerCase().includes(name));
}

interface Asked {
  readonly path: string;
  readonly op: string;
  readonly value: unknown;
}

/** All that is compared, with the paths inside brackets written out. */
function comparisons(filter: ScimFilter, prefix = ''): readonly Asked[] {
  switch (filter.kind) {
    case 'and':
    case 'or':
      return filter.of.flatMap((each) => comparisons(each, prefix));
    case 'not':
      return comparisons(filter.of, prefix);
    case 'values':
      return comparisons(filter.filter, `${filter.path}.`);
    case 'present':
      return [{ path: prefix + filter.path, op: 'pr', value: null }];
    case 'compare':
      return [{ path: prefix + filter.path, op: filter.op, value: filter.value }];
  }
}
