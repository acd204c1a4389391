import { hash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { beforeAll, expect, test } from 'vitest';
import { parse } from 'yaml';
import type { Operation, OperationKind } from '../../src/core/model/operation.ts';
import { permissionFor } from '../../src/devin/permissions.ts';
import type { ApiRequest } from '../../src/devin/target.ts';
import { v2Request } from '../../src/devin/v2/requests.ts';
import { startFakeDevin } from '../../src/sandbox/fake-devin.ts';
import { deadline, operation, reading, targetFor } from './helpers.ts';

const folder = join(import.meta.dirname, '../../src/devin/contract');
const yaml = readFileSync(join(folder, 'devin-api.yaml'));

interface Schema {
  readonly parameters?: readonly { readonly $ref?: string; readonly name?: string }[];
  readonly requestBody?: { readonly content: { readonly 'application/json': { readonly schema: object } } };
  readonly 'x-required-permission'?: readonly string[];
}
type PathItem = Record<string, Schema>;
interface Contract {
  readonly paths: Record<string, PathItem>;
  readonly components: { readonly parameters: Record<string, { readonly name: string }> };
}

const contract: Contract = parse(yaml.toString());
const ajv = new Ajv2020({ strict: false });
ajv.addSchema(contract, 'contract');

const fields: Partial<Operation> = { user: 'email|1', group: 'a/b', org: 'org-1', role: 'role-1' };
type RestKind = Exclude<OperationKind, `scim-${string}`>;
const kinds: Record<RestKind, Partial<Operation>> = {
  'create-org': { create: { name: 'Payments', maxSessionAcuLimit: 1, maxCycleAcuLimit: null } },
  'update-org': { ...fields, create: { name: 'Payments', maxSessionAcuLimit: 1, maxCycleAcuLimit: null } },
  'allow-repository': { ...fields, role: 'repo/git-1/corp%2Fpayments' },
  'deny-repository': { ...fields, before: 'prefix/git-1/corp/permission-1' },
  invite: { ...fields, batch: ['a@corp.example'] },
  'set-enterprise-role': fields,
  'remove-user': fields,
  'add-to-org': fields,
  'change-org-role': fields,
  'remove-from-org': fields,
  'register-groups': { batch: ['payments'] },
  'give-group-role': fields,
  'change-group-role': fields,
  'take-group-role': fields,
  'add-group-to-org': fields,
  'change-group-org-role': fields,
  'remove-group-from-org': fields,
  'unregister-group': fields,
};
const writes = Object.entries(kinds).map(([kind, given]) =>
  targetFor('http://127.0.0.1:1').describe(operation(kind as OperationKind, given), null),
);
const V2_LACKS =
  /^(update-org|(give|change|take)-group-role|change-group-org-role|unregister-group|.*-repository)$/;
const olderWrites = Object.entries(kinds)
  .filter(([kind]) => !V2_LACKS.test(kind))
  .map(([kind, given]) => v2Request(operation(kind as OperationKind, given), null));
const reads: ApiRequest[] = [];

beforeAll(async () => {
  const fake = await startFakeDevin({ orgs: ['Payments'] });
  try {
    const target = targetFor(fake.url);
    await target.read(reading());
    await target.check(deadline());
    for (const { method, path } of fake.requests) reads.push({ method, path, body: null } as ApiRequest);
  } finally {
    await fake.close();
  }
});

function itemOf(request: ApiRequest): { template: string; schema: Schema } | undefined {
  const path = request.path.split('?', 1)[0] as string;
  // A fixed path wins over a template, as in any router: members/users is no idp_group_name.
  const templates = Object.keys(contract.paths).sort((a, b) => a.split('{').length - b.split('{').length);
  const template = templates.find((one) => pattern(one).test(path));
  const schema = template && contract.paths[template]?.[request.method.toLowerCase()];
  return template && schema ? { template, schema } : undefined;
}

function pattern(template: string): RegExp {
  return new RegExp(`^${template.replaceAll(/\{\w+\}/g, '[^/]+')}$`);
}

test('the generated types are those of the vendored contract', () => {
  const header = readFileSync(join(folder, 'types.ts'), 'utf8').split('\n', 2)[1];
  expect(header, 'run scripts/generate-contract.ts').toBe(`// sha256: ${hash('sha256', yaml)}`);
});

test.each([...writes, ...olderWrites])('the contract has $method $path and takes its body', (request) => {
  const found = itemOf(request);
  expect(found?.template).toBeDefined();
  const declared = found?.schema.requestBody;
  if (declared === undefined) {
    expect(request.body).toBeNull();
    return;
  }
  const ref = `contract#/paths/${found?.template.replaceAll('/', '~1').replaceAll(/[{}]/g, encodeURIComponent)}/${request.method.toLowerCase()}/requestBody/content/application~1json/schema`;
  const validate = ajv.compile({ $ref: ref });
  expect(validate(request.body), ajv.errorsText(validate.errors)).toBe(true);
  expect(validate([]), 'the contract must be able to say no').toBe(false);
});

test('a whole read and a check ask only for what the contract has', () => {
  expect(reads.length).toBeGreaterThan(10);
  for (const request of reads) {
    const found = itemOf(request);
    expect(found, request.path).toBeDefined();
    const known = (found?.schema.parameters ?? []).map(
      ({ $ref, name }) => name ?? contract.components.parameters[$ref?.split('/').at(-1) ?? '']?.name,
    );
    const asked = new URL(request.path, 'http://127.0.0.1').searchParams.keys();
    for (const parameter of asked) expect(known, request.path).toContain(parameter);
  }
});

test('the permission that a refusal names is one that the contract asks for', () => {
  expect(writes.length + reads.length).toBeGreaterThan(20);
  for (const request of [...writes, ...reads]) {
    const asked = itemOf(request)?.schema['x-required-permission']?.join(' ');
    expect(asked, `${request.method} ${request.path}`).toContain(permissionFor(request.method, request.path));
  }
});
