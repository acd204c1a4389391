/** A configuration that somebody sends: only what decides, and nothing outside of it is read for it. */
import { expect, test } from 'vitest';
import type { Config } from '../../src/config/config.ts';
import { DECIDING_KEYS, type Proposal, type ProposalAsked, proposalOf } from '../../src/config/proposed.ts';
import { configSchema } from '../../src/config/schema.ts';
import { parse, yaml } from './helper.ts';

const IN_USE = parse(yaml('policy: leavers\nfreeze: [{ name: holidays, from: 2026-12-20, to: 2027-01-05 }]'));

function asked(config: unknown, others: ProposalAsked['others'] = 'in-use', inUse: Config = IN_USE) {
  return proposalOf({ config, others }, inUse);
}

function taken(...from: Parameters<typeof asked>): Proposal {
  const answer = asked(...from);
  if ('problems' in answer) throw new Error(answer.problems.map(({ message }) => message).join('\n'));
  return answer.proposal;
}

function problems(...from: Parameters<typeof asked>): readonly string[] {
  const answer = asked(...from);
  return 'problems' in answer ? answer.problems.map(({ message }) => message) : [];
}

test('a key that is sent counts whole; one that is left out stays in use, one that is empty is its default', () => {
  const { settings, keys } = taken('policy: full\nfreeze:\n');
  expect(settings.policy.users).toBe('full');
  expect(settings.freeze).toEqual([]);
  expect(settings.rules).toEqual(IN_USE.settings.rules);
  expect(keys.proposed).toEqual(['policy']);
  expect(keys.default).toEqual(['freeze']);
  expect(keys.inUse).toHaveLength(DECIDING_KEYS.length - 2);
});

test('with defaults for the rest it is what a file of these keys alone would decide', () => {
  const rules = 'rules: [{ group: devin-users, role: Member }, { group: eng, role: Member, org: Web }]';
  const file = parse(yaml(rules));
  const { settings, configHash, keys } = taken(rules, 'default');
  expect([settings, configHash]).toEqual([file.settings, file.configHash]);
  expect([keys.proposed, keys.inUse]).toEqual([['rules'], []]);
  expect(problems('policy: full', 'default')).toEqual(['line 1: rules: missing; it must be a list']);
});

test('what is in use, sent back or not, has the hash that is in use', () => {
  for (const config of [{}, { policy: 'leavers' }, 'rules: [{ group: devin-users, role: Member }]'])
    expect(taken(config).configHash).toBe(IN_USE.configHash);
  expect(taken({ policy: 'full' }).configHash).not.toBe(IN_USE.configHash);
});

test.each(Object.keys(configSchema.shape).filter((key) => !DECIDING_KEYS.some((one) => one === key)))(
  'the key %s is refused by its name, whatever it holds',
  (key) => {
    for (const value of [{ url: 'https://evil.example', keyFile: '/etc/passwd' }, '/etc/passwd', null])
      expect(problems({ [key]: value })).toEqual([
        expect.stringMatching(new RegExp(`^${key}: is not taken here`)),
      ]);
  },
);

test('everything that is wrong is said at once, in the words of the file and with its line', () => {
  const text =
    'rules:\n  - { group: eng, role: Admin }\n  - { group: eng, rolle: Member }\nguards: { minAdmins: none }\n';
  expect(problems(text)).toEqual([
    'line 2: rules[0].role: counts as admin; a rule that gives it must say allowAdmin: true (here: "Admin")',
    'line 3: rules[1].role: missing; it must be text',
    'line 3: rules[1].rolle: not a known key; did you mean role?',
    'line 4: guards.minAdmins: "none" is not allowed; it must be a number',
  ]);
  expect(problems({ policy: 'fulll' })[0]).toMatch(/^policy: /);
});

test.each([
  ['text that is no YAML', 'rules: [', /not YAML/],
  ['two documents', 'policy: full\n---\npolicy: full\n', /a second document/],
  ['a list', [], /must be a map of keys: rules, /],
  ['nothing', '', /must be a map of keys/],
  ['no body', undefined, /must be a map of keys/],
  ['a misspelt key', { ruls: [] }, /^ruls: not a known key; did you mean rules\?$/],
  ['a key from elsewhere', { ['x'.repeat(30)]: 1 }, /not a known key; use one of rules, /],
  [
    'a variable',
    `defaultEnterpriseRole: ${variable('DEVIN_KEY')}`,
    /^line 1: defaultEnterpriseRole: refers to a variable/,
  ],
  [
    'a variable deep inside',
    { rules: [{ group: variable('HOME:-x'), role: 'Member' }] },
    /^rules\[0\]\.group: refers/,
  ],
  ['no rule at all', { rules: [] }, /must have at least one rule/],
  ['rules that are empty', 'rules:\n', /^line 1: rules: missing; it must be a list$/],
  ['aliases that multiply', bomb(), /Excessive alias count/],
  [
    'a nest',
    { rules: JSON.parse(`${'['.repeat(5_000)}${']'.repeat(5_000)}`) },
    /nested deeper than 12 levels/,
  ],
  ['a nest of YAML', `rules: ${'['.repeat(5_000)}${']'.repeat(5_000)}`, /not YAML: it is nested too deep/],
])('%s is refused in words', (_what, config, words) => {
  expect(problems(config).join('\n')).toMatch(words);
});

test('rules may be none where grants give something, sent or in use', () => {
  const grant = { email: 'ada@corp.example', role: 'Member', reason: 'on call', owner: 'ida@corp.example' };
  expect(problems({ rules: [], grants: [grant] })).toEqual([]);
  const withGrants = parse(yaml(`grants: [${JSON.stringify(grant)}]`));
  expect(problems({ rules: [] }, 'in-use', withGrants)).toEqual([]);
  expect(problems({ rules: [], grants: null }, 'in-use', withGrants)).toHaveLength(1);
  const withFile = parse(yaml('grantsFile: grants.yaml'));
  expect(problems({ rules: [] }, 'in-use', withFile)).toEqual([]);
});

function bomb(): string {
  const lines = ['a: &a [x, x, x, x, x, x, x, x, x, x]'];
  for (const [name, of] of ['ba', 'cb', 'dc', 'ed'])
    lines.push(`${name}: &${name} [${`*${of}, `.repeat(9)}*${of}]`);
  return lines.join('\n');
}

function variable(name: string): string {
  return `$\{${name}}`.replace('\\', '');
}
