/**
 * An enterprise that was made by hand: written down, adopted one organization at a time, and later moved to another
 * identity provider. Nobody loses anything on the way.
 */
import { readFileSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import { adoptAccess } from '../../src/actions/adopt.ts';
import { dumpState } from '../../src/actions/dump.ts';
import { relinkLedger } from '../../src/actions/relink.ts';
import {
  type Company,
  type CompanyDirectory,
  companyFromOrgChart,
  directoryOf,
} from '../../src/sandbox/company.ts';
import { type FakeDevin, startFakeDevin } from '../../src/sandbox/fake-devin.ts';
import { startFakeGraph } from '../../src/sandbox/fake-graph.ts';
import { startFakeOkta } from '../../src/sandbox/fake-okta.ts';
import { CONTEXT, live, scratch } from './live.ts';

vi.setConfig({ testTimeout: 400_000 });

interface Chart {
  readonly groups: readonly {
    name: string;
    kind: string;
    org?: string;
    members: string[];
    maintainers?: string[];
  }[];
}

const chart = JSON.parse(
  readFileSync(new URL('../fixtures/open-source-org.json', import.meta.url), 'utf8'),
) as Chart;
const orgs = chart.groups.filter(({ kind }) => kind === 'org').map(({ name }) => name.replace(/^org-/, ''));
const PEOPLE = 2000;
const UNEXPLAINED = 300;

/** The corpus, filled up to 2,000 people who are in one group of their own. */
function company(): CompanyDirectory {
  const directory = directoryOf(companyFromOrgChart(chart));
  directory.createGroup('more-people');
  while (directory.company.people.size < PEOPLE) {
    const at = directory.company.people.size;
    directory.hire({
      firstName: 'More',
      lastName: `${at}`,
      email: `more.${at}@corp.example`,
      groups: ['more-people'],
    });
  }
  return directory;
}

/** The same company as another identity provider knows it: every id is another one. */
function elsewhere({ company: { people, groups } }: CompanyDirectory): CompanyDirectory {
  const id = (old: string) => `entra-${old}`;
  const ids = (set: ReadonlySet<string>) => new Set([...set].map(id));
  return directoryOf({
    people: new Map([...people.values()].map((person) => [id(person.id), { ...person, id: id(person.id) }])),
    groups: new Map(
      [...groups.values()].map((group) => [
        id(group.id),
        { ...group, id: id(group.id), members: ids(group.members), children: ids(group.children) },
      ]),
    ),
  } as Company);
}

/** Everybody is in by hand: as the groups say, and 300 roles that no group explains. */
async function madeByHand(directory: CompanyDirectory): Promise<FakeDevin> {
  const devin = await startFakeDevin({ orgs });
  const places = new Map([...devin.state.orgs.values()].map(({ id, name }) => [name, id]));
  const people = [...directory.company.people.values()];
  const users = new Map(people.map(({ email }) => [email, devin.state.addUser({ email })]));
  const give = (email: string, org: string, role: string) => {
    const user = users.get(email);
    if (user !== undefined) devin.state.setUserRole(user, places.get(org) as string, role);
  };
  for (const { name, kind, members } of chart.groups)
    if (kind === 'org')
      for (const member of members) give(`${member}@corp.example`, name.replace(/^org-/, ''), 'org_member');
  for (const { org, maintainers } of chart.groups)
    for (const member of maintainers ?? []) give(`${member}@corp.example`, org as string, 'org_admin');
  let left = UNEXPLAINED;
  for (const [at, { email }] of people.entries()) {
    const org = orgs[at % orgs.length] as string;
    const user = users.get(email);
    if (left === 0 || user?.direct.has(places.get(org) as string)) continue;
    give(email, org, 'org_member');
    left--;
  }
  return devin;
}

/** `email org role` of everything that anybody holds. */
function held({ state }: FakeDevin): string[] {
  return [...state.users.values()]
    .flatMap(({ email, direct }) => [...direct].map(([org, role]) => `${email} ${org} ${role}`))
    .sort();
}

function writes({ requests }: FakeDevin): number {
  return requests.filter(({ method }) => method !== 'GET').length;
}

test('2,000 people made by hand: dump, an empty plan, adoption by organization, drift shown, nothing lost; then the move to Entra', async () => {
  const directory = company();
  const devin = await madeByHand(directory);
  const okta = await startFakeOkta({ company: directory, rateLimitPerMinute: 1_000_000 });
  const graph = await startFakeGraph({ company: elsewhere(directory) });
  onTestFinished(() => Promise.all([okta.close(), graph.close(), devin.close()]).then(() => {}));
  const before = held(devin);
  expect(devin.state.users.size).toBe(PEOPLE);

  // Dump: rules and grants, and the first plan with them is empty.
  const folder = await scratch();
  const file = join(folder, 'devin-idp-sync.yaml');
  const source = `directory: { okta: { url: ${okta.url}, token: ${okta.token} } }`;
  const rest = `devin: { url: ${devin.url}, key: ${devin.key} }\nlimits: { devin: { maxPerSecond: 1000 } }`;
  await writeFile(file, `${source}\n${rest}\nrules:\n  - { group: more-people, role: Member }\n`);
  const blank = await live(await readFile(file, 'utf8'), folder);
  const made = await dumpState(await blank.bench.loop(), 'Lin', CONTEXT);
  expect(made.remains).toEqual([]);
  expect(made.rules.length).toBeGreaterThan(orgs.length / 2);
  // A random role may happen to complete a group; nearly all need a line of their own.
  expect(made.grants.length).toBeGreaterThan(UNEXPLAINED * 0.9);
  const { dumpText } = await import('../../src/config/dump-text.ts');
  await writeFile(file, `${source}\n${rest}\nrules: []\n`);
  const text = dumpText(file, made)
    .text.replace(/\$\{OKTA_TOKEN\}/, okta.token)
    .replace(/\$\{DEVIN_KEY\}/, devin.key);
  await blank.bench.close();

  const program = await live(text, await scratch());
  expect((await program.plan()).changes).toEqual([]);

  // Adopt by organization, with full policy: still nothing to do.
  const full = text.replace('policy: observe', 'policy: full');
  const home = await scratch();
  const managing = await live(full, home);
  const loop = await managing.bench.loop();
  let adopted = 0;
  for (const org of orgs.slice(0, 1))
    adopted += (
      await adoptAccess(loop, { org, by: 'os:lin', why: '', attest: `the owner of ${org}` }, CONTEXT)
    ).length;
  adopted += (await adoptAccess(loop, { all: true, by: 'os:lin', why: '', attest: 'the board' }, CONTEXT))
    .length;
  expect(adopted).toBe(before.length);
  expect((await managing.plan()).changes).toEqual([]);
  const attested = (await loop.store.journal.read({ limit: 20 })).filter(({ kind }) => kind === 'attest');
  expect(attested[0]).toMatchObject({ subject: orgs[0], actor: 'os:lin' });
  expect(attested[0]?.reason).toMatch(
    new RegExp(`^attested: the owner of ${orgs[0]}; nothing is taken there before`),
  );

  // Drift is shown: one role by hand, and one person who left a group, whose role waits for the end of the adoption.
  const [one] = [...devin.state.users.values()].filter(({ direct }) => direct.size === 1);
  const [place] = [...devin.state.orgs.keys()];
  devin.state.setUserRole(one as never, place as string, 'org_member');
  const named = made.rules.flatMap(({ org, match }) =>
    org !== null && match.by === 'name' ? [match.name] : [],
  );
  const group = directory.group(named[0] as string);
  const leaver = [...group.members].find((id) => {
    const user = devin.state.usersByEmail(directory.person(id).email)[0];
    return user !== undefined && user.direct.size > 1;
  });
  directory.leave(group.id, leaver as string);
  const drift = await managing.plan();
  expect(drift.notices.filter(({ kind }) => kind === 'foreign').map(({ subject }) => subject)).toEqual([
    one?.email,
  ]);
  expect(drift.changes.map(({ cause }) => cause)).toContain('left-group');
  for (const { verdict } of drift.changes) expect(['waiting', 'held']).toContain(verdict.state);
  const result = await managing.apply('ready');
  expect(result.state).not.toBe('applied');
  devin.state.setUserRole(one as never, place as string, null);
  directory.join(group.id, leaver as string);
  expect(held(devin)).toEqual(before);
  expect(writes(devin)).toBe(0);
  await managing.bench.close();

  // Every id changes: the same people in Entra.
  const entra = full.replace(
    /directory:\n(?: {2}.*\n)+|directory: .*\n/,
    `directory: { entra: { tenantId: ${graph.tenantId}, clientId: ${graph.clientId}, clientSecret: ${graph.clientSecret}, graphUrl: '${graph.url}', authorityUrl: '${graph.authorityUrl}' } }\n`,
  );
  const moving = await live(entra, home);
  await expect(moving.plan()).rejects.toThrow('the state under');
  const move = await moving.bench.loop();
  const request = { ids: new Map(), by: 'os:lin', why: 'ticket 4711', evenSo: false };
  const looked = await relinkLedger(move, { ...request, consent: async () => false }, CONTEXT);
  expect(looked).toMatchObject({ written: false, removals: [], invites: [] });
  expect(looked.relinked).toMatchObject({ moved: PEOPLE, unmatched: [] });
  await expect(moving.plan()).rejects.toThrow('the state under');
  expect((await relinkLedger(move, { ...request, consent: async () => true }, CONTEXT)).written).toBe(true);
  expect((await moving.plan()).changes).toEqual([]);
  const noted = (await move.store.journal.read({ limit: 100_000 })).find(({ kind }) => kind === 'relink');
  expect(noted).toMatchObject({
    actor: 'os:lin',
    reason: `${PEOPLE} people moved, 0 not found: ticket 4711`,
  });
  expect(held(devin)).toEqual(before);
  expect(writes(devin)).toBe(0);
});
