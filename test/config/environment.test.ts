// biome-ignore-all lint/suspicious/noTemplateCurlyInString: these are references to the environment.
import { expect, test } from 'vitest';
import { parse, problems, yaml } from './helper.ts';

const RULE = (name: string) => yaml(`rules: [{ group: ${name}, role: Member }]`);
const groupOf = (text: string, env = {}) => parse(text, { env }).settings.rules[0]?.match;

test('a variable fills a part of a text, several fill several parts', () => {
  expect(groupOf(RULE('"${A}-${B}-users"'), { A: 'devin', B: 'eu' })).toEqual({
    by: 'name',
    name: 'devin-eu-users',
  });
});

test('a default stands in for a variable that is not set or empty', () => {
  expect(groupOf(RULE('"${A:-devin}-users"'))).toEqual({ by: 'name', name: 'devin-users' });
  expect(groupOf(RULE('"${A:-devin}-users"'), { A: '' })).toEqual({ by: 'name', name: 'devin-users' });
  expect(groupOf(RULE('"${A:-devin}-users"'), { A: 'x' })).toEqual({ by: 'name', name: 'x-users' });
});

test('a doubled dollar stands for itself; a dollar alone is nothing special', () => {
  expect(groupOf(RULE("'$${A}'"))).toEqual({ by: 'name', name: '${A}' });
  expect(parse(yaml("rules: [{ pattern: 'devin-[a-z]+$', role: Member }]")).settings.rules[0]?.match).toEqual(
    { by: 'pattern', pattern: 'devin-[a-z]+$' },
  );
});

test('what a variable holds is not looked at again', () => {
  expect(groupOf(RULE('"${A}"'), { A: '${B}', B: 'no' })).toEqual({ by: 'name', name: '${B}' });
});

test('a variable becomes a number or true where the schema wants one, and stays text where it wants text', () => {
  const text = yaml(`limits: { devin: { maxPerSecond: "\${RATE}" } }
rules: [{ group: "\${GROUP}", role: Admin, allowAdmin: "\${ADMIN}", priority: "\${PRIORITY:-7}" }]`);
  const config = parse(text, { env: { RATE: '2.5', GROUP: '123', ADMIN: 'true' } });
  expect(config.limits.devin.maxPerSecond).toBe(2.5);
  expect(config.settings.rules[0]).toMatchObject({ match: { name: '123' }, allowAdmin: true, priority: 7 });
});

test('a number in quotes that came from no variable stays a text, and an error', () => {
  expect(problems(yaml('limits: { devin: { maxPerSecond: "2" } }'))).toEqual([
    '/etc/sync/config.yaml:4:20: limits.devin.maxPerSecond: "2" is not allowed; it must be a number',
  ]);
});

const BROKEN: readonly [string, string, Record<string, string>, string][] = [
  [
    'a variable that is not set',
    'devin: { key: "${KEY}" }',
    {},
    '2:10: devin.key: needs the environment variable KEY, which is not set',
  ],
  [
    'a variable that is empty',
    'devin: { key: "${KEY}" }',
    { KEY: '' },
    '2:10: devin.key: needs the environment variable KEY, which is empty',
  ],
  [
    'a reference that never closes',
    'stateDir: "a${KEY"',
    { KEY: 'x' },
    '4:1: stateDir: "${KEY" is neither ${NAME} nor ${NAME:-default}; write $${ for a plain ${',
  ],
  [
    'a reference by a wrong name',
    'stateDir: "${my key}"',
    {},
    '4:1: stateDir: "${my key}" is neither ${NAME} nor ${NAME:-default}; write $${ for a plain ${',
  ],
  [
    'a reference in a key',
    'orgPolicy: { "${ORG}": full }',
    { ORG: 'Payments' },
    '4:14: orgPolicy["${ORG}"]: is a key: only values are filled in',
  ],
  [
    'a number that is none',
    'limits: { devin: { maxPerSecond: "${RATE}" } }',
    { RATE: 'fast' },
    '4:20: limits.devin.maxPerSecond: "${RATE}" is not allowed; it must be a number',
  ],
];

for (const [what, lines, env, expected] of BROKEN) {
  test(`${what} is one error`, () => {
    expect(problems(yaml(lines), { env })).toEqual([`/etc/sync/config.yaml:${expected}`]);
  });
}

test('a reference without quotes inside braces is told how to write it', () => {
  const found = problems(yaml('devin: { key: ${KEY} }'), { env: { KEY: 'cog_x' } });
  expect(found).toHaveLength(1);
  expect(found[0]).toContain('put "${NAME}" in quotes');
});
