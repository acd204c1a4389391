/** What `doctor` asks Entra: may we sign in, may we read, do we have more rights than we need. */
import type { Finding } from '../../lib/reading.ts';
import { probe } from '../check.ts';
import { newTally } from '../pages.ts';
import { parseItems, parseOne } from '../parse.ts';
import type { Place } from '../read-error.ts';
import type { EntraClient } from './client.ts';
import type { EntraOptions } from './options.ts';
import { graphGroup, graphList, graphMember, graphUser, USER_FIELDS } from './schema.ts';
import type { EntraToken } from './token.ts';
import { jsonOf, permissionOf } from './words.ts';

/** `Member.Read.Hidden` is needed for groups with hidden membership only. */
const NEEDED = ['User.Read.All', 'GroupMember.Read.All', 'Member.Read.Hidden'];

export async function checkEntra(
  client: EntraClient,
  token: EntraToken,
  options: EntraOptions,
  signal: AbortSignal,
): Promise<readonly Finding[]> {
  let signedIn = '';
  const signIn = await probe('Entra sign-in', async () => {
    signedIn = await token.get();
    return `works for tenant ${options.tenantId}`;
  });
  if (signIn.level === 'fail') return [signIn];
  const first = async (what: string, path: string): Promise<{ items: readonly unknown[]; place: Place }> => {
    const place: Place = { what, page: 1, url: client.url(path) };
    const body = await client.get(place, { tally: newTally(what), signal });
    return { items: parseOne(body, graphList, place).value, place };
  };
  let group: string | null = null;
  const findings = [
    signIn,
    await probe('Entra users', async () => {
      const { items, place } = await first('Entra users', `/users?$select=${USER_FIELDS}&$top=1`);
      parseItems(items, graphUser, place);
      return `readable (${permissionOf('/users')})`;
    }),
    await probe('Entra groups', async () => {
      const { items, place } = await first('Entra groups', '/groups?$select=id,displayName&$top=1');
      group = parseItems(items, graphGroup, place)[0]?.id ?? null;
      return group === null ? 'readable, but there is none' : 'readable';
    }),
  ];
  if (group !== null) {
    const path = `/groups/${encodeURIComponent(group)}/members?$select=id&$top=1`;
    findings.push(
      await probe('Entra group members', async () => {
        const { items, place } = await first('Entra group members', path);
        parseItems(items, graphMember, place);
        return `readable (${permissionOf('/groups')})`;
      }),
    );
  }
  return [...findings, rightsAdvice(signedIn)];
}

function rightsAdvice(token: string): Finding {
  const what = 'Entra rights';
  const needs =
    'Reading needs the application permissions User.Read.All and GroupMember.Read.All and nothing more.';
  const excess = rolesOf(token).filter((role) => !NEEDED.includes(role));
  const detail = excess.length === 0 ? needs : `${needs} These may be taken away: ${excess.join(', ')}.`;
  return { level: 'advice', what, detail };
}

/** The granted permissions as the token lists them; Entra promises no readable token, so none is fine. */
function rolesOf(token: string): string[] {
  const payload = jsonOf(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString('utf8'));
  const { roles } = (payload ?? {}) as { roles?: unknown };
  return Array.isArray(roles) ? roles.filter((role) => typeof role === 'string') : [];
}
