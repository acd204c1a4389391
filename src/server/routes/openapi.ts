import { z } from 'zod';
import type { Api } from '../api.ts';
import { answer, problems } from '../problem.ts';
import { NoQuery } from '../schemas.ts';

export function addOpenapi(api: Api): void {
  api.get(
    '/api/v1/openapi.json',
    {
      schema: {
        operationId: 'getOpenapi',
        summary: 'This document',
        tags: ['api'],
        querystring: NoQuery,
        response: { 200: answer('An OpenAPI 3.1 document', z.looseObject({})), ...problems(401) },
      },
    },
    async () => ({ ...api.swagger() }),
  );
}
