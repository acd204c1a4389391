/** The demo's company: a fake Okta, a fake Devin, and the real daemon between them on a folder of its own. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Episode, Playground } from '../actions/playground.ts';
import type { Workbench } from '../actions/workbench.ts';
import type { Io } from '../cli/io.ts';
import type { Config } from '../config/config.ts';
import { parseConfigText } from '../config/load.ts';
import { Releasers } from '../lib/releasers.ts';
import { type CompanyDirectory, DEMO_COMPANY, directoryOf, fictionalCompany } from '../sandbox/company.ts';
import { type FakeDevin, startFakeDevin } from '../sandbox/fake-devin.ts';
import { type FakeOkta, startFakeOkta } from '../sandbox/fake-okta.ts';
import type { AppOptions } from './app-options.ts';

export interface PlaygroundOptions {
  readonly people: number;
  readonly install: boolean;
  readonly io: Io;
}

type OpenApp = (config: Config, options: AppOptions) => Promise<Workbench>;

/** Small pages, so that a company of a hundred has several. */
const PAGE = 30;
/** Fast enough to watch, slow enough to see. */
const CALLS_PER_SECOND = 60;

export async function startPlayground(options: PlaygroundOptions, openApp: OpenApp): Promise<Playground> {
  const releasers = new Releasers();
  try {
    return await build(options, openApp, releasers);
  } catch (error) {
    await releasers.release();
    throw error;
  }
}

async function build(
  { people, install, io }: PlaygroundOptions,
  openApp: OpenApp,
  releasers: Releasers,
): Promise<Playground> {
  const folder = await mkdtemp(join(tmpdir(), 'devin-idp-sync-demo-'));
  releasers.add('the folder of the demo', () => rm(folder, { recursive: true, force: true }));
  const company = directoryOf(fictionalCompany({ ...DEMO_COMPANY, people }));
  const okta = await startFakeOkta({ company, pageSize: PAGE, rateLimitPerMinute: 100_000 });
  releasers.add('the fake Okta', () => okta.close());
  const orgs = orgNames(company);
  const devin = await startFakeDevin({ orgs, rate: { perSecond: CALLS_PER_SECOND } });
  releasers.add('the fake Devin', () => devin.close());
  const text = configText(okta, devin);
  const config = parseConfigText(text, { file: join(folder, 'demo.yaml'), env: {}, readFile: () => '' });
  const bench = await openApp(config, { io, install, logLevel: 'silent' });
  releasers.add('the rooms', () => bench.close());
  return {
    bench,
    introduction: introduction(company, orgs),
    configText: shownConfig(text, okta, devin),
    episodes: episodes(company, okta),
    writesSeen: () => devin.requests.filter(({ method }) => method !== 'GET').length,
    close: () => releasers.release(),
  };
}

/** One organization for each `devin-<team>` group that has an admins group beside it. */
function orgNames(company: CompanyDirectory): string[] {
  const names = [...company.company.groups.values()].map(({ name }) => name);
  return names.flatMap((name) => {
    const team = /^devin-(.+)-admins$/.exec(name)?.[1];
    return team === undefined ? [] : [team];
  });
}

function configText(okta: FakeOkta, devin: FakeDevin): string {
  return `directory:
  okta: { url: ${okta.url}, token: ${okta.token}, groups: { include: ['devin-*'] }, maxRetries: 2, maxWaitMs: 1000 }
devin: { url: ${devin.url}, key: ${devin.key} }
policy: full
rules:
  - { group: devin-users, role: Member }
  - { pattern: 'devin-(?<org>(?!users$)[a-z]+)', org: '{org}', role: Member }
  - { pattern: 'devin-(?<org>[a-z]+)-admins', org: '{org}', role: Admin, allowAdmin: true, priority: 10 }
limits: { devin: { maxPerSecond: ${CALLS_PER_SECOND - 5} } }
`;
}

/** As a reader would write it: names instead of ports, files instead of secrets. */
function shownConfig(text: string, okta: FakeOkta, devin: FakeDevin): string {
  return text
    .replace(okta.url, 'https://corp.okta.com')
    .replace(`token: ${okta.token}`, 'tokenFile: /run/secrets/okta-token')
    .replace(/, maxRetries: \d+, maxWaitMs: \d+/, '')
    .replace(devin.url, 'https://api.devin.ai')
    .replace(`key: ${devin.key}`, 'keyFile: /run/secrets/devin-key');
}

function introduction(company: CompanyDirectory, orgs: readonly string[]): string[] {
  const { people, groups } = company.company;
  return [
    `A fictional company: ${people.size} people and ${groups.size} groups in a fake Okta, and a fake Devin enterprise with ${orgs.length} organizations and nobody in it. Both are real HTTP servers on this machine; the daemon between them is the real one.`,
  ];
}

function episodes(company: CompanyDirectory, okta: FakeOkta): Episode[] {
  const cast = castOf(company);
  return [
    {
      title: `Ada Novak joins the team ${cast.from}`,
      watch: 'One invite, one organization role, in the same run.',
      happen: () => {
        const groups = ['devin-users', `devin-${cast.from}`];
        company.hire({ firstName: 'Ada', lastName: 'Novak', email: 'ada.novak.new@corp.example', groups });
      },
      fails: false,
    },
    {
      title: `${cast.leaver} is deactivated`,
      watch:
        'A proven deactivation goes at once and is never held by anything but its own limit; Okta is asked by id before.',
      happen: () => void company.deactivate(cast.leaver),
      fails: false,
    },
    {
      title: `${cast.mover} moves from ${cast.from} to ${cast.to}`,
      watch: 'The new role is given first; the old one goes after the group was read once more without them.',
      happen: () => company.move(cast.mover, `devin-${cast.from}`, `devin-${cast.to}`),
      fails: false,
    },
    {
      title: 'The group devin-users is renamed to devin-all-users',
      watch:
        'The rule is bound to the id of the group, so nobody loses anything; the report says what happened.',
      happen: () => void company.renameGroup('devin-users', 'devin-all-users'),
      fails: false,
    },
    {
      title: 'Okta cuts the list of changed people in the middle, every time',
      watch: 'A partial read is an error, never a smaller company.',
      happen: () =>
        okta.faults.add({
          path: /\/api\/v1\/users\?/,
          times: Number.POSITIVE_INFINITY,
          action: { kind: 'cut' },
        }),
      undo: () => okta.faults.clear(),
      fails: true,
    },
    {
      title: 'The network is well again',
      watch: 'Nothing was lost and nothing is left to do.',
      happen: () => {},
      fails: false,
    },
  ];
}

/** People and teams that the story needs, picked from whatever company was made. */
function castOf({ company }: CompanyDirectory): { leaver: string; mover: string; from: string; to: string } {
  const teams = [...company.groups.values()].filter(({ name }) => /^devin-(?!users$)[a-z]+$/.test(name));
  const [first, second] = teams.sort((a, b) => b.members.size - a.members.size);
  if (first === undefined || second === undefined) throw new Error('the demo needs two teams');
  const only = (id: string) => teams.filter(({ members }) => members.has(id)).length === 1;
  const plain = [...first.members].flatMap((id) => {
    const person = company.people.get(id);
    const admin = [...company.groups.values()].some(
      ({ name, members }) => name.endsWith('-admins') && members.has(id),
    );
    return person !== undefined && person.status === 'active' && !admin && only(id) ? [person.email] : [];
  });
  const [leaver, mover] = plain;
  if (leaver === undefined || mover === undefined)
    throw new Error('the demo needs two people in one team only');
  return { leaver, mover, from: first.name.replace('devin-', ''), to: second.name.replace('devin-', '') };
}
