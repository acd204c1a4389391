/** The table of endpoints in the documents is what the code really asks for, and says of it what the contract says. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { parse } from 'yaml';
import type { Operation } from '../../src/core/model/operation.ts';
import { describeRequest, makeTarget } from '../../src/devin/make-target.ts';
import type { TargetOptions } from '../../src/devin/options.ts';
import { permissionFor } from '../../src/devin/permissions.ts';
import type { DevinTarget } from '../../src/devin/target.ts';
import { unpaced } from '../../src/lib/pace.ts';
import { startFakeDevin } from '../../src/sandbox/fake-devin.ts';
import { tableRows } from '../helpers/markdown.ts';
import { CASES, V2_LACKS } from '../queue/write-cases.ts';
import { asIs, deadline, operation, optionsFor, reading } from './helpers.ts';

const OWNER = 'root@corp.example';

interface Described {
  readonly parameters?: readonly { readonly $ref?: string }[];
  readonly 'x-evidence'?: string;
  readonly 'x-batch-limit'?: Readonly<Record<string, number>>;
}
const contract: { readonly paths: Record<string, Record<string, Described>> } = parse(
  readFileSync(join(import.meta.dirname, '../../src/devin/contract/devin-api.yaml'), 'utf8'),
);

/** Everything that a target can be asked, and every write that it describes. */
async function exercise(
  target: DevinTarget,
  options: TargetOptions,
  operations: readonly Operation[],
): Promise<string[]> {
  const context = reading();
  await target.identify(deadline());
  const state = await target.read(context);
  await target.probe(deadline());
  await target.check(deadline());
  // The sandbox has no service users; that it was asked is what counts.
  await target.keyEnd?.(deadline()).catch(() => null);
  await target.acts?.(context);
  await target.look?.([OWNER], state.head, context);
  await target.impact?.([{ devinId: 'email|nobody', email: 'a@corp.example' }], Date.now(), context);
  await target.authors?.([{ holder: 'x', org: null, name: 'x' }], context);
  if (options.api === 'organization') return [];
  for (const one of operations) await target.readBack(one, asIs, deadline());
  return operations.map((one) => {
    const { method, path } = describeRequest(options, one, null);
    return `${method} ${path}`;
  });
}

async function used(): Promise<Map<string, { method: string; path: string }>> {
  const devin = await startFakeDevin({ orgs: ['Payments'], keyOwner: OWNER, keyOrg: 'Payments' });
  onTestFinished(() => devin.close());
  const now = Math.floor(Date.now() / 1000);
  devin.state.cycles.push({ after: now - 1000, before: now + 1000 });
  const operations = CASES.map(({ kind, make }) => operation(kind, make(devin.state, `who-${kind}`)));
  const org = { id: devin.state.org('Payments').id, name: 'Payments' };
  const targets: Partial<TargetOptions>[] = [
    { repositoriesOf: ['Payments'] },
    { api: 'v2', key: devin.personalKey, keyOwner: OWNER },
    { api: 'organization', key: devin.orgKey, organizations: [org] },
  ];
  const lines: string[] = [];
  for (const over of targets) {
    const options: TargetOptions = { ...optionsFor(devin.url), ...over };
    const target = makeTarget(options, { pace: unpaced, sleep: async () => {} });
    const mine = operations.filter(({ kind }) => options.api === 'v3' || !V2_LACKS.test(kind));
    lines.push(...(await exercise(target, options, mine)));
  }
  const asked = devin.requests.map(({ method, path }) => `${method} ${path}`);
  return new Map(
    [...asked, ...lines].map((line) => {
      const [method = '', path = ''] = line.split(' ');
      return [`${method} ${templateOf(path)}`, { method, path }];
    }),
  );
}

function templateOf(path: string): string {
  const [pathname = ''] = path.split('?');
  const templates = Object.keys(contract.paths).sort((a, b) => a.split('{').length - b.split('{').length);
  const found = templates.find((one) =>
    new RegExp(`^${one.replaceAll(/\{\w+\}/g, '[^/]+')}$`).test(pathname),
  );
  if (found === undefined) throw new Error(`the contract has no ${pathname}`);
  return found;
}

function pageOf(template: string, method: string): string {
  const described = contract.paths[template]?.[method.toLowerCase()];
  const [batch] = Object.values(described?.['x-batch-limit'] ?? {});
  if (batch !== undefined) return `${batch} a call`;
  const names = (described?.parameters ?? []).map(({ $ref }) => $ref?.split('/').at(-1));
  return names.includes('First') || names.includes('Limit') ? '200 a page' : '';
}

function permissionOf(method: 'GET', path: string): string {
  if (path.startsWith('/v2/')) return 'administrator';
  return permissionFor(method, path);
}

test('the table of endpoints is what the code asks for, with permission, limits and evidence as the contract has them', async () => {
  const page = {
    file: 'docs/devin-api.md',
    text: readFileSync(join(import.meta.dirname, '../../docs/devin-api.md'), 'utf8'),
  };
  const rows = tableRows(page).filter(([method]) => /^(GET|POST|PUT|PATCH|DELETE)$/.test(method ?? ''));
  const documented = rows.map(([method, path, , permission, limit, errors, evidence]) =>
    [method, path?.replaceAll('`', ''), permission?.replaceAll('`', ''), limit, errors, evidence].join(' | '),
  );
  const real = [...(await used())].map(([line, { method, path }]) => {
    const [, template = ''] = line.split(' ');
    const described = contract.paths[template]?.[method.toLowerCase()];
    const evidence = /^[\w-]+/.exec(described?.['x-evidence'] ?? 'documented')?.[0];
    const errors = method === 'GET' ? 'read' : method === 'DELETE' ? 'take' : 'give';
    const permission = permissionOf(method as 'GET', path);
    return [method, template, permission, pageOf(template, method), errors, evidence].join(' | ');
  });
  expect(documented.toSorted()).toEqual(real.toSorted());
  expect(rows.every(([, , purpose]) => (purpose ?? '').length > 5)).toBe(true);
});
