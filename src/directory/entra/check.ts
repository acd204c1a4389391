/** What `doctor` asks Entra: may we sign in, may we read, do we have more rights than we need. */
import type { Finding } from '../../lib/reading.ts';
import { probe } from '../check.ts';
import { newTally } from '../pages.ts';
import { parseItems, parseOne } from '../parse.ts';
import type { Place } from '../read-error.ts';
import type { EntraClient } from './client.ts';
import { linkFromNow } from './delta.ts';
import type { EntraOptions } from './options.ts';
import {
  GROUP_FIELDS,
  graphAssignment,
  graphGroup,
  graphList,
  graphMember,
  graphUser,
  hidesMembers,
  USER_FIELDS,
} from './schema.ts';
import type { EntraToken } from './token.ts';
import { permissionOf } from './words.ts';

const HIDDEN = 'Member.Read.Hidden';

interface Probes {
  readonly client: EntraClient;
  readonly options: EntraOptions;
  readonly signal: AbortSignal;
}

export async function checkEntra(
  client: EntraClient,
  token: EntraToken,
  options: EntraOptions,
  signal: AbortSignal,
): Promise<readonly Finding[]> {
  const signIn = await probe('Entra sign-in', async () => {
    await token.get();
    return `works for tenant ${options.tenantId} with a ${credentialWords(options)}`;
  });
  if (signIn.level === 'fail') return [signIn];
  const granted = token.permissions();
  const probes = { client, options, signal };
  const groups: string[] = [];
  const findings = [
    signIn,
    await probe('Entra users', async () => {
      const { items, place } = await first(probes, 'Entra users', `/users?$select=${USER_FIELDS}&$top=1`);
      parseItems(items, graphUser, place);
      return `readable (${permissionOf('/users')})`;
    }),
    await probe('Entra groups', async () => {
      const path = `/groups?$select=${GROUP_FIELDS}&$top=999`;
      const { items, place } = await first(probes, 'Entra groups', path);
      const listed = parseItems(items, graphGroup, place);
      groups.push(...listed.filter((group) => !hidesMembers(group)).map(({ id }) => id));
      const hidden = listed.length - groups.length;
      if (hidden > 0 && !granted.includes(HIDDEN)) return hiddenWords(hidden);
      return listed.length === 0 ? 'readable, but there is none' : 'readable';
    }),
  ];
  const [group] = groups;
  if (group !== undefined) findings.push(await checkMembers(probes, group));
  // They need the same two permissions: what is missing was said.
  if (findings.every(({ level }) => level === 'ok')) findings.push(await checkChanges(probes));
  if (options.application !== undefined) findings.push(await checkApplication(probes, options.application));
  return [...findings, rightsAdvice(granted, options)];
}

async function first(
  { client, signal }: Probes,
  what: string,
  path: string,
): Promise<{ items: readonly unknown[]; place: Place }> {
  const place: Place = { what, page: 1, url: client.url(path) };
  const body = await client.get(place, { tally: newTally(what), signal });
  return { items: parseOne(body, graphList, place).value, place };
}

function checkMembers(probes: Probes, group: string): Promise<Finding> {
  const path = `/groups/${encodeURIComponent(group)}/members?$select=id&$top=1`;
  return probe('Entra group members', async () => {
    const { items, place } = await first(probes, 'Entra group members', path);
    parseItems(items, graphMember, place);
    return `readable (${permissionOf('/groups')})`;
  });
}

function checkChanges({ client, signal }: Probes): Promise<Finding> {
  return probe('Entra changes', async () => {
    const ask = { tally: newTally('Entra changes'), signal };
    const users = await linkFromNow(client, 'users', ask);
    const groups = users === null ? null : await linkFromNow(client, 'groups', ask);
    return groups === null
      ? 'not offered by this tenant: every turn reads everything'
      : 'readable: turns between whole readings read only what changed';
  });
}

function checkApplication(probes: Probes, { appId }: { readonly appId: string }): Promise<Finding> {
  const path = `/servicePrincipals(appId='${appId}')/appRoleAssignedTo?$top=1`;
  return probe('Entra assignments', async () => {
    const { items, place } = await first(probes, 'Entra assignments', path);
    const none = parseItems(items, graphAssignment, place).length === 0;
    return none ? `readable, but nobody is assigned to ${appId}` : `readable (${permissionOf(path)})`;
  });
}

function credentialWords({ certificate, workloadIdentity }: EntraOptions): string {
  if (certificate !== undefined) return 'certificate';
  return workloadIdentity === undefined ? 'client secret' : 'federated token';
}

function hiddenWords(count: number): string {
  const groups = count === 1 ? '1 group hides its members' : `${count} groups hide their members`;
  return `readable; ${groups}, so that nobody loses anything because of them. ${HIDDEN} would show them`;
}

function rightsAdvice(granted: readonly string[], options: EntraOptions): Finding {
  const needed = ['User.Read.All', 'GroupMember.Read.All'];
  if (options.application !== undefined) needed.push('Application.Read.All');
  const list = `${needed.slice(0, -1).join(', ')} and ${needed.at(-1)}`;
  const needs = `Reading needs the application permissions ${list} and nothing more.`;
  // Needed for groups with hidden membership only.
  const excess = granted.filter((role) => role !== HIDDEN && !needed.includes(role));
  const detail = excess.length === 0 ? needs : `${needs} These may be taken away: ${excess.join(', ')}.`;
  return { level: 'advice', what: 'Entra rights', detail };
}
