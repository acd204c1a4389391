/** Who is in a directory group, as the last run about everything has read it. */
import { z } from 'zod';
import { PERSON_STATUSES } from '../../core/model/directory.ts';
import type { Api } from '../api.ts';
import type { ServerDeps } from '../deps.ts';
import { pageOf } from '../pages-of.ts';
import { answer, ProblemError, problems } from '../problem.ts';
import { Limit, PageNumber } from '../schemas.ts';
import { oneOf } from './places.ts';

export const PeopleQuery = z.strictObject({
  search: z
    .string()
    .min(1)
    .max(320)
    .exactOptional()
    .describe('Part of the address, the name or the id, in any letter case'),
  page: PageNumber.describe('From 1; one past the end is the last'),
  limit: Limit.describe('People on a page, 1 to 200'),
});

export const PeopleParams = z.strictObject({ id: z.string().min(1).max(300).describe('Id or name') });

const PeopleData = z.object({
  at: z.int().describe('Epoch ms of the reading'),
  group: z.object({ id: z.string(), name: z.string() }),
  hidden: z.boolean().describe('The directory may keep members from us'),
  total: z.int(),
  page: z.int(),
  pages: z.int(),
  people: z.array(
    z.object({
      id: z.string(),
      email: z.string().nullable(),
      name: z.string(),
      status: z.enum(PERSON_STATUSES),
      through: z
        .string()
        .nullable()
        .describe('The nested group through which they are in it; null: directly'),
    }),
  ),
});

export function addGroupPeople(api: Api, deps: ServerDeps): void {
  api.get(
    '/api/v1/groups/:id/people',
    {
      schema: {
        operationId: 'listGroupPeople',
        summary: 'People of one directory group, those of nested groups too',
        description: 'From the reading that the last run about everything stored: nothing is read for it.',
        tags: ['places'],
        params: PeopleParams,
        querystring: PeopleQuery,
        response: { 200: answer('One page of people, by address', PeopleData), ...problems(400, 401, 404) },
      },
    },
    async ({ params, query: { search = '', page, limit } }) => {
      const { groups } = await deps.places();
      const { id, name } = oneOf(groups, params.id, 'group');
      const found = await deps.groupPeople(id, search);
      if (found === null) throw new ProblemError(404, `${NOT_KEPT}.`);
      const { items, ...paged } = pageOf(found.people, Number(page), Number(limit));
      return { at: found.at, group: { id, name }, hidden: found.hidden, ...paged, people: [...items] };
    },
  );
}

export const NOT_KEPT = 'No reading of this group is kept; the next run about everything stores one';
