/** What the connectors' tests share: fakes that close themselves, and a comparison of a snapshot with the truth. */
import { readFileSync } from 'node:fs';
import { expect, onTestFinished, vi } from 'vitest';
import type { DirectorySnapshot } from '../../src/core/model/directory.ts';
import { type EntraOptions, entraOptions } from '../../src/directory/entra/options.ts';
import { createEntraSource, type EntraDeps } from '../../src/directory/entra/source.ts';
import { type OktaOptions, oktaOptions } from '../../src/directory/okta/options.ts';
import { createOktaSource } from '../../src/directory/okta/source.ts';
import type { DirectorySource } from '../../src/directory/source.ts';
import { SourceReadError } from '../../src/lib/errors.ts';
import type { ReadContext, ReadProgress } from '../../src/lib/reading.ts';
import {
  type Company,
  CompanyDirectory,
  companyFromOrgChart,
  fictionalCompany,
} from '../../src/sandbox/company.ts';
import { type FakeGraph, type FakeGraphOptions, startFakeGraph } from '../../src/sandbox/fake-graph.ts';
import { type FakeOkta, type FakeOktaOptions, startFakeOkta } from '../../src/sandbox/fake-okta.ts';

export const ALL = { kind: 'all' } as const;

/** Short waits, so that failures that last are found out quickly; patient, so that a busy machine is not taken for a silent server. */
export const QUICK = { timeoutMs: 60_000, maxRetries: 2, maxWaitMs: 5 };

export function corpus(): Company {
  const file = new URL('../fixtures/open-source-org.json', import.meta.url);
  return companyFromOrgChart(JSON.parse(readFileSync(file, 'utf8')));
}

export function smallCompany(people = 40): CompanyDirectory {
  return new CompanyDirectory(fictionalCompany({ seed: 7, people }));
}

export async function oktaOf(
  fake: Partial<FakeOktaOptions> = {},
  options: Partial<Omit<OktaOptions, 'token'>> = {},
): Promise<{ okta: FakeOkta; source: DirectorySource }> {
  const okta = await startFakeOkta({ company: smallCompany(), rateLimitPerMinute: 100_000, ...fake });
  onTestFinished(() => okta.close());
  const sign = options.privateKey === undefined ? { token: okta.token } : {};
  return {
    okta,
    source: createOktaSource(oktaOptions.parse({ url: okta.url, ...sign, ...QUICK, ...options })),
  };
}

export async function graphOf(
  fake: Partial<FakeGraphOptions> = {},
  options: Partial<EntraOptions> = {},
): Promise<{ graph: FakeGraph; source: DirectorySource }> {
  const graph = await startFakeGraph({ company: smallCompany(), ...fake });
  onTestFinished(() => graph.close());
  return { graph, source: entraOf(graph, options) };
}

export function entraOf(
  graph: FakeGraph,
  options: Partial<EntraOptions> = {},
  deps: EntraDeps = {},
): DirectorySource {
  const { url, authorityUrl, tenantId, clientId, clientSecret } = graph;
  const { certificate, workloadIdentity } = options;
  const secret = certificate === undefined && workloadIdentity === undefined ? { clientSecret } : {};
  const sign = { graphUrl: url, authorityUrl, tenantId, clientId, ...secret };
  return createEntraSource(entraOptions.parse({ ...sign, ...QUICK, ...options }), deps);
}

export function context(
  signal = new AbortController().signal,
): ReadContext & { readonly seen: ReadProgress[] } {
  const seen: ReadProgress[] = [];
  return { signal, seen, onProgress: (progress) => seen.push(progress) };
}

/** The words of the SourceReadError that a read must end with. */
export async function failureOf(reading: Promise<unknown>): Promise<string> {
  const error = await reading.then(
    () => expect.fail('the read went well'),
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(SourceReadError);
  return (error as SourceReadError).message;
}

/**
 * Ends the time limit of the calls under way as soon as a scripted request hangs, and never before: what is silent is
 * what the script says, however busy the machine.
 */
export function silenceIsLate({ requests }: Pick<FakeOkta | FakeGraph, 'requests'>): void {
  const later = globalThis.setTimeout;
  const hung = () => requests.filter(({ fault }) => fault === 'hang').length;
  const limit = (work: () => void, ms?: number) => {
    if (ms !== QUICK.timeoutMs) return later(work, ms);
    const before = hung();
    return setInterval(() => {
      if (hung() > before) work();
    }, 5);
  };
  const spy = vi.spyOn(globalThis, 'setTimeout').mockImplementation(limit as typeof setTimeout);
  onTestFinished(() => spy.mockRestore());
}

interface Plain {
  readonly people: Record<string, { email: string | null; status: string }>;
  readonly groups: Record<string, { name: string; members: string[]; children: string[] }>;
}

export function plainSnapshot(snapshot: DirectorySnapshot): Plain {
  const people: Plain['people'] = {};
  const groups: Plain['groups'] = {};
  const personId = (index: number) => snapshot.person(index).id;
  const groupId = (index: number) => snapshot.group(index).id;
  for (let index = 0; index < snapshot.personCount; index++) {
    const { id, email, status } = snapshot.person(index);
    people[id] = { email, status };
  }
  for (let index = 0; index < snapshot.groupCount; index++) {
    const { id, name } = snapshot.group(index);
    const members = [...snapshot.members(index)].map(personId).sort();
    groups[id] = { name, members, children: [...snapshot.children(index)].map(groupId).sort() };
  }
  return { people, groups };
}

export function plainCompany(
  company: Company,
  words: { readonly statusOf?: (status: string) => string; readonly nested: boolean },
): Plain {
  const statusOf = words.statusOf ?? ((status) => status);
  const people = Object.fromEntries(
    [...company.people.values()].map(({ id, email, status }) => [id, { email, status: statusOf(status) }]),
  );
  const groups = Object.fromEntries(
    [...company.groups.values()].map(({ id, name, members, children }) => [
      id,
      { name, members: [...members].sort(), children: words.nested ? [...children].sort() : [] },
    ]),
  );
  return { people, groups };
}

export function callsOf(snapshot: DirectorySnapshot): number {
  return snapshot.reads.reduce((sum, { calls }) => sum + calls, 0);
}

export function pages(items: number, size: number): number {
  return Math.max(1, Math.ceil(items / size));
}
