/** A company in Okta and its Devin enterprise, in sync and with every policy open: what goes wrong next is the test's. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';
import type { ApplyResult, Consent } from '../../src/actions/apply.ts';
import type { Plan } from '../../src/core/model/change.ts';
import { type Company, CompanyDirectory, emptyCompany } from '../../src/sandbox/company.ts';
import { type FakeDevin, startFakeDevin } from '../../src/sandbox/fake-devin.ts';
import { type FakeOkta, startFakeOkta } from '../../src/sandbox/fake-okta.ts';
import type { LoggedRequest } from '../../src/sandbox/request-log.ts';
import { type Live, open } from '../e2e/live.ts';

/** Starting a program is dear, so a town lives through several situations, until the end of its file. */
const closing: (() => Promise<unknown>)[] = [];

afterAll(async () => {
  for (const close of closing.reverse()) await close();
});

export const ALWAYS = Number.POSITIVE_INFINITY;

export const RULES = [
  '{ group: everybody, role: Member }',
  '{ pattern: "team-(?<org>[a-z]+)", org: "{org}", role: Member }',
];

export interface Town {
  readonly okta: FakeOkta;
  readonly company: CompanyDirectory;
  readonly devin: FakeDevin;
  plan(): Promise<Plan>;
  apply(consent: Consent): Promise<ApplyResult>;
  /** Ends the program and starts it again on the same state, with other rules or another filter of groups. */
  restart(change: Restart): Promise<void>;
  /** Writes that Devin was asked for since the company was in sync. */
  writes(): LoggedRequest[];
}

interface Restart {
  readonly rules?: readonly string[];
  /** Pattern of the groups that are read. */
  readonly include?: string;
  readonly fullEvery?: string;
  /** More lines of the configuration. */
  readonly more?: string;
}

export interface TownOptions extends Restart {
  readonly company?: CompanyDirectory;
}

/** `p00`, `p01` …: half of them in team-web, half in team-pay, all in everybody. */
export function staff(people = 40): CompanyDirectory {
  const company = new CompanyDirectory(emptyCompany());
  for (const group of ['everybody', 'team-web', 'team-pay']) company.createGroup(group);
  for (let at = 0; at < people; at++)
    hire(company, `p${String(at).padStart(2, '0')}`, at % 2 === 0 ? 'team-web' : 'team-pay');
  return company;
}

export function hire(company: CompanyDirectory, name: string, ...groups: string[]): void {
  const email = `${name}@corp.example`;
  company.hire({ firstName: name, lastName: 'Corp', email, groups: ['everybody', ...groups] });
}

export async function town(options: TownOptions = {}): Promise<Town> {
  const company = options.company ?? staff();
  const okta = await startFakeOkta({ company, pageSize: 20 });
  const devin = await startFakeDevin({ orgs: ['web', 'pay'] });
  const folder = await mkdtemp(join(tmpdir(), 'idp-town-'));
  closing.push(() => Promise.all([okta.close(), devin.close()]));
  closing.push(() => rm(folder, { recursive: true, force: true, maxRetries: 10 }));
  const textOf = ({ rules = RULES, include = '*', fullEvery = '24h', more = '' }: Restart) => `directory:
  fullEvery: ${fullEvery}
  okta: { url: ${okta.url}, token: ${okta.token}, groups: { include: ['${include}'] }, maxRetries: 1, maxWaitMs: 100, timeoutMs: 60000 }
devin: { url: ${devin.url}, key: ${devin.key} }
policy: full
stateDir: ${folder}/state
rules:
${rules.map((rule) => `  - ${rule}`).join('\n')}
limits: { devin: { maxPerSecond: 500 } }
${more}
`;
  let here: Live = await open(textOf(options), folder);
  closing.push(() => here.bench.close());
  await here.apply('held');
  const before = devin.requests.length;
  return {
    okta,
    company,
    devin,
    plan: () => here.plan(),
    apply: (consent) => here.apply(consent),
    restart: async (change) => {
      await here.bench.close();
      here = await open(textOf({ ...options, ...change }), folder);
    },
    writes: () => devin.requests.slice(before).filter(({ method }) => method !== 'GET'),
  };
}

/** Removals and downgrades among them. */
export function takes(writes: readonly LoggedRequest[]): string[] {
  return writes.flatMap(({ method, path }) => (method === 'DELETE' ? [`${method} ${path}`] : []));
}

export function guardsOf({ violations }: Plan): string[] {
  return [...new Set(violations.map(({ guard }) => guard))];
}

/** What a list would say if it ended too early. */
export function listOf({ people }: Company, keep: (at: number) => boolean): string {
  const kept = [...people.values()].filter((_, at) => keep(at));
  return JSON.stringify(
    kept.map(({ id, email }) => ({ id, status: 'ACTIVE', profile: { login: email, email } })),
  );
}
