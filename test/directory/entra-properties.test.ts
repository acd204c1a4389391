/** Whatever happens to a company, going on from the last reading tells the same as reading everything anew. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { DirectorySnapshot } from '../../src/core/model/directory.ts';
import type { EntraOptions } from '../../src/directory/entra/options.ts';
import type { DirectorySource } from '../../src/directory/source.ts';
import { CompanyDirectory, fictionalCompany } from '../../src/sandbox/company.ts';
import { type FakeGraph, type FakeGraphOptions, startFakeGraph } from '../../src/sandbox/fake-graph.ts';
import { runs } from '../helpers/runs.ts';
import { ALL, context, entraOf, plainSnapshot } from './setup.ts';

const KINDS = [
  'hire',
  'deactivate',
  'restore',
  'email',
  'guest',
  'join',
  'leave',
  'delete',
  'soft-delete',
  'undelete',
  'create group',
  'delete group',
  'rename in',
  'rename out',
  'nest',
  'unnest',
  'rejoin',
  'turn',
] as const;

interface Step {
  readonly kind: (typeof KINDS)[number];
  readonly a: number;
  readonly b: number;
}

const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.record({ kind: fc.constantFrom(...KINDS), a: fc.nat(1_000), b: fc.nat(1_000) }),
  { minLength: 1, maxLength: 14 },
);

interface Stage {
  readonly graph: FakeGraph;
  readonly overrides: Map<string, Record<string, unknown>>;
  readonly deleted: string[];
}

/** Things that cannot be done now are left out. */
function take({ graph, overrides, deleted }: Stage, { kind, a, b }: Step, count: () => number): void {
  const { company } = graph;
  const people = [...company.company.people.keys()];
  const groups = [...company.company.groups.keys()];
  const person = people[a % people.length] as string;
  const group = groups[b % groups.length] as string;
  const other = groups[a % groups.length] as string;
  const members = [...(company.company.groups.get(group)?.members ?? [])];
  const member = members[a % members.length];
  switch (kind) {
    case 'hire': {
      const name = `p${count()}`;
      company.hire({ firstName: name, lastName: 'New', email: `${name}@corp.example`, groups: [group] });
      break;
    }
    case 'deactivate':
      company.deactivate(person);
      break;
    case 'restore':
      company.restore(person);
      break;
    case 'email':
      company.changeEmail(person, `renamed-${count()}@corp.example`);
      if (b % 2 === 0) overrides.set(person, { mail: null });
      break;
    case 'guest':
      if (overrides.has(person)) overrides.delete(person);
      else overrides.set(person, { userType: 'Guest' });
      break;
    case 'join':
      company.join(group, person);
      break;
    case 'leave':
      if (member !== undefined) company.leave(group, member);
      break;
    case 'rejoin':
      if (member === undefined) break;
      company.leave(group, member);
      company.join(group, member);
      break;
    case 'delete':
      company.deletePerson(person);
      break;
    case 'soft-delete':
      deleted.push(graph.softDelete(person));
      break;
    case 'undelete': {
      const id = deleted.pop();
      if (id !== undefined) graph.restore(id);
      break;
    }
    case 'create group':
      company.createGroup(`${b % 2 === 0 ? 'devin' : 'other'}-new-${count()}`);
      break;
    case 'delete group':
      if (groups.length > 3) company.deleteGroup(group);
      break;
    case 'rename in':
      company.renameGroup(group, `devin-renamed-${count()}`);
      break;
    case 'rename out':
      company.renameGroup(group, `other-renamed-${count()}`);
      break;
    case 'nest':
      company.nest(group, other);
      break;
    case 'unnest': {
      const [child] = company.group(group).children;
      if (child !== undefined) company.group(group).children.delete(child);
      break;
    }
    case 'turn':
      break;
  }
}

/** A snapshot as the store would give it back. */
function stored(snapshot: DirectorySnapshot): DirectorySnapshot {
  const resume = JSON.parse(JSON.stringify(snapshot.resume));
  return new Proxy(snapshot, {
    get: (target, key) => {
      if (key === 'resume') return resume;
      const value = Reflect.get(target, key, target);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}

interface Setting {
  readonly fake: Partial<FakeGraphOptions>;
  readonly options: (graph: FakeGraph) => Partial<EntraOptions>;
}

async function holds(all: Step[], { fake, options }: Setting): Promise<void> {
  const overrides = new Map<string, Record<string, unknown>>();
  const company = new CompanyDirectory(fictionalCompany({ seed: 11, people: 14 }));
  const graph = await startFakeGraph({ company, overrides, ...fake });
  try {
    let made = 0;
    const stage = { graph, overrides, deleted: [] };
    const source: DirectorySource = entraOf(graph, options(graph));
    let last = await source.read(ALL, context());
    for (const [index, step] of all.entries()) {
      take(stage, step, () => ++made);
      if (step.kind !== 'turn' && index < all.length - 1 && index % 3 !== 2) continue;
      last = (await source.update?.(stored(last), context())) as DirectorySnapshot;
      expect(plainSnapshot(last)).toEqual(plainSnapshot(await source.read(ALL, context())));
    }
  } finally {
    await graph.close();
  }
}

const NAMED: Setting['options'] = () => ({ groups: { include: ['devin-*'], exclude: [] } });

test('groups by name: a chain of updates equals a fresh whole reading after any sequence of changes', async () => {
  const fake = { delta: { pageSize: 3, slice: 2 } };
  await fc.assert(
    fc.asyncProperty(steps, (all) => holds(all, { fake, options: NAMED })),
    runs(60),
  );
});

test('changes that come twice, late and in another order do not alter that', async () => {
  const fake = { delta: { pageSize: 4, slice: 3, replays: true, tellsEdges: true } };
  const everything: Setting['options'] = () => ({ guests: 'include' });
  await fc.assert(
    fc.asyncProperty(steps, (all) => holds(all, { fake, options: everything })),
    runs(50),
  );
});

test('an application: a chain of updates equals a fresh whole reading after any sequence of changes', async () => {
  const appId = '77777777-8888-4999-8000-111111111111';
  const assigned = new Set<string>();
  const fake = {
    assignments: new Map([[appId, assigned]]),
    permissions: ['User.Read.All', 'GroupMember.Read.All', 'Application.Read.All'],
  };
  const options = ({ company }: FakeGraph) => {
    const [person = '', ...people] = company.company.people.keys();
    for (const id of [...company.company.groups.keys()].slice(0, 3)) assigned.add(id);
    assigned.add(person).add(people.at(-1) as string);
    return { application: { appId } };
  };
  await fc.assert(
    fc.asyncProperty(steps, (all) => holds(all, { fake, options })).beforeEach(() => assigned.clear()),
    runs(50),
  );
});
