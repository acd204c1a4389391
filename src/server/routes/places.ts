/** Organizations and groups as the last run about everything left them. */
import { z } from 'zod';
import type { GroupView, OrgView, PlacesView } from '../../actions/places.ts';
import type { Api } from '../api.ts';
import type { ServerDeps } from '../deps.ts';
import { pageOf } from '../pages-of.ts';
import { answer, ProblemError, problems } from '../problem.ts';
import { Limit, PageNumber } from '../schemas.ts';

const Counts = z.object({ ready: z.int(), held: z.int(), waiting: z.int(), barred: z.int() });

const Gift = z.object({
  group: z.object({ id: z.string(), name: z.string() }),
  rule: z.string(),
  via: z.enum(['direct', 'group', 'scim']),
  org: z
    .object({ id: z.string().nullable(), name: z.string() })
    .nullable()
    .describe('null: the enterprise itself'),
  role: z.string(),
});

const OrgData = z.object({
  id: z.string().nullable().describe('null: declared, and not created yet'),
  name: z.string(),
  people: z.int().describe('People with a direct role there'),
  changes: Counts,
  foreign: z.int().describe('Accesses that this daemon neither gave nor adopted, and leaves alone'),
  policy: z.enum(['observe', 'create-only', 'no-remove', 'leavers', 'full']),
  declared: z
    .object({
      state: z.enum(['active', 'inactive', 'blocked']),
      roleCeiling: z.string().nullable(),
      maxSessionAcuLimit: z.number().nullable(),
      maxCycleAcuLimit: z.number().nullable(),
      repositories: z.int().nullable().describe('How many are declared; null: they are not declared'),
    })
    .nullable()
    .describe('What configuration says of it'),
  gives: z.int().describe('Rules, at one group each, that give a role there'),
});

const GroupData = z.object({
  id: z.string(),
  name: z.string(),
  people: z.int().describe('People whom it reaches, those of nested groups too'),
  changes: Counts,
  gives: z.int().describe('Rules that give a role through it'),
});

const ListQuery = z.strictObject({
  search: z.string().min(1).max(320).exactOptional().describe('Part of the name, in any letter case'),
  page: PageNumber.describe('From 1; one past the end is the last'),
  limit: Limit.describe('How many on a page, 1 to 200'),
});

const DetailQuery = z.strictObject({
  page: PageNumber.describe('From 1; one past the end is the last'),
  limit: Limit.describe('Rules on a page, 1 to 200'),
});

const Params = z.strictObject({ id: z.string().min(1).max(300).describe('Id or name') });

const Basis = {
  at: z.int().nullable().describe('Epoch ms of the run; null: there was none yet'),
  planId: z.string().nullable().describe('The plan that changes are counted in'),
};
const Paged = { total: z.int(), page: z.int(), pages: z.int() };
const Gives = z.object({ ...Paged, items: z.array(Gift) });

/** Those whose name has this in it, in any letter case. */
export function named<T extends { readonly name: string }>(all: readonly T[], search = ''): readonly T[] {
  const words = search.toLowerCase();
  return all.filter(({ name }) => name.toLowerCase().includes(words));
}

/** By id, or by name. @throws ProblemError 404. */
export function oneOf<T extends OrgView | GroupView>(all: readonly T[], id: string, what: string): T {
  const found = all.find((one) => one.id === id) ?? all.find(({ name }) => name === id);
  if (found === undefined)
    throw new ProblemError(404, `The last run about everything knew no ${what} of this id or name.`);
  return found;
}

export function addPlaces(api: Api, deps: ServerDeps): void {
  addLists(api, deps);
  addDetails(api, deps);
}

function addLists(api: Api, deps: ServerDeps): void {
  const schema = { tags: ['places'], querystring: ListQuery };
  api.get(
    '/api/v1/orgs',
    {
      schema: {
        ...schema,
        operationId: 'listOrgs',
        summary: 'Organizations: people, changes of the latest plan, policy and limits',
        response: {
          200: answer('One page of organizations', z.object({ ...Basis, ...Paged, orgs: z.array(OrgData) })),
          ...problems(400, 401),
        },
      },
    },
    async ({ query: { search, page, limit } }) => {
      const view = await deps.places();
      const { items, ...paged } = pageOf(named(view.orgs, search), Number(page), Number(limit));
      return { ...basis(view), ...paged, orgs: items.map(row) };
    },
  );
  api.get(
    '/api/v1/groups',
    {
      schema: {
        ...schema,
        operationId: 'listGroups',
        summary:
          'Directory groups that a rule uses: people, and changes of the latest plan that come from them',
        response: {
          200: answer('One page of groups', z.object({ ...Basis, ...Paged, groups: z.array(GroupData) })),
          ...problems(400, 401),
        },
      },
    },
    async ({ query: { search, page, limit } }) => {
      const view = await deps.places();
      const { items, ...paged } = pageOf(named(view.groups, search), Number(page), Number(limit));
      return { ...basis(view), ...paged, groups: items.map(row) };
    },
  );
}

function addDetails(api: Api, deps: ServerDeps): void {
  const schema = { tags: ['places'], params: Params, querystring: DetailQuery };
  api.get(
    '/api/v1/orgs/:id',
    {
      schema: {
        ...schema,
        operationId: 'getOrg',
        summary: 'One organization, and what rules give there',
        response: {
          200: answer('The organization', z.object({ ...Basis, org: OrgData, gives: Gives })),
          ...problems(400, 401, 404),
        },
      },
    },
    async ({ params, query }) => {
      const view = await deps.places();
      const one = oneOf(view.orgs, params.id, 'organization');
      return { ...basis(view), org: row(one), gives: gives(one, query) };
    },
  );
  api.get(
    '/api/v1/groups/:id',
    {
      schema: {
        ...schema,
        operationId: 'getGroup',
        summary: 'One directory group, and what rules give through it',
        response: {
          200: answer('The group', z.object({ ...Basis, group: GroupData, gives: Gives })),
          ...problems(400, 401, 404),
        },
      },
    },
    async ({ params, query }) => {
      const view = await deps.places();
      const one = oneOf(view.groups, params.id, 'group');
      return { ...basis(view), group: row(one), gives: gives(one, query) };
    },
  );
}

function basis({ at, planId }: PlacesView): Pick<PlacesView, 'at' | 'planId'> {
  return { at, planId };
}

function row<T extends OrgView | GroupView>({ gifts, ...one }: T): Omit<T, 'gifts'> & { gives: number } {
  return { ...one, gives: gifts.length };
}

function gives({ gifts }: OrgView | GroupView, { page, limit }: z.output<typeof DetailQuery>) {
  const { items, ...paged } = pageOf(gifts, Number(page), Number(limit));
  return { ...paged, items: [...items] };
}
