import { expect, test } from 'vitest';
import { parse, readFile, yaml } from './helper.ts';

const hash = (rest = '', options = {}) => parse(yaml(rest), options).configHash;
const BASE = hash();

test('the hash is a SHA-256', () => {
  expect(BASE).toMatch(/^[0-9a-f]{64}$/);
});

const SAME: readonly [string, () => string][] = [
  ['the order of keys', () => parse(yaml().split('\n').reverse().join('\n')).configHash],
  ['the order of keys in a rule', () => hash('rules: [{ role: Member, group: devin-users }]')],
  [
    'a default that is written out',
    () => hash('policy: { users: observe }\nguards: { shrink: 0.2 }\nforeign: report'),
  ],
  ['a value of a secret', () => hash('', { readFile: (path: string) => `${readFile(path).trim()}-rotated` })],
  ['where a secret comes from', () => hash('devin: { key: cog_another-key }')],
  [
    'how patiently a source is called',
    () =>
      hash(
        'directory: { okta: { url: https://corp.okta.com, tokenFile: /run/secrets/okta-token, timeoutMs: 999, rateShare: 0.4 } }',
      ),
  ],
  [
    'schedule, pace, server, state and log',
    () =>
      hash(
        'schedule: { interval: 1h }\nlimits: { devin: { maxPerSecond: 1 } }\nserver: { listen: 127.0.0.1:1 }\nstateDir: x\nlog: { level: warn }',
      ),
  ],
  ['the folder of the file', () => hash('', { file: '/somewhere/else.yaml' })],
];

for (const [what, other] of SAME) {
  test(`the hash does not depend on ${what}`, () => {
    expect(other()).toBe(BASE);
  });
}

const DIFFERENT: readonly [string, string][] = [
  ['a rule', 'rules: [{ group: devin-users, role: Viewer }]'],
  ['the priority of a rule', 'rules: [{ group: devin-users, role: Member, priority: 1 }]'],
  ['the policy', 'policy: { users: create-only }'],
  ['the policy of one organization', 'orgPolicy: { Payments: full }'],
  ['a guard', 'guards: { perGroup: { count: 5 } }'],
  ['patience', 'patience: { tombstone: 1d }'],
  ['foreign access', 'foreign: remove'],
  ['the ranks of roles', 'roles: { rank: [Viewer] }'],
  ['protected people', 'protected: [a@corp.example]'],
  ['mail domains', 'domainAliases: { old.example: corp.example }'],
  ['declared organizations', 'organizations: [{ name: Labs }]'],
  ['the source', 'directory: { okta: { url: https://other.okta.com, tokenFile: /run/secrets/okta-token } }'],
  [
    'which groups are read',
    'directory: { okta: { url: https://corp.okta.com, tokenFile: /run/secrets/okta-token, groups: { include: [devin-*] } } }',
  ],
  [
    'what a status means',
    'directory: { okta: { url: https://corp.okta.com, tokenFile: /run/secrets/okta-token, statuses: { LOCKED_OUT: suspended } } }',
  ],
  ['the enterprise', 'devin: { keyFile: /run/secrets/devin-key, url: https://devin.corp.example }'],
];

for (const [what, rest] of DIFFERENT) {
  test(`the hash depends on ${what}`, () => {
    expect(hash(rest)).not.toBe(BASE);
  });
}

test('the order of rules is part of the hash, because it breaks ties', () => {
  const [a, b] = ['{ group: a, role: Member }', '{ group: b, role: Viewer }'];
  expect(hash(`rules: [${a}, ${b}]`)).not.toBe(hash(`rules: [${b}, ${a}]`));
});

test('a limit without end is not the limit of nothing', () => {
  expect(hash('guards: { perGroup: { count: none } }')).toBe(BASE);
  expect(hash('guards: { orgRoles: { count: none } }')).not.toBe(hash('guards: { orgRoles: { count: 0 } }'));
});
