import { readFile } from 'node:fs/promises';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { expect, test } from 'vitest';
import { mixed } from '../report/sample-plans.ts';
import { BEARER, DONE, FAILED, FakeDaemon, PLAN_ID, runRecord } from './fake-daemon.ts';
import { samplePlaces } from './sample-places.ts';
import { serverOf } from './serving.ts';

interface Operation {
  readonly operationId?: string;
  readonly summary?: string;
  readonly security?: readonly unknown[];
  readonly requestBody?: { readonly content: Record<string, { readonly schema: object }> };
  readonly responses: Record<string, { readonly content: Record<string, { readonly schema: object }> }>;
}

interface Document {
  readonly openapi: string;
  readonly info: { readonly version: string };
  readonly components: { readonly schemas: Record<string, object> };
  readonly paths: Record<string, Record<string, Operation>>;
}

async function documentOf(metricsOpen = false): Promise<{ document: Document; routes: string[] }> {
  const { app } = serverOf({ metricsOpen });
  const routes: string[] = [];
  app.addHook('onRoute', ({ method, url }) => {
    if (method !== 'HEAD' && /^\/(api\/|hooks\/|healthz|readyz|metrics)/.test(url))
      routes.push(`${method} ${url.replace(/:(\w+)/g, '{$1}')}`);
  });
  const answer = await app.inject({ url: '/api/v1/openapi.json', headers: BEARER });
  return { document: answer.json(), routes };
}

function operationsOf(document: Document): [string, Operation][] {
  return Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]): [string, Operation] => [
      `${method.toUpperCase()} ${path}`,
      operation,
    ]),
  );
}

test('the document has every registered route and no other', async () => {
  const { document, routes } = await documentOf();
  expect(document.openapi).toBe('3.1.0');
  expect(document.info.version).toBe('1.2.3');
  expect(routes).toHaveLength(33);
  expect(operationsOf(document).map(([name]) => name)).toEqual(routes);
});

test('each operation has a name of its own, a summary, and says 401 unless it is open', async () => {
  const { document } = await documentOf();
  const operations = operationsOf(document);
  expect(new Set(operations.map(([, operation]) => operation.operationId)).size).toBe(operations.length);
  const open = operations.filter(([, operation]) => operation.security?.length === 0).map(([name]) => name);
  expect(open).toEqual([
    'GET /healthz',
    'GET /readyz',
    'GET /hooks/okta',
    'POST /hooks/okta',
    'POST /hooks/graph',
  ]);
  // Each delivery of Okta proves itself by a secret of its own.
  expect(document.paths['/hooks/okta']?.post?.responses['401']).toBeDefined();
  for (const [name, operation] of operations) {
    expect(operation.summary, name).toBeTruthy();
    const isOpen = open.includes(name) && name !== 'POST /hooks/okta';
    expect('401' in operation.responses, name).toBe(!isOpen);
  }
});

test('open metrics are documented as open', async () => {
  const { document } = await documentOf(true);
  expect(document.paths['/metrics']?.get?.security).toEqual([]);
});

test('every error is a problem document, every reference resolves, no component is unused', async () => {
  const { document } = await documentOf();
  for (const [name, operation] of operationsOf(document)) {
    for (const [status, response] of Object.entries(operation.responses)) {
      if (status < '400') continue;
      expect(response.content, `${name} ${status}`).toEqual({
        'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } },
      });
    }
  }
  const text = JSON.stringify(document);
  const referred = new Set(Array.from(text.matchAll(/"#\/components\/schemas\/(\w+)"/g), ([, name]) => name));
  expect(Object.keys(document.components.schemas).sort()).toEqual([...referred].sort());
});

test('what the server answers is what the document promises', async () => {
  const daemon = new FakeDaemon();
  const sample = mixed();
  daemon.plans.set(sample.id, sample);
  daemon.places = await samplePlaces(sample);
  daemon.outcomes.set('op-1', FAILED);
  daemon.runs.set('run-1', runRecord('run-1', { ...DONE, step: { what: 'Okta groups', done: 1, total: 2 } }));
  const { app } = serverOf({}, daemon);
  const { document } = await documentOf();
  const ajv = new Ajv2020({ strict: false });
  ajv.addSchema({ ...document, $id: 'api' });
  const calls = [
    ['GET', '/healthz', '/healthz'],
    ['GET', '/readyz', '/readyz'],
    ['GET', '/api/v1/status', '/api/v1/status'],
    ['GET', '/api/v1/runs', '/api/v1/runs'],
    ['GET', '/api/v1/runs/run-1', '/api/v1/runs/{id}'],
    ['GET', '/api/v1/runs/run-9', '/api/v1/runs/{id}'],
    ['GET', '/api/v1/runs/a%2Fb', '/api/v1/runs/{id}'],
    ['GET', '/api/v1/plans/00000000', '/api/v1/plans/{id}'],
    ['POST', '/api/v1/resync', '/api/v1/resync'],
    ['GET', '/api/v1/plans', '/api/v1/plans'],
    ['GET', `/api/v1/plans/${sample.id}/changes?limit=3`, '/api/v1/plans/{id}/changes'],
    ['GET', `/api/v1/plans/${sample.id}/dead-letters`, '/api/v1/plans/{id}/dead-letters'],
    ['GET', '/api/v1/orgs', '/api/v1/orgs'],
    ['GET', '/api/v1/orgs/Payments', '/api/v1/orgs/{id}'],
    ['GET', '/api/v1/groups', '/api/v1/groups'],
    ['GET', '/api/v1/groups/00gpay?limit=2', '/api/v1/groups/{id}'],
    ['POST', '/api/v1/what-if', '/api/v1/what-if'],
    ['GET', '/api/v1/groups/00gpay/people?limit=2', '/api/v1/groups/{id}/people'],
    ['GET', '/api/v1/orgs/Payments/people?limit=2', '/api/v1/orgs/{id}/people'],
  ] as const;
  const seen: number[] = [];
  for (const [method, url, path] of calls) {
    const payload = path.endsWith('what-if') ? { policy: 'leavers' } : { org: 'Payments' };
    const body = method === 'POST' ? { payload } : {};
    const answer = await app.inject({ method, url, headers: BEARER, ...body });
    const type = String(answer.headers['content-type']).split(';')[0] as string;
    const pointer = [
      'paths',
      path,
      method.toLowerCase(),
      'responses',
      String(answer.statusCode),
      'content',
      type,
    ]
      .map((part) =>
        part.replaceAll('~', '~0').replaceAll('/', '~1').replaceAll('{', '%7B').replaceAll('}', '%7D'),
      )
      .join('/');
    const validate = ajv.getSchema(`api#/${pointer}/schema`);
    expect(validate?.(answer.json()), `${method} ${url}: ${JSON.stringify(validate?.errors)}`).toBe(true);
    seen.push(answer.statusCode);
  }
  expect(seen).toEqual([
    200, 200, 200, 200, 200, 404, 400, 404, 202, 200, 200, 200, 200, 200, 200, 200, 200, 200, 200,
  ]);
});

test('the body that resync documents is the body that it takes', async () => {
  const { document } = await documentOf();
  const schema = document.paths['/api/v1/resync']?.post?.requestBody?.content['application/json']?.schema;
  const validate = new Ajv2020({ strict: false }).compile(schema ?? false);
  const { app } = serverOf();
  const bodies = [
    {},
    { user: 'a@b.example' },
    { user: 'ada' },
    { group: 'devs', org: 'Payments' },
    { all: true },
  ];
  const verdicts: boolean[] = [];
  for (const payload of bodies) {
    const answer = await app.inject({ method: 'POST', url: '/api/v1/resync', headers: BEARER, payload });
    expect(answer.statusCode === 202, JSON.stringify(payload)).toBe(validate(payload));
    verdicts.push(answer.statusCode === 202);
  }
  expect(verdicts).toEqual([true, true, false, true, false]);
});

test('a report in each documented format is served in that media type', async () => {
  const { document } = await documentOf();
  const { app } = serverOf();
  const documented = Object.keys(document.paths['/api/v1/plans/{id}']?.get?.responses['200']?.content ?? {});
  const served: string[] = [];
  for (const format of ['json', 'markdown', 'csv', 'html', 'terminal']) {
    const answer = await app.inject({ url: `/api/v1/plans/${PLAN_ID}?format=${format}`, headers: BEARER });
    served.push(String(answer.headers['content-type']).split(';')[0] as string);
  }
  expect(served).toEqual(documented);
});

test('the page about the API names every route, and none that there is not', async () => {
  const page = await readFile(new URL('../../docs/api.md', import.meta.url), 'utf8');
  const named = [...page.matchAll(/(?:GET|POST) \/api\/v1\/[\w/{}-]+/g)].map(([route]) => route);
  const { routes } = await documentOf();
  const own = routes.filter((route) => route.includes('/api/') && !route.endsWith('openapi.json'));
  expect([...new Set(named)].sort()).toEqual(own.sort());
});
