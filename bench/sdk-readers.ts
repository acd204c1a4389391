/** The same pages through the vendors' SDKs, iterated the way their documentation shows. */
import { Client as GraphClient, type Middleware } from '@microsoft/microsoft-graph-client';
import { Client as OktaClient } from '@okta/okta-sdk-nodejs';
import pLimit from 'p-limit';
import type { FakesReady } from './fakes.ts';

/** Without `Everyone`, like the connector. */
const REAL_GROUPS = 'type eq "OKTA_GROUP" or type eq "APP_GROUP"';

export async function oktaBySdk({ okta }: FakesReady, url: string): Promise<number> {
  const client = new OktaClient({ orgUrl: url, token: okta.token });
  let items = 0;
  const groups: string[] = [];
  const users = async () => {
    const list = await client.userApi.listUsers({ limit: 200 });
    await list.each(() => void items++);
  };
  const listed = async () => {
    const list = await client.groupApi.listGroups({ limit: 200, filter: REAL_GROUPS });
    await list.each((group) => void groups.push(group?.id as string));
  };
  await Promise.all([users(), listed()]);
  const limit = pLimit(6);
  const members = async (groupId: string) => {
    const list = await client.groupApi.listGroupUsers({ groupId, limit: 200 });
    await list.each(() => void items++);
  };
  await Promise.all(groups.map((group) => limit(() => members(group))));
  return items + groups.length;
}

interface GraphPage {
  readonly value: readonly { id: string }[];
  readonly '@odata.nextLink'?: string;
}

export async function graphBySdk(url: string, token: string): Promise<number> {
  // The SDK's own chain sends no token over http, not even to loopback: this is its last link, with the token.
  const transport: Middleware = {
    execute: async (context) => {
      const headers = new Headers(context.options?.headers as Record<string, string>);
      headers.set('authorization', `Bearer ${token}`);
      context.response = await fetch(
        context.request as string,
        { ...context.options, headers } as RequestInit,
      );
    },
  };
  const client = GraphClient.initWithMiddleware({
    baseUrl: url,
    defaultVersion: 'v1.0',
    middleware: [transport],
  });
  let items = 0;
  // PageIterator follows https only, so the links are followed by hand, as the documentation shows as well.
  const root = `${url}/v1.0`;
  const walk = async (first: string, each: (item: { id: string }) => void) => {
    for (let path: string | undefined = first; path !== undefined; ) {
      const page: GraphPage = await client.api(path).get();
      for (const item of page.value) each(item);
      path = page['@odata.nextLink']?.slice(root.length);
    }
  };
  const groups: string[] = [];
  await Promise.all([
    walk('/users?$top=999&$select=id,displayName,mail,userPrincipalName,accountEnabled', () => void items++),
    walk('/groups?$top=999&$select=id,displayName', ({ id }) => void groups.push(id)),
  ]);
  const limit = pLimit(4);
  const members = (id: string) => walk(`/groups/${id}/members?$top=999&$select=id`, () => void items++);
  await Promise.all(groups.map((group) => limit(() => members(group))));
  return items + groups.length;
}
