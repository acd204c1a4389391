/** What `doctor` asks Okta: is it there, does it let us in, may we read all of it, do we have more rights than we need. */
import type * as z from 'zod';
import type { Finding } from '../../lib/reading.ts';
import { clockFinding, probe } from '../check.ts';
import { newTally } from '../pages.ts';
import { OktaClient } from './client.ts';
import type { Desk } from './intake.ts';
import { readFirst } from './lists.ts';
import type { OktaOptions } from './options.ts';
import { oktaAppGroup, oktaAppUser, oktaEvent, oktaGroup, oktaMember, oktaUser } from './schema.ts';
import { neededScopes, scopesOf } from './sign-in.ts';

/** How the words of a refused sign-in begin. */
const SIGN_IN = 'Okta sign-in';

export async function checkOkta(desk: Desk, signal: AbortSignal): Promise<readonly Finding[]> {
  const { options } = desk;
  const org = await probe('Okta org', async () => {
    const name = await desk.tenant(signal, newTally('Okta org'));
    return `${name} answers at ${options.url}`;
  });
  if (org.level === 'fail') {
    // Even a public address is asked with a token, so a refused sign-in shows here first.
    const refused = org.detail.startsWith(SIGN_IN) ? await refusedScopes(desk, signal) : [];
    return refused.length > 0 ? [...refused, ...rightsAdvice(options)] : [org];
  }
  return [org, ...(await readable(desk, signal)), ...rightsAdvice(options)];
}

/** Okta refuses a sign-in as a whole, so each scope is asked for alone to name the missing ones. */
async function refusedScopes(desk: Desk, signal: AbortSignal): Promise<Finding[]> {
  const { client, options } = desk;
  const key = options.privateKey;
  if (key === undefined) return [];
  const whole = await probe(SIGN_IN, async () => {
    await client.signIn(signal);
    return 'works';
  });
  if (whole.level === 'ok') return [];
  const missing: Finding[] = [];
  for (const scope of scopesOf(options)) {
    const alone = new OktaClient({ ...options, privateKey: { ...key, scopes: [scope] } });
    const found = await probe(`Okta scope ${scope}`, async () => {
      await alone.signIn(signal);
      return 'granted';
    });
    if (found.level !== 'fail') continue;
    // A refusal that is not about scopes is the same for each of them, and told once.
    if (!found.detail.includes('invalid_scope')) return [whole];
    const detail = `not granted: grant ${scope} to the application under Okta API Scopes (a Super Administrator can). ${found.detail}`;
    missing.push({ ...found, detail });
  }
  return missing.length > 0 ? missing : [whole];
}

async function readable(desk: Desk, signal: AbortSignal): Promise<Finding[]> {
  const { client, options } = desk;
  const findings: Finding[] = [];
  let clock = null as Finding | null;
  async function look<S extends z.ZodType>(what: string, path: string, schema: S): Promise<z.output<S>[]> {
    let items: readonly z.output<S>[] = [];
    const finding = await probe(what, async () => {
      const first = await readFirst(client, { what, path, schema, signal });
      ({ items } = first);
      // At once: what is asked after it may take minutes.
      clock = clockFinding(first.answer, Date.now());
      return items.length === 0 ? 'readable, but there is none' : 'readable';
    });
    findings.push(finding);
    return [...items];
  }
  await look('Okta users', '/api/v1/users?limit=1', oktaUser);
  const [group] = await look('Okta groups', '/api/v1/groups?limit=1', oktaGroup);
  if (group !== undefined)
    await look(
      'Okta group members',
      `/api/v1/groups/${encodeURIComponent(group.id)}/users?limit=1`,
      oktaMember,
    );
  if (options.app !== undefined) {
    const app = `/api/v1/apps/${encodeURIComponent(options.app.id)}`;
    await look('Okta application users', `${app}/users?limit=1&expand=user`, oktaAppUser);
    await look('Okta application groups', `${app}/groups?limit=1&expand=group`, oktaAppGroup);
  }
  if (options.systemLog) await look('Okta System Log', '/api/v1/logs?limit=1', oktaEvent);
  const refused = findings.some(({ what, level }) => what === 'Okta groups' && level === 'fail');
  if (!refused) findings.push(...(await restricted(desk, signal)));
  return clock === null ? findings : [...findings, clock];
}

/** Okta hides `Everyone` from a role that sees only some groups; what such a role does not see looks deleted. */
async function restricted({ client }: Desk, signal: AbortSignal): Promise<Finding[]> {
  const what = 'Okta role';
  const path = `/api/v1/groups?${new URLSearchParams({ limit: '1', filter: 'type eq "BUILT_IN"' })}`;
  let all = false;
  const finding = await probe(what, async () => {
    all = (await readFirst(client, { what, path, schema: oktaGroup, signal })).items.length > 0;
    return 'sees every group';
  });
  if (finding.level === 'fail' || all) return [finding];
  const detail =
    'does not see the group Everyone, so it is restricted to some groups; the others look deleted. Give it the Read-only Administrator role for the whole org.';
  return [{ level: 'warn', what, detail }];
}

function rightsAdvice(options: OktaOptions): Finding[] {
  const what = 'Okta rights';
  const needed = neededScopes(options);
  if (options.privateKey === undefined) {
    const detail = `An API token has every right of the administrator who made it and ends with that account. An API Services application with a private key, the scopes ${needed.join(', ')} and the Read-only Administrator role can read the same and nothing more.`;
    return [{ level: 'advice', what, detail }];
  }
  const asked = scopesOf(options);
  const missing = needed.filter((scope) => !asked.includes(scope));
  const excess = asked.filter((scope) => !needed.includes(scope));
  const findings: Finding[] = [];
  if (missing.length > 0)
    findings.push({
      level: 'fail',
      what,
      detail: `privateKey.scopes leaves out what this reading needs: ${missing.join(', ')}. Add it, or leave scopes out.`,
    });
  if (excess.length > 0)
    findings.push({
      level: 'advice',
      what,
      detail: `These scopes are not needed and may be taken away: ${excess.join(', ')}.`,
    });
  return findings;
}
