/** Who holds a role in an organization, as Devin says now. */
import { z } from 'zod';
import type { OrgPeople } from '../../actions/org-people.ts';
import { SourceReadError } from '../../lib/errors.ts';
import type { Api } from '../api.ts';
import type { ServerDeps } from '../deps.ts';
import { pageOf } from '../pages-of.ts';
import { answer, ProblemError, problems } from '../problem.ts';
import { PeopleParams, PeopleQuery } from './group-people.ts';
import { oneOf } from './places.ts';

const PeopleData = z.object({
  at: z.int().describe('Epoch ms of the reading'),
  org: z.object({ id: z.string().nullable(), name: z.string() }),
  total: z.int().describe('Roles: somebody who holds two there counts twice'),
  page: z.int(),
  pages: z.int(),
  people: z.array(
    z.object({
      id: z.string().describe('Devin id'),
      email: z.string().nullable(),
      name: z.string().nullable(),
      role: z.string(),
      through: z.string().nullable().describe('The group through which it is held; null: directly'),
    }),
  ),
});

export function addOrgPeople(api: Api, deps: ServerDeps): void {
  api.get(
    '/api/v1/orgs/:id/people',
    {
      // It may read Devin, so a HEAD would cost as much and show nothing.
      exposeHeadRoute: false,
      schema: {
        operationId: 'listOrgPeople',
        summary: 'Who holds a role in one organization, directly or through a group',
        description: 'Reads Devin now, and for five minutes answers from that reading.',
        tags: ['places'],
        params: PeopleParams,
        querystring: PeopleQuery,
        response: {
          200: answer('One page of people, by address', PeopleData),
          ...problems(400, 401, 404, 502),
        },
      },
    },
    async ({ params, query: { search = '', page, limit } }) => {
      const { orgs } = await deps.places();
      const { id, name } = oneOf(orgs, params.id, 'organization');
      const { at, people } = await peopleIn(deps, id, search);
      const { items, ...paged } = pageOf(people, Number(page), Number(limit));
      return { at, org: { id, name }, ...paged, people: [...items] };
    },
  );
}

/** Nobody is in one that is not created yet. @throws ProblemError 502 when Devin cannot be read. */
export async function peopleIn(deps: ServerDeps, id: string | null, search: string): Promise<OrgPeople> {
  if (id === null) return { at: Date.now(), people: [] };
  try {
    return await deps.orgPeople(id, search);
  } catch (error) {
    if (error instanceof SourceReadError) throw new ProblemError(502, error.message);
    throw error;
  }
}
