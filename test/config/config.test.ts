import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { loadConfig } from '../../src/config/load.ts';
import { ConfigError } from '../../src/lib/errors.ts';
import { parse, yaml } from './helper.ts';

test('the guards have the limits of the design when the file says nothing', () => {
  expect(parse(yaml()).settings.guards).toEqual({
    deactivations: { atLeast: 0, share: 0.02, count: 50 },
    enterpriseRemovals: { atLeast: 4, share: 0.05, count: 20 },
    orgRoles: { atLeast: 4, share: 0.1, count: 25 },
    perGroup: { atLeast: 3, share: 0.25, count: Number.POSITIVE_INFINITY },
    grants: { atLeast: 0, share: 0.05, count: 25 },
    roleChanges: { atLeast: 4, share: 0.1, count: 25 },
    minAdmins: 2,
    shrink: 0.2,
    flips: 3,
    invitesPerDay: null,
    perOrg: {},
  });
});

test('an organization may have limits of its own, and admin items may need two people', () => {
  const { settings } = parse(
    yaml(`guards: { perOrg: { Payments: { removals: { share: 10% }, minAdmins: 1 }, Web: {} }, flips: 5 }
approvals: { adminNeedsTwo: true }`),
  );
  const usual = { atLeast: 3, share: 0.25, count: Number.POSITIVE_INFINITY };
  expect(settings.guards.perOrg).toEqual({
    Payments: { removals: { ...usual, share: 0.1 }, minAdmins: 1 },
    Web: { removals: usual, minAdmins: null },
  });
  expect(settings.guards.flips).toBe(5);
  expect(settings.approvals).toEqual({ notByTrigger: false, adminNeedsTwo: true });
});

test('nothing is written, removed or opened to the network by default', () => {
  const config = parse(yaml());
  expect(config.settings.policy).toEqual({
    users: 'observe',
    groups: 'observe',
    memberships: 'observe',
    organizations: 'observe',
  });
  expect(config.settings.foreign).toBe('report');
  expect(config.settings.organizations).toEqual([]);
  expect(config.server).toEqual({
    host: '127.0.0.1',
    port: 8080,
    token: null,
    tokens: [],
    publicUrl: null,
    oidc: null,
    hooks: { windowSeconds: 5 },
  });
});

test('the other defaults are those of the design', () => {
  const { settings, schedule, limits, log } = parse(yaml());
  expect(settings.patience).toEqual({
    absenceMs: 15 * 60_000,
    tombstoneMs: 7 * 86_400_000,
    adoptionMs: 14 * 86_400_000,
  });
  expect(settings.defaultEnterpriseRole).toBe('Member');
  expect(settings.roles).toEqual({ rank: [], suspended: null });
  expect(schedule).toEqual({ intervalMs: 15 * 60_000, jitter: 0.1 });
  expect(limits).toEqual({ devin: { maxPerSecond: 4 }, shutdownMs: 8000 });
  expect(log).toEqual({ level: 'info' });
});

test('one policy level is a level for every kind; a map leaves the others at observe', () => {
  expect(parse(yaml('policy: leavers')).settings.policy).toEqual({
    users: 'leavers',
    groups: 'leavers',
    memberships: 'leavers',
    organizations: 'leavers',
  });
  expect(parse(yaml('policy: { memberships: full }')).settings.policy).toEqual({
    users: 'observe',
    groups: 'observe',
    memberships: 'full',
    organizations: 'observe',
  });
});

test('a rule names its group by name, id or pattern, and gets a name that does not depend on its role', () => {
  const text = yaml(`rules:
  - { group: devin-users, role: Member }
  - { groupId: 00g1, org: Payments, role: Member, via: group, priority: 5 }
  - { pattern: 'devin-(?<org>[a-z]+)', org: '{org}', role: Admin, allowAdmin: true, name: teams }`);
  expect(parse(text).settings.rules).toEqual([
    {
      name: 'devin-users → enterprise',
      match: { by: 'name', name: 'devin-users' },
      via: 'direct',
      org: null,
      role: 'Member',
      priority: 0,
      allowAdmin: false,
    },
    {
      name: '00g1 → Payments',
      match: { by: 'id', id: '00g1' },
      via: 'group',
      org: 'Payments',
      role: 'Member',
      priority: 5,
      allowAdmin: false,
    },
    {
      name: 'teams',
      match: { by: 'pattern', pattern: 'devin-(?<org>[a-z]+)' },
      via: 'direct',
      org: '{org}',
      role: 'Admin',
      priority: 0,
      allowAdmin: true,
    },
  ]);
});

test('everything else that a file may decide arrives where the core reads it', () => {
  const { settings } = parse(
    yaml(`defaultEnterpriseRole: Viewer
orgPolicy: { Payments: no-remove }
foreign: remove
roles: { rank: [Viewer, Editor], suspended: No Access }
guards: { grants: { share: 0.5, count: 3 }, perGroup: { count: 7 }, shrink: 12.5%, minAdmins: 1 }
patience: { absence: 90s, tombstone: 36h }
protected: ['Boss@Corp.example', '*@auditors.example']
domainAliases: { Old.example: corp.example }
organizations: [{ name: Payments, create: true, maxSessionAcuLimit: 5, maxCycleAcuLimit: 100 }, { name: Labs }]`),
  );
  expect(settings).toMatchObject({
    defaultEnterpriseRole: 'Viewer',
    orgPolicy: { Payments: 'no-remove' },
    foreign: 'remove',
    roles: { rank: ['Viewer', 'Editor'], suspended: 'No Access' },
    patience: { absenceMs: 90_000, tombstoneMs: 36 * 3_600_000 },
    protected: ['boss@corp.example', '*@auditors.example'],
    domainAliases: { 'old.example': 'corp.example' },
    organizations: [
      { name: 'Payments', create: true, maxSessionAcuLimit: 5, maxCycleAcuLimit: 100 },
      { name: 'Labs', create: false, maxSessionAcuLimit: null, maxCycleAcuLimit: null },
    ],
  });
  expect(settings.guards).toMatchObject({
    grants: { share: 0.5, count: 3 },
    perGroup: { atLeast: 3, share: 0.25, count: 7 },
    shrink: 0.125,
    minAdmins: 1,
  });
});

test('the edges arrive as they were given', () => {
  const config = parse(
    yaml(`schedule: { interval: 1h, jitter: 0 }
limits: { devin: { maxPerSecond: 0.5 } }
server: { listen: '[::1]:0', token: a-token-of-some-length }
log: { level: debug }`),
  );
  expect(config.schedule).toEqual({ intervalMs: 3_600_000, jitter: 0 });
  expect(config.limits.devin.maxPerSecond).toBe(0.5);
  expect(config.server).toEqual({
    host: '::1',
    port: 0,
    token: 'a-token-of-some-length',
    tokens: [],
    publicUrl: null,
    oidc: null,
    hooks: { windowSeconds: 5 },
  });
  expect(config.log.level).toBe('debug');
});

test('relative paths start at the folder of the file', () => {
  const config = parse(
    yaml(
      'directory: { file: { path: people.yaml } }\ndevin: { keyFile: secrets/devin-key }\nstateDir: state',
    ),
  );
  expect(config.directory).toMatchObject({ kind: 'file', options: { path: '/etc/sync/people.yaml' } });
  expect(config.devin.key).toBe('cog_relative');
  expect(config.stateDir).toBe('/etc/sync/state');
  expect(parse(yaml()).stateDir).toBe('/etc/sync/.devin-idp-sync');
});

test('a configuration cannot be changed by anybody who gets it', () => {
  const config = parse(yaml());
  expect(() => {
    (config.settings.guards.grants as { count: number }).count = 1_000_000;
  }).toThrow(TypeError);
  expect(() => (config.settings.rules as unknown[]).push({})).toThrow(TypeError);
});

function folderWith(files: Record<string, string>): string {
  const folder = mkdtempSync(join(tmpdir(), 'config-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  return folder;
}

const INLINE = yaml('directory: { file: { path: people.yaml } }\ndevin: { key: cog_inline-key }');

test('a file is found by its path, by the environment, or by its default name', () => {
  const cwd = folderWith({ 'a.yaml': INLINE, 'b.yaml': INLINE, 'devin-idp-sync.yaml': INLINE });
  expect(loadConfig({ path: 'a.yaml', env: { DEVIN_IDP_SYNC_CONFIG: 'b.yaml' }, cwd }).file).toBe(
    join(cwd, 'a.yaml'),
  );
  expect(loadConfig({ env: { DEVIN_IDP_SYNC_CONFIG: 'b.yaml' }, cwd }).file).toBe(join(cwd, 'b.yaml'));
  expect(loadConfig({ env: {}, cwd }).file).toBe(join(cwd, 'devin-idp-sync.yaml'));
});

test('a file that is not there is an error that names it', () => {
  const cwd = folderWith({});
  expect(() => loadConfig({ path: 'gone.yaml', env: {}, cwd })).toThrow(ConfigError);
  expect(() => loadConfig({ path: 'gone.yaml', env: {}, cwd })).toThrow(
    `${join(cwd, 'gone.yaml')}: the configuration cannot be read (ENOENT)`,
  );
});

test('secrets come from real files next to the configuration', () => {
  const cwd = folderWith({
    'c.yaml': INLINE.replace('key: cog_inline-key', 'keyFile: devin.key'),
    'devin.key': 'cog_from-file\n',
  });
  const config = loadConfig({ path: 'c.yaml', env: {}, cwd });
  expect(config.devin.key).toBe('cog_from-file');
  expect(config.secretFiles).toEqual([{ path: ['devin', 'key'], file: join(cwd, 'devin.key') }]);
});
