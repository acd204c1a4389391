/** What no single key can tell: the second level of validation, over every part that is valid by itself. */
import { directoryProblems } from './directory-checks.ts';
import { isMap } from './key-path.ts';
import type { Problem } from './problem.ts';
import { type RuleInput, ruleName, ruleSchema } from './rule-schema.ts';
import { type ConfigValues, configSchema } from './schema.ts';

/** @param root the file's values with secrets in place, before the schema's defaults. */
export function crossChecks(root: unknown): Problem[] {
  if (!isMap(root)) return [];
  const parts = validParts(root);
  return [
    ...directoryProblems(root.directory, parts.directory),
    ...uniqueRules(validRules(root.rules)),
    ...throughScim(validRules(root.rules), parts.devin),
    ...nothingGiven(root),
    ...unique(
      parts.organizations?.map(({ name }) => name),
      (index) => ['organizations', index, 'name'],
    ),
    ...unique(parts.roles?.rank, (index) => ['roles', 'rank', index]),
    ...aliases(parts.domainAliases),
    ...unique(
      parts.server?.tokens?.map(({ name }) => name),
      (index) => ['server', 'tokens', index, 'name'],
    ),
    ...openServer(parts.server),
    ...loginProvider(parts.server),
    ...unique(
      parts.notify?.webhooks?.map(({ name }) => name),
      (index) => ['notify', 'webhooks', index, 'name'],
    ),
    ...hooks(parts.server, parts.directory),
  ];
}

/** Without any line at all, everything that was ever given would be to take. */
function nothingGiven({ rules, grants, grantsFile }: Record<string, unknown>): Problem[] {
  const isEmpty = (list: unknown) => Array.isArray(list) && list.length === 0;
  if (!isEmpty(rules) || grantsFile !== undefined || (grants !== undefined && !isEmpty(grants))) return [];
  return [{ path: ['rules'], message: 'must have at least one rule, or there must be grants' }];
}

function validParts(root: Record<string, unknown>): Partial<ConfigValues> {
  const parts: Record<string, unknown> = {};
  for (const [key, schema] of Object.entries(configSchema.shape)) {
    const result = schema.safeParse(root[key]);
    if (result.success) parts[key] = result.data;
  }
  return parts as Partial<ConfigValues>;
}

/** Index in the file → rule, of those that are valid by themselves. */
function validRules(rules: unknown): Map<number, RuleInput> {
  const valid = new Map<number, RuleInput>();
  if (!Array.isArray(rules)) return valid;
  rules.forEach((rule, index) => {
    const result = ruleSchema.safeParse(rule);
    if (result.success) valid.set(index, result.data);
  });
  return valid;
}

function uniqueRules(rules: ReadonlyMap<number, RuleInput>): Problem[] {
  const seen = new Map<string, number>();
  const problems: Problem[] = [];
  for (const [index, rule] of rules) {
    const name = ruleName(rule);
    const first = seen.get(name);
    if (first === undefined) seen.set(name, index);
    else if (rule.name !== undefined)
      problems.push({
        path: ['rules', index, 'name'],
        message: `"${name}" is also the name of rules[${first}]`,
      });
    else
      problems.push({
        path: ['rules', index],
        message: `is about the same group and place as rules[${first}] ("${name}"): drop one or give it a name`,
      });
  }
  return problems;
}

/** Members can only be written to a service that is named. */
function throughScim(
  rules: ReadonlyMap<number, RuleInput>,
  devin: ConfigValues['devin'] | undefined,
): Problem[] {
  if (devin === undefined || devin.scim !== undefined) return [];
  return [...rules].flatMap(([index, { via }]) =>
    via === 'scim'
      ? [
          {
            path: ['rules', index, 'via'],
            message: 'needs devin.scim, the SCIM service that members are written to',
          },
        ]
      : [],
  );
}

function unique(names: readonly string[] | undefined, pathOf: (index: number) => Problem['path']): Problem[] {
  const seen = new Set<string>();
  const problems: Problem[] = [];
  names?.forEach((name, index) => {
    if (seen.has(name)) problems.push({ path: pathOf(index), message: `"${name}" is listed twice` });
    seen.add(name);
  });
  return problems;
}

/** An alias of an alias would make the outcome depend on the order of look-ups. */
function aliases(domains: ConfigValues['domainAliases'] | undefined): Problem[] {
  return Object.entries(domains ?? {}).flatMap(([alias, domain]) => {
    const path = ['domainAliases', alias];
    if (alias === domain) return [{ path, message: 'is an alias of itself' }];
    if (domains?.[domain] !== undefined)
      return [{ path, message: `stands for ${domain}, which is itself an alias: name the final domain` }];
    return [];
  });
}

function openServer(server: ConfigValues['server'] | undefined): Problem[] {
  if (server === undefined || server.token !== undefined || (server.tokens ?? []).length > 0) return [];
  if (server.oidc !== undefined) return [];
  const { host } = server.listen;
  if (host === 'localhost' || host === '::1' || host.startsWith('127.')) return [];
  return [
    {
      path: ['server', 'listen'],
      message: `is open to the network (${host}): give server.token, server.tokenFile, server.tokens or server.oidc, or listen on 127.0.0.1`,
    },
  ];
}

function loginProvider(server: ConfigValues['server'] | undefined): Problem[] {
  const { oidc, publicUrl } = server ?? {};
  if (oidc === undefined) return [];
  const problems: Problem[] = [];
  const path = ['server', 'oidc'];
  if (publicUrl === undefined)
    problems.push({
      path,
      message: 'needs server.publicUrl, the address to which the provider sends people back',
    });
  if (!oidc.scopes.includes('openid'))
    problems.push({ path: [...path, 'scopes'], message: 'must have openid' });
  return problems;
}

/** A receiver of what nobody reads, and subscriptions that Graph could not make, are mistakes of the file. */
function hooks(
  server: ConfigValues['server'] | undefined,
  directory: ConfigValues['directory'] | undefined,
): Problem[] {
  if (server === undefined || directory === undefined) return [];
  const sources = directory.sources ?? [directory];
  const problems: Problem[] = [];
  for (const kind of ['okta', 'entra'] as const) {
    if (server.hooks[kind] === undefined || sources.some((source) => source[kind] !== undefined)) continue;
    problems.push({ path: ['server', 'hooks', kind], message: `is about ${kind}, and directory has none` });
  }
  if (server.hooks.entra?.subscribe === true && server.publicUrl?.startsWith('https://') !== true) {
    const message = 'needs server.publicUrl with https://, because Graph sends to that address';
    problems.push({ path: ['server', 'hooks', 'entra', 'subscribe'], message });
  }
  return problems;
}
