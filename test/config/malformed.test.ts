import { expect, test } from 'vitest';
import { problems, yaml } from './helper.ts';

const RULE = (fields: string) => `rules: [{ ${fields} }]`;

/** What is wrong · the lines put into a valid file · the whole error, without the file's name. */
const MALFORMED: readonly [string, string, string][] = [
  ['a misspelt key', 'polcy: observe', '4:1: polcy: not a known key; did you mean policy?'],
  ['a key that resembles none', 'log: { color: x }', '4:8: log.color: not a known key; use one of level'],
  [
    'a misspelt key in a guard',
    'guards: { shrnk: 3 }',
    '4:11: guards.shrnk: not a known key; did you mean shrink?',
  ],
  [
    'a misspelt kind of policy',
    'policy: { user: full }',
    '4:11: policy.user: not a known key; did you mean users?',
  ],
  [
    'an unknown policy',
    'policy: obsrve',
    '4:1: policy: "obsrve" is not allowed; use one of observe, create-only, no-remove, leavers, full (did you mean observe?), or a map of keys',
  ],
  [
    'an unknown policy of one kind',
    'policy: { users: all }',
    '4:11: policy.users: "all" is not allowed; use one of observe, create-only, no-remove, leavers, full',
  ],
  [
    'an unknown policy of one organization',
    'orgPolicy: { Payments: ful }',
    '4:14: orgPolicy.Payments: "ful" is not allowed; use one of observe, create-only, no-remove, leavers, full (did you mean full?)',
  ],
  [
    'no directory',
    'directory: {}',
    '1:1: directory: must have exactly one of okta, entra, scim, scimPush, file, sources',
  ],
  [
    'two directories',
    'directory: { file: { path: a.yaml }, okta: { url: https://corp.okta.com, tokenFile: /run/secrets/okta-token } }',
    '1:14: directory.file: is a second source beside okta: give exactly one of okta, entra, scim, scimPush, file, sources',
  ],
  [
    'a directory without its settings',
    'directory: { okta: }',
    '1:14: directory.okta: empty; it must be a map of keys',
  ],
  [
    'an unknown directory',
    'directory: { okto: {} }',
    '1:14: directory.okto: not a known key; did you mean okta?',
  ],
  ['no key for Devin', 'devin: {}', '2:1: devin.key: missing; give key or keyFile'],
  [
    'a number over its limit',
    'devin: { keyFile: /run/secrets/devin-key, timeoutMs: 9000 }',
    '2:43: devin.timeoutMs: 9000 is not allowed; the largest allowed is 8000',
  ],
  ['no rules at all', 'rules: []', '3:1: rules: must have at least one rule, or there must be grants'],
  [
    'rules that are no list',
    'rules: { group: a, role: b }',
    '3:1: rules: a map is not allowed; it must be a list',
  ],
  [
    'a rule that is no map',
    'rules: [devin-users]',
    '3:9: rules[0]: "devin-users" is not allowed; it must be a map of keys',
  ],
  [
    'a group name that YAML reads as a number',
    RULE('group: 123, role: Member'),
    '3:11: rules[0].group: 123 is not allowed; it must be text: put it in quotes',
  ],
  ['a rule without a role', RULE('group: a'), '3:9: rules[0].role: missing; it must be text'],
  [
    'a rule without a group',
    RULE('role: Member'),
    '3:9: rules[0]: must name a group: give one of group, groupId, pattern',
  ],
  [
    'a group and a pattern',
    RULE('group: a, pattern: b, role: Member'),
    '3:21: rules[0].pattern: excludes group: give one of group, groupId, pattern (here: "b")',
  ],
  [
    'blanks around a name',
    RULE('group: "devin ", role: Member'),
    '3:11: rules[0].group: must not begin or end with blanks (here: "devin ")',
  ],
  [
    'a pattern that does not compile',
    RULE('pattern: "devin-(", role: Member'),
    '3:11: rules[0].pattern: is not a regular expression (Unterminated group) (here: "devin-(")',
  ],
  [
    'a template that no capture fills',
    RULE('pattern: "(?<team>.+)", org: "{org}", role: Member'),
    '3:35: rules[0].org: has the template {org}, but the pattern captures team (here: "{org}")',
  ],
  [
    'a template and an unnamed capture',
    RULE('pattern: "a-(.+)", org: "{1}", role: Member'),
    '3:30: rules[0].org: has the template {1}, but the pattern captures nothing by name (here: "{1}")',
  ],
  [
    'a template without a pattern',
    RULE('group: a, org: "{org}", role: Member'),
    '3:21: rules[0].org: has the template {org}, which only a rule with a pattern can fill (here: "{org}")',
  ],
  [
    'an admin role that is not meant',
    RULE('group: a, role: Admin'),
    '3:21: rules[0].role: counts as admin; a rule that gives it must say allowAdmin: true (here: "Admin")',
  ],
  [
    'an admin role by its id',
    RULE('group: a, org: Payments, role: org_admin'),
    '3:36: rules[0].role: counts as admin; a rule that gives it must say allowAdmin: true (here: "org_admin")',
  ],
  [
    'a lever that does not exist',
    RULE('group: a, role: Member, via: groups'),
    '3:35: rules[0].via: "groups" is not allowed; use one of direct, group, scim (did you mean group?)',
  ],
  [
    'yes instead of true',
    RULE('group: a, role: Admin, allowAdmin: yes'),
    '3:34: rules[0].allowAdmin: "yes" is not allowed; it must be true or false',
  ],
  [
    'half a priority',
    RULE('group: a, role: Member, priority: 1.5'),
    '3:35: rules[0].priority: 1.5 is not allowed; it must be a whole number',
  ],
  [
    'two rules of one name',
    'rules: [{ group: a, role: Member, name: x }, { group: b, role: Member, name: x }]',
    '3:72: rules[1].name: "x" is also the name of rules[0]',
  ],
  [
    'two rules for one group and place',
    'rules: [{ group: a, role: Member }, { group: a, role: Viewer }]',
    '3:37: rules[1]: is about the same group and place as rules[0] ("a → enterprise"): drop one or give it a name',
  ],
  [
    'a share over everything',
    'guards: { grants: { share: 200% } }',
    '4:21: guards.grants.share: must be a share from 0% to 100%, such as 5% or 0.05 (here: "200%")',
  ],
  [
    'a share in whole numbers',
    'guards: { shrink: 20 }',
    '4:11: guards.shrink: must be a share from 0% to 100%, such as 5% or 0.05 (here: 20)',
  ],
  [
    'a negative count',
    'guards: { orgRoles: { count: -1 } }',
    '4:23: guards.orgRoles.count: -1 is not allowed; the smallest allowed is 0',
  ],
  [
    'a guard without an upper limit that needs one',
    'guards: { deactivations: { count: none } }',
    '4:28: guards.deactivations.count: "none" is not allowed; it must be a number',
  ],
  [
    'a duration without a unit',
    'patience: { absence: 15 }',
    '4:13: patience.absence: must be a duration such as 30s, 15m, 24h or 7d (here: 15)',
  ],
  [
    'a duration with an unknown unit',
    'schedule: { interval: 2w }',
    '4:13: schedule.interval: must be a duration such as 30s, 15m, 24h or 7d (here: "2w")',
  ],
  [
    'a pace of nothing',
    'limits: { devin: { maxPerSecond: 0 } }',
    '4:20: limits.devin.maxPerSecond: 0 is not allowed; it must be more than 0',
  ],
  [
    'an alias of an alias',
    'domainAliases: { a.example: b.example, b.example: c.example }',
    '4:18: domainAliases["a.example"]: stands for b.example, which is itself an alias: name the final domain',
  ],
  [
    'an alias that is no domain',
    'domainAliases: { corp: corp.example }',
    '4:18: domainAliases.corp: has a key that is not allowed: must be a mail domain such as corp.example',
  ],
  [
    'a protected person without an address',
    'protected: [bob]',
    '4:13: protected[0]: must be an e-mail address, or a pattern with * (here: "bob")',
  ],
  [
    'a role ranked twice',
    'roles: { rank: [Viewer, Member, Viewer] }',
    '4:33: roles.rank[2]: "Viewer" is listed twice',
  ],
  [
    'an organization declared twice',
    'organizations: [{ name: A }, { name: A }]',
    '4:32: organizations[1].name: "A" is listed twice',
  ],
  [
    'an organization created without a limit',
    'organizations: [{ name: A, create: true, maxSessionAcuLimit: 5 }]',
    '4:28: organizations[0].create: needs maxCycleAcuLimit: without it Devin suspends sessions of a new organization',
  ],
  [
    'a repository that is two things',
    "organizations: [{ name: A, repositories: [{ connection: GitHub, repo: 'a/b', prefix: a }] }]",
    '4:43: organizations[0].repositories[0]: must give one of repo, prefix, group',
  ],
  [
    'an address without a port',
    'server: { listen: localhost }',
    '4:11: server.listen: must be host:port, such as 127.0.0.1:8080 (here: "localhost")',
  ],
  [
    'a port that does not exist',
    'server: { listen: 127.0.0.1:99999 }',
    '4:11: server.listen: must have a port from 0 to 65535 (here: "127.0.0.1:99999")',
  ],
  [
    'a server that everybody may use',
    'server: { listen: 0.0.0.0:8080 }',
    '4:11: server.listen: is open to the network (0.0.0.0): give server.token, server.tokenFile, server.tokens or server.oidc, or listen on 127.0.0.1',
  ],
  [
    'an empty value',
    'log: { level: }',
    '4:8: log.level: empty; use one of trace, debug, info, warn, error, silent',
  ],
  [
    'a grant that nobody answers for',
    'grants: [{ email: a@b.example, role: Member, reason: x }]',
    '4:10: grants[0].owner: missing; it must be text',
  ],
  [
    'a grant until some time',
    'grants: [{ email: a@b.example, role: Member, reason: x, owner: y, until: soon }]',
    '4:67: grants[0].until: must be a date such as 2026-12-31, or a time with its offset such as 2026-12-31T18:00+01:00 (here: "soon")',
  ],
  [
    'a denied person without an address',
    'denies: [{ email: bob, reason: x, owner: y }]',
    '4:12: denies[0].email: must be an e-mail address (here: "bob")',
  ],
  [
    'a time zone on another planet',
    'freeze: [{ name: x, weekly: { from: Fri 18:00, to: Mon 06:00, timeZone: Mars/Base } }]',
    '4:63: freeze[0].weekly.timeZone: must be a time zone such as Europe/Berlin or UTC (here: "Mars/Base")',
  ],
  [
    'a budget for nothing',
    'budgets: [{ name: x, from: 2026-11-23, to: 2026-11-24, guards: {} }]',
    '4:56: budgets[0].guards: must name at least one guard',
  ],
  [
    'a budget for a month',
    'budgets: [{ name: x, from: 2026-11-23, to: 2026-12-24, guards: { grants: 5 } }]',
    '4:40: budgets[0].to: is more than 7 days after from (here: "2026-12-24")',
  ],
  [
    'a receiver of another shape',
    'notify: [{ url: https://hooks.example/x }]',
    '4:1: notify: a list is not allowed; it must be a map of keys',
  ],
  [
    'receivers under another name',
    'notify: { receivers: [] }',
    '4:11: notify.receivers: not a known key; use one of webhooks, failures, expiryDays, ends',
  ],
  [
    'Redis over the web',
    'redis: { url: http://h:6379 }',
    '4:10: redis.url: write it as redis://host:6379, rediss://host:6380 (TLS) or unix:///path/to/socket',
  ],
  [
    'TLS that trusts everybody',
    'redis: { url: rediss://h:6380, tls: { rejectUnauthorized: no } }',
    '4:39: redis.tls.rejectUnauthorized: not a known key; use one of ca, caFile, cert, certFile, key, keyFile, serverName',
  ],
  [
    'an organization that is created perhaps',
    'organizations: [{ name: A, create: yes }]',
    '4:28: organizations[0].create: "yes" is not allowed; it must be true or false',
  ],
  [
    'a limit below nothing',
    'organizations: [{ name: A, maxSessionAcuLimit: -1 }]',
    '4:28: organizations[0].maxSessionAcuLimit: -1 is not allowed; the smallest allowed is 1',
  ],
  [
    'a login provider without encryption',
    `server: { listen: 127.0.0.1:8080, oidc: { issuer: 'http://idp.example', clientId: x, clientSecretFile: /run/secrets/devin-key, roles: { viewer: [g] } } }`,
    '4:43: server.oidc.issuer: must be the https:// address of a login provider, without query (here: "http://idp.example")',
  ],
  [
    'a rule through SCIM without a service',
    'rules: [{ group: a, role: Member, via: scim }]',
    '3:35: rules[0].via: needs devin.scim, the SCIM service that members are written to',
  ],
  [
    'the list of users as the SCIM service',
    'devin: { keyFile: /run/secrets/devin-key, scim: { url: https://scim.example/v2/Users, tokenFile: /run/secrets/devin-key } }',
    '2:51: devin.scim.url: must be the part before /Users (here: "https://scim.example/v2/Users")',
  ],
  ['a key twice', 'log: { level: info, level: warn }', '4:21: not YAML: Map keys must be unique'],
  [
    'a bracket that never closes',
    'log: { level: info',
    '4:19: not YAML: Flow map in block collection must be sufficiently indented and end with a }',
  ],
  ['an unknown tag', 'stateDir: !!path x', '4:11: not YAML: Unresolved tag: tag:yaml.org,2002:path'],
];

for (const [what, lines, expected] of MALFORMED) {
  test(`${what} is one error that says where, what and what is allowed`, () => {
    expect(problems(yaml(lines))).toEqual([`/etc/sync/config.yaml:${expected}`]);
  });
}

test('an empty file and a list say what a configuration is', () => {
  const sentence =
    '/etc/sync/config.yaml:1:1: the configuration must be a map of keys, beginning with directory, devin and rules';
  expect(problems('')).toEqual([sentence]);
  expect(problems('- a\n- b')).toEqual([sentence]);
});

test('two documents in one file are refused', () => {
  expect(problems(`${yaml()}\n---\n${yaml()}`)).toEqual([
    '/etc/sync/config.yaml:4:1: a second document begins here; the file must hold one',
  ]);
});

test('aliases that multiply to exhaust memory are refused', () => {
  const levels = Array.from(
    { length: 12 },
    (_, level) => `a${level + 1}: &a${level + 1} [${Array(9).fill(`*a${level}`).join(', ')}]`,
  );
  const found = problems(`a0: &a0 x\n${levels.join('\n')}`);
  expect(found).toHaveLength(1);
  expect(found[0]).toContain('resource exhaustion');
});

test('all problems of a file are reported at once, in the order of its lines', () => {
  const found = problems(
    yaml(`rules:
  - { group: a, rol: Member }
  - { pattern: "(", role: Member }
  - { group: b, role: Member }
  - { group: b, role: Member }
policy: all
log: { level: loud }`),
  );
  expect(
    found.map((line) => line.replace('/etc/sync/config.yaml:', '').split(': ').slice(0, 2).join(' ')),
  ).toEqual([
    '4:5 rules[0].role',
    '4:17 rules[0].rol',
    '5:7 rules[1].pattern',
    '7:5 rules[3]',
    '8:1 policy',
    '9:8 log.level',
  ]);
});

test('an anchor used twice is read twice, and its problem has a place', () => {
  const found = problems(yaml('rules: [&r { group: a, role: Member, via: x }, *r]'));
  expect(found).toEqual([
    '/etc/sync/config.yaml:3:38: rules[0].via: "x" is not allowed; use one of direct, group, scim',
    '/etc/sync/config.yaml:3:38: rules[1].via: "x" is not allowed; use one of direct, group, scim',
  ]);
});

test('line breaks of another system do not move a place', () => {
  expect(problems(yaml('log: { level: loud }').replaceAll('\n', '\r\n'))[0]).toContain(
    ':4:8: log.level: "loud"',
  );
});

test('a key that JavaScript treats specially is as unknown as any other', () => {
  expect(problems(yaml('"__proto__": { policy: full }'))).toEqual([
    expect.stringContaining('__proto__: not a known key'),
  ]);
});
