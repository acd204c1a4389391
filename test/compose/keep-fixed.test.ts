/** What of a changed configuration a daemon takes up while it runs, what waits for a restart, and what it refuses. */
import { expect, test } from 'vitest';
import { keepFixed } from '../../src/compose/keep-fixed.ts';
import { ConfigError } from '../../src/lib/errors.ts';
import { parse, yaml } from '../config/helper.ts';

const DEVIN = 'keyFile: /run/secrets/devin-key';
const SCIM = 'url: https://scim.example/v2, tokenFile: /run/secrets/okta-token';
const scim = (more = '') => `devin: { ${DEVIN}, scim: { ${SCIM}${more} } }`;

test.each([
  ['a rule', '', 'rules: [{ group: other, role: Member }]'],
  ['the token of the API', '', 'server: { tokenFile: /run/secrets/okta-token }'],
  ['sign-in no longer syncing groups', scim(), scim(', loginGroupSync: off')],
  ['the token of the SCIM service', scim(), scim().replace('okta-token', 'devin-key')],
])('%s counts from the next run on', (_, before, after) => {
  const next = parse(yaml(after));
  expect(keepFixed(parse(yaml(before)), next)).toEqual({ config: next, kept: [] });
});

test.each([
  ['the state', '', 'stateDir: /var/lib/other', ['stateDir']],
  ['Redis', '', 'redis: { url: "redis://other.example:6379" }', ['redis']],
  ['the pace', '', 'limits: { devin: { maxPerSecond: 3 } }', ['limits']],
  [
    'the port and the address',
    '',
    'server: { listen: "127.0.0.1:9000", publicUrl: "https://sync.example" }',
    ['server.listen', 'server.publicUrl'],
  ],
  ['words of a refusal', '', `devin: { ${DEVIN}, seatWords: [place] }`, ['devin.seatWords']],
  ['the pace of the SCIM service', scim(), scim(', maxPerSecond: 3'), ['devin.scim.maxPerSecond']],
])('%s stays as it is until a restart, and is named', (_, before, after, names) => {
  const first = parse(yaml(before));
  const { config, kept } = keepFixed(first, parse(yaml(after)));
  expect(kept).toEqual(names);
  const { stateDir, redis, limits, server, devin } = config;
  expect({ stateDir, redis, limits, server, devin }).toEqual({
    stateDir: first.stateDir,
    redis: first.redis,
    limits: first.limits,
    server: first.server,
    devin: first.devin,
  });
});

test.each([
  ['another enterprise', '', `devin: { ${DEVIN}, url: "https://other.example" }`, 'devin.url'],
  ['another form of its API', '', `devin: { ${DEVIN}, prefix: /v3beta1 }`, 'devin.prefix'],
  ['a SCIM service more', '', scim(), 'devin.scim.url changed from none to https://scim.example/v2'],
  ['a SCIM service less', scim(), '', 'devin.scim.url changed from https://scim.example/v2 to none'],
  ['another SCIM service', scim(), scim().replace('/v2', '/v3'), 'devin.scim.url changed from'],
])('%s is refused, because plans under way name ids of the first', (_, before, after, why) => {
  const change = () => keepFixed(parse(yaml(before)), parse(yaml(after)));
  expect(change).toThrow(ConfigError);
  expect(change).toThrow(why);
});
