/** What `doctor` asks Okta: is it there, does it let us in, may we read, do we have more rights than we need. */
import type { Answer } from '../../lib/fetch.ts';
import type { Finding } from '../../lib/reading.ts';
import { clockFinding, probe } from '../check.ts';
import type { OktaClient } from './client.ts';
import { readFirst } from './lists.ts';
import { DEFAULT_SCOPES, type OktaOptions } from './options.ts';
import { oktaGroup, oktaMember, oktaUser } from './schema.ts';

export async function checkOkta(
  client: OktaClient,
  options: OktaOptions,
  tenant: (signal: AbortSignal) => Promise<string>,
  signal: AbortSignal,
): Promise<readonly Finding[]> {
  const findings = [await probe('Okta org', async () => `${await tenant(signal)} answers at ${options.url}`)];
  if (findings[0]?.level === 'fail') return findings;
  let seen: Answer | null = null;
  let group: string | null = null;
  findings.push(
    await probe('Okta users', async () => {
      const path = '/api/v1/users?limit=1';
      seen = (await readFirst(client, { what: 'Okta users', path, schema: oktaUser, signal })).answer;
      return 'readable';
    }),
    await probe('Okta groups', async () => {
      const path = '/api/v1/groups?limit=1';
      const { items } = await readFirst(client, { what: 'Okta groups', path, schema: oktaGroup, signal });
      group = items[0]?.id ?? null;
      return group === null ? 'readable, but there is none' : 'readable';
    }),
  );
  if (group !== null) {
    const path = `/api/v1/groups/${encodeURIComponent(group)}/users?limit=1`;
    findings.push(
      await probe('Okta group members', async () => {
        await readFirst(client, { what: 'Okta group members', path, schema: oktaMember, signal });
        return 'readable';
      }),
    );
  }
  const clock = clockFinding(seen, Date.now());
  return [...findings, ...(clock === null ? [] : [clock]), ...rightsAdvice(options)];
}

function rightsAdvice(options: OktaOptions): Finding[] {
  const what = 'Okta rights';
  if (options.privateKey === undefined) {
    const detail =
      'An API token has every right of the administrator who made it and ends with that account. An API Services application with a private key, the scopes okta.users.read and okta.groups.read and the Read-only Administrator role can read the same and nothing more.';
    return [{ level: 'advice', what, detail }];
  }
  const excess = options.privateKey.scopes.filter(
    (scope) => !DEFAULT_SCOPES.some((needed) => needed === scope),
  );
  if (excess.length === 0) return [];
  return [
    {
      level: 'advice',
      what,
      detail: `These scopes are not needed and may be taken away: ${excess.join(', ')}.`,
    },
  ];
}
