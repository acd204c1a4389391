/** Resources that a filter lets through: by an index where one narrows it, else page by page. */
import { bad } from '../../lib/scim/fault.ts';
import type { ScimFilter } from '../../lib/scim/filter.ts';
import { type IndexTerm, indexTerm, membersAsked, names } from '../../lib/scim/filter-use.ts';
import { predicateOf } from '../../lib/scim/matches.ts';
import { MODELS, type ScimModel } from '../../lib/scim/model.ts';
import { resolvePath } from '../../lib/scim/path.ts';
import { type Related, representation } from '../../lib/scim/representation.ts';
import type { ScimObject, ScimResource } from '../../lib/scim/store.ts';
import { groupsOf, membersOf, type Room } from './room.ts';

/** Members of groups that one request may look at, beside questions about single ids. */
export const MOST_MEMBERS_SCANNED = 200_000;

export interface Sieve {
  readonly model: ScimModel;
  /** Whether an index names the few that can pass; null: look at all. */
  candidates(): Promise<readonly ScimResource[]> | null;
  passes(resource: ScimResource): Promise<boolean>;
}

/** @param models all types that are asked together @throws ScimFault invalidFilter */
export function sieveOf(
  room: Room,
  model: ScimModel,
  filter: ScimFilter,
  models: readonly ScimModel[],
): Sieve {
  const known = (path: string) => models.some((each) => resolvePath(each, path) !== null);
  const holds = predicateOf(model, filter, known);
  const term = indexTerm(model, filter);
  const looked = { members: 0 };
  return {
    model,
    candidates: () => (term === null ? null : lookUp(room, model, term)),
    passes: async (resource) =>
      holds(representation(room.base, resource, await relatedFor(room, model, filter, resource.id, looked))),
  };
}

async function lookUp(
  room: Room,
  model: ScimModel,
  { key, value }: IndexTerm,
): Promise<readonly ScimResource[]> {
  if (key === 'member') return room.store.groupsOf(value);
  if (key !== 'id') return room.store.find(model.type, key, value);
  const found = await room.store.get(model.type, value);
  return found === null ? [] : [found];
}

/** What the filter asks beside the body, and no more. */
async function relatedFor(
  room: Room,
  model: ScimModel,
  filter: ScimFilter,
  id: string,
  looked: { members: number },
): Promise<Related> {
  if (model.type === 'User') return names(filter, 'groups') ? { groups: await groupsOf(room, id) } : {};
  const asked = membersAsked(model, filter);
  if (asked.kind === 'none') return {};
  if (asked.kind === 'all') {
    looked.members += (await room.store.members(id, 1)).total;
    if (looked.members > MOST_MEMBERS_SCANNED) throw tooManyMembers();
    return { members: await membersOf(room, id) };
  }
  const among = await room.store.membersAmong(id, asked.ids);
  return { members: [...among].map((value): ScimObject => ({ value })) };
}

function tooManyMembers() {
  return bad(
    'tooMany',
    `This filter looks at more than ${MOST_MEMBERS_SCANNED} members of groups, which is the limit of one request. Ask for a member by its id: members.value eq "…".`,
  );
}

export const BOTH: readonly ScimModel[] = [MODELS.User, MODELS.Group];
