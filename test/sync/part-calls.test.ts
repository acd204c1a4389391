/** Runs about one person, against the fakes: how many calls they cost, and that they plan what a whole turn plans. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { devinOptions } from '../../src/devin/options.ts';
import { makeRestTarget } from '../../src/devin/rest-target.ts';
import { entraOptions } from '../../src/directory/entra/options.ts';
import { createEntraSource } from '../../src/directory/entra/source.ts';
import { fileOptions } from '../../src/directory/file/options.ts';
import { createFileSource } from '../../src/directory/file/source.ts';
import { oktaOptions } from '../../src/directory/okta/options.ts';
import { createOktaSource } from '../../src/directory/okta/source.ts';
import type { DirectorySource } from '../../src/directory/source.ts';
import { unpaced } from '../../src/lib/pace.ts';
import { type CompanyDirectory, directoryOf, fictionalCompany } from '../../src/sandbox/company.ts';
import { type Sandbox, startSandbox } from '../../src/sandbox/sandbox.ts';
import { openStore } from '../../src/state/redis/open-store.ts';
import { type LoopDeps, takeTurn } from '../../src/sync/run.ts';
import { lines, NOW, world } from '../helpers/world.ts';
import { privateRedis } from '../lib/private-redis.ts';

const redis = await privateRedis();
const client = redis.client();
const CONTEXT = { signal: new AbortController().signal, onProgress: () => {} };
const ORGS = Array.from({ length: 250 }, (_, org) => `Org ${org}`);

type Kind = 'okta' | 'entra' | 'file';

function sourceOf(kind: Kind, { okta, graph, company }: Sandbox): DirectorySource {
  if (kind === 'okta') return createOktaSource(oktaOptions.parse({ url: okta.url, token: okta.token }));
  if (kind === 'entra') {
    const { url: graphUrl, authorityUrl, tenantId, clientId, clientSecret } = graph;
    return createEntraSource(
      entraOptions.parse({ graphUrl, authorityUrl, tenantId, clientId, clientSecret }),
    );
  }
  const folder = mkdtempSync(join(tmpdir(), 'part-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const path = join(folder, 'company.json');
  const source = createFileSource(fileOptions.parse({ path, name: 'corp' }));
  const save = () => writeFileSync(path, fileText(company), { mode: 0o600 });
  // The file is written anew before each look, as an export would be.
  return {
    ...source,
    read: (scope, context) => {
      save();
      return source.read(scope, context);
    },
    look: (sought, context) => {
      save();
      return source.look?.(sought, context) ?? expect.fail('no look');
    },
  };
}

function fileText(company: CompanyDirectory): string {
  const { people, groups } = company.company;
  return JSON.stringify({
    people: Array.from(people.values(), ({ id, email, status }) => ({ id, email, status })),
    groups: Array.from(groups.values(), (group) => ({
      ...group,
      members: [...group.members],
      children: [...group.children],
    })),
  });
}

interface Live {
  readonly sandbox: Sandbox;
  readonly company: CompanyDirectory;
  readonly deps: LoopDeps;
  /** Calls to both sides since the last time, sign-ins of an hour apart. */
  calls(): number;
}

async function live(kind: Kind, people: number): Promise<Live> {
  const company = directoryOf(fictionalCompany({ seed: 7, people }));
  const sandbox = await startSandbox({
    company,
    okta: { rateLimitPerMinute: 1_000_000 },
    devin: { orgs: ORGS },
  });
  onTestFinished(() => sandbox.close());
  const { okta, graph, devin } = sandbox;
  const of = world().rule('devin-users', 'Member', { org: 'Org 7' });
  const deps: LoopDeps = {
    source: sourceOf(kind, sandbox),
    target: makeRestTarget(devinOptions.parse({ url: devin.url, key: devin.key }), { pace: unpaced }),
    store: await openStore(client, redis.prefix(), NOW),
    settings: of.settings,
    devinUrl: devin.url,
    configHash: 'config',
    sourceHash: 'source',
    maxPerSecond: 100,
    clock: () => NOW,
    note: () => {},
  };
  const logs = [okta.requests, graph.requests, devin.requests];
  return {
    sandbox,
    company,
    deps,
    calls: () => {
      const count = logs.flat().filter(({ path }) => !/oauth2|openid/.test(path)).length;
      for (const log of logs) log.length = 0;
      return count;
    },
  };
}

/** The plan about one person, read alone; then the same by a whole turn; and what the first one cost. */
async function both({ deps, calls }: Live, user: string): Promise<{ plan: string[]; cost: number }> {
  calls();
  const alone = await takeTurn(deps, CONTEXT, { keep: true, only: { user } });
  const cost = calls();
  expect(alone.input.directory.scope.kind).toBe('part');
  const { target } = deps;
  const { look: _, ...whole } = target;
  const all = await takeTurn({ ...deps, target: whole }, CONTEXT, { keep: true, only: { user } });
  expect(all.input.directory.scope.kind).toBe('all');
  expect(lines(alone.decision.plan)).toEqual(lines(all.decision.plan));
  expect(alone.decision.plan.id).toBe(all.decision.plan.id);
  return { plan: lines(alone.decision.plan), cost };
}

test.each([
  ['okta', 6, 7, 9],
  ['entra', 5, 6, 7],
  ['file', 3, 3, 3],
] as const)(
  'one person of %s costs the same few calls in a small and in a larger company',
  async (kind, read, proof, again) => {
    for (const people of [30, 400]) {
      const here = await live(kind, people);
      const { company, sandbox, deps } = here;
      const { devin } = sandbox;
      const group = company.group('devin-users');
      const active = [...group.members]
        .map((id) => company.person(id))
        .filter(({ status }) => status === 'active');
      const [fired, leaver] = active;
      const web = devin.state.orgs.get([...devin.state.orgs.keys()][7] as string)?.id as string;
      for (const person of [fired, leaver]) {
        const user = devin.state.addUser({ email: person?.email as string });
        devin.state.setUserRole(user, web, 'org_member', 'api');
        const row = { directoryId: person?.id as string, devinId: user.id, email: person?.email as string };
        const memory = await deps.store.memory.load(await tenantsOf(deps));
        const places = { '': 'managed', [web]: 'managed' } as const;
        const ledger = { ...memory, people: [...memory.people, { ...row, places }] };
        await deps.store.memory.save(memory, { ...ledger, approvedConfig: 'config' });
      }
      await takeTurn(deps, CONTEXT);
      const newcomer = company.hire({ firstName: 'New', lastName: 'Comer', email: 'new@corp.example' });
      company.join(group.id, newcomer.id);
      const hired = await both(here, 'NEW@corp.example');
      expect(hired.plan).toHaveLength(2);
      expect(hired.cost).toBe(read);
      company.deactivate(fired?.id as string);
      const gone = await both(here, fired?.email as string);
      expect(gone.plan.map((line) => line.split(' ').slice(0, 2).join(' '))).toEqual(['ready: remove-user']);
      expect(gone.cost).toBe(proof);
      company.leave(group.id, leaver?.id as string);
      const left = await both(here, leaver?.email as string);
      expect(left.plan.join()).toContain('ready: remove-from-org');
      expect(left.cost).toBe(again);
    }
  },
);

async function tenantsOf({ source, target, devinUrl }: LoopDeps) {
  const { id } = await target.identify(CONTEXT.signal);
  return { directory: await source.tenant(CONTEXT.signal), devin: `${devinUrl} as ${id}` };
}
