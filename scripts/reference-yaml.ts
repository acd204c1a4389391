/** The reference page of the configuration: every key with its description, its default or an example. */
import { stringify } from 'yaml';
import type { SchemaNode } from '../src/config/json-schema.ts';
import { type KeyPath, pathText } from '../src/config/key-path.ts';
import { isSecret } from '../src/config/secrets.ts';

const WIDTH = 108;

/** Values for keys that have no default and say no example themselves. A key that needs one and is missing fails the generator. */
const EXAMPLES: Readonly<Record<string, unknown>> = {
  'grants[0].email': 'ada@corp.example',
  'grants[0].until': '2026-12-31',
  'denies[0].email': 'bob@corp.example',
  'denies[0].until': '2026-12-31',
  'freeze[0].from': '2026-12-20',
  'freeze[0].to': '2027-01-03',
  'freeze[0].weekly.from': 'Fri 18:00',
  'freeze[0].weekly.to': 'Mon 07:00',
  'budgets[0].from': '2026-12-01',
  'budgets[0].to': '2026-12-01',
  'guards.invitesPerDay': 500,
  'directory.okta.url': 'https://corp.okta.com',
  'directory.okta.tokenFile': '/run/secrets/okta-token',
  'directory.okta.privateKey.clientId': '0oa1b2c3d4e5f6g7h8i9',
  'directory.okta.privateKey.keyFile': '/run/secrets/okta-private-key.pem',
  'directory.okta.privateKey.keyId': 'kid-2026',
  'directory.entra.tenantId': '11111111-2222-3333-4444-555555555555',
  'directory.entra.clientId': '66666666-7777-8888-9999-000000000000',
  'directory.entra.clientSecretFile': '/run/secrets/entra-client-secret',
  'directory.entra.certificateFile': '/run/secrets/entra-certificate.pem',
  'directory.entra.workloadIdentity.tokenPath': '/var/run/secrets/azure/tokens/azure-identity-token',
  'directory.entra.application.appId': '77777777-8888-9999-0000-111111111111',
  'directory.scim.url': 'https://directory.corp.example/scim/v2',
  'directory.scim.name': 'corp',
  'directory.scim.tokenFile': '/run/secrets/scim-token',
  'directory.scim.oauth.tokenUrl': 'https://login.corp.example/oauth/token',
  'directory.scim.oauth.clientId': 'devin-idp-sync',
  'directory.scim.oauth.clientSecretFile': '/run/secrets/scim-client-secret',
  'directory.scim.sortBy': 'id',
  'directory.scimPush.name': 'okta',
  'directory.scimPush.tokenFile': '/run/secrets/scim-push-token',
  'directory.scimPush.staleAfterHours': 72,
  'directory.file.path': 'people.yaml',
  'directory.file.name': 'people',
  'directory.sources[0].name': 'headquarters',
  'devin.keyFile': '/run/secrets/devin-key',
  'devin.scim.tokenFile': '/run/secrets/devin-scim-token',
  'devin.organizations[0].id': 'org-abc123',
  'devin.organizations[0].name': 'Payments',
  protected: ['break-glass@corp.example', '*@auditors.example'],
  domainAliases: { 'corp-old.example': 'corp.example' },
  'redis.urlFile': '/run/secrets/redis-url',
  'redis.sentinel.name': 'devin-idp-sync',
  'redis.sentinel.nodes': ['sentinel-0.corp.example:26379', 'sentinel-1.corp.example:26379'],
  'redis.cluster': ['redis-0.corp.example:6379', 'redis-1.corp.example:6379'],
  'redis.username': 'devin-idp-sync',
  'redis.passwordFile': '/run/secrets/redis-password',
  'redis.sentinel.passwordFile': '/run/secrets/sentinel-password',
  'redis.tls.caFile': '/run/secrets/redis-ca.pem',
  'redis.tls.certFile': '/run/secrets/redis-client.pem',
  'redis.tls.keyFile': '/run/secrets/redis-client-key.pem',
  'redis.tls.serverName': 'redis.corp.example',
  'rules[0].groupId': '00g1b2c3d4e5f6g7h8i9',
  'rules[0].name': 'payments people',
  'server.tokenFile': '/run/secrets/api-token',
  'server.oidc.clientSecretFile': '/run/secrets/oidc-client-secret',
  'server.hooks.okta.secretFile': '/run/secrets/okta-hook-secret',
  'server.hooks.entra.clientStateFile': '/run/secrets/entra-client-state',
  'notify.webhooks[0].urlFile': '/run/secrets/notify-oncall-url',
  'notify.webhooks[0].secretFile': '/run/secrets/notify-oncall-secret',
};

/** Keys that may be left out, but are shown live: the file must load, and it must read like a real one. */
const LIVE = new Set([
  'directory.okta',
  'directory.okta.tokenFile',
  'directory.okta.privateKey.keyFile',
  'directory.entra.clientSecretFile',
  'directory.scim.tokenFile',
  'directory.scim.oauth.clientSecretFile',
  'devin.keyFile',
  'devin.scim.tokenFile',
  'server.oidc.clientSecretFile',
  'rules[0].group',
  'rules[0].org',
  'grants[0].until',
  'freeze[0].from',
  'freeze[0].to',
  'budgets[0].guards.orgRoles',
]);

export function referenceYaml(schema: SchemaNode): string {
  const head = [
    'Every key, with its default or an example. Generated from the schema: change the schema, then run',
    '"npm run generate". Keys without a default that may be left out stand as comments. Any string may hold',
    '$' + '{NAME} or $' + '{NAME:-default} from the environment; $$' + '{ stands for a plain $' + '{.',
  ];
  const live = head.map((line) => `# ${line}`);
  return `${[...live, ...mapLines(schema, [])].join('\n')}\n`;
}

/** Example of a key, wherever it is stated. */
export function exampleOf(node: SchemaNode, path: KeyPath): unknown {
  return EXAMPLES[pathText(path)] ?? node.examples?.[0];
}

function mapLines(node: SchemaNode, path: KeyPath): string[] {
  return Object.entries(node.properties ?? {}).flatMap(([key, child]) => {
    const here = [...path, key];
    const lines = keyLines(key, child, here, node.required?.includes(key) === true);
    return path.length === 0 ? ['', ...lines] : lines;
  });
}

function keyLines(key: string, node: SchemaNode, path: KeyPath, required: boolean): string[] {
  const about = comment(describe(node, path));
  const value = valueLines(key, node, path);
  const live = LIVE.has(pathText(path)) || ((required || node.default !== undefined) && !isSecret(path));
  return live ? [...about, ...value, ...alternative(key, node, path)] : [...about, ...value.map(commented)];
}

function valueLines(key: string, node: SchemaNode, path: KeyPath): string[] {
  // A source in the list has the keys of a single one, which are explained above.
  if (/^directory\.sources\[0\]\.(okta|entra|scim|scimPush|file)$/.test(pathText(path)))
    return [`${key}: {} # as directory.${key}`];
  if (node.properties !== undefined) return [`${key}:`, ...indent(mapLines(node, path))];
  if (node.items?.properties !== undefined)
    return [`${key}:`, ...indent(itemLines(node.items, [...path, 0]))];
  const example = exampleOf(node, path);
  if (node.default === undefined) {
    if (isSecret(path)) return [`${key}: \${${variable(path)}}`];
    if (example === undefined) throw new Error(`${pathText(path)} has neither a default nor an example`);
    return [`${key}: ${inline(example)}`];
  }
  const empty = JSON.stringify(node.default) === '[]' || JSON.stringify(node.default) === '{}';
  const hint = empty && example !== undefined ? [`# ${key}: ${inline(example)}`] : [];
  return [`${key}: ${inline(node.default)}`, ...hint];
}

/** `OKTA_TOKEN` for `directory.okta.token`. */
function variable(path: KeyPath): string {
  const words = path
    .filter((part) => typeof part === 'string')
    .slice(-2)
    .map((part) => String(part).replace(/[A-Z]/g, (letter) => `_${letter}`));
  return words.join('_').toUpperCase();
}

/** The long form of a union whose short form is live. */
function alternative(key: string, node: SchemaNode, path: KeyPath): string[] {
  const map = node.anyOf?.find((each) => each.properties !== undefined);
  if (map === undefined) return [];
  return ['# or:', `# ${key}:`, ...indent(mapLines(map, path)).map(commented)];
}

/** One entry of a list: the dash goes before its first live key, and what explains that key stands above it. */
function itemLines(item: SchemaNode, path: KeyPath): string[] {
  const lines = mapLines(item, path);
  const first = lines.findIndex((line) => !line.startsWith('#'));
  return lines.map((line, index) => {
    if (index < first) return line;
    return index === first ? `- ${line}` : `  ${line}`;
  });
}

function describe(node: SchemaNode, path: KeyPath): string {
  const words = node.description;
  if (words === undefined) throw new Error(`${pathText(path)} has no description`);
  const unnamed = node.enum?.some((value) => !words.includes(String(value))) === true;
  return `${words}${unnamed ? ` One of ${node.enum?.join(', ')}.` : ''}${range(node)}`;
}

function range({ minimum, maximum, exclusiveMinimum }: SchemaNode): string {
  const most = maximum === undefined || maximum === Number.MAX_SAFE_INTEGER ? null : maximum;
  if (exclusiveMinimum !== undefined)
    return ` More than ${exclusiveMinimum}${most === null ? '' : `, at most ${most}`}.`;
  if (most !== null) return ` ${minimum ?? 0} to ${most}.`;
  return minimum === undefined || minimum === 0 ? '' : ` At least ${minimum}.`;
}

function comment(text: string): string[] {
  const lines: string[] = [];
  for (const word of text.split(/\s+/)) {
    const last = lines.at(-1);
    if (last === undefined || last.length + word.length + 1 > WIDTH) lines.push(`# ${word}`);
    else lines[lines.length - 1] = `${last} ${word}`;
  }
  return lines;
}

function inline(value: unknown): string {
  return stringify(value, { collectionStyle: 'flow', lineWidth: 0, flowCollectionPadding: true }).trim();
}

function indent(lines: readonly string[]): string[] {
  return lines.map((line) => `  ${line}`);
}

function commented(line: string): string {
  return `# ${line}`;
}
