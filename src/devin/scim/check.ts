/** What `doctor` asks the SCIM service: is it there, does it let us in, can it do what is needed. */

import { errorText } from '../../lib/errors.ts';
import type { Finding } from '../../lib/reading.ts';
import type { DevinClient } from '../client.ts';
import type { ScimTargetOptions } from './options.ts';
import { basePath } from './requests.ts';
import { listOf, ServiceProvider, UserResource } from './schema.ts';

const WHAT = "Devin's SCIM service";

/** Never throws. */
export async function checkScim(
  client: DevinClient,
  { url, loginGroupSync }: ScimTargetOptions,
  signal: AbortSignal,
): Promise<Finding[]> {
  try {
    const { json } = await client.get(`${basePath(url)}/Users?startIndex=1&count=1`, signal);
    const page = listOf(UserResource).safeParse(json);
    if (!page.success)
      return [finding('fail', `${url}/Users is no list of SCIM users: check devin.scim.url.`)];
    const total = page.data.totalResults;
    return [
      finding('ok', `${total} users at ${url}.`),
      ...(await abilities(client, url, signal)),
      ...(loginGroupSync === 'off' ? [] : [finding('warn', SIGN_IN)]),
    ];
  } catch (error) {
    return [finding('fail', errorText(error))];
  }
}

const SIGN_IN =
  "as long as Devin syncs groups at sign-in, memberships written here revert when somebody signs in: have Devin's support switch that off, then say devin.scim.loginGroupSync: off.";

async function abilities(client: DevinClient, url: string, signal: AbortSignal): Promise<Finding[]> {
  try {
    const { json } = await client.get(`${basePath(url)}/ServiceProviderConfig`, signal);
    const { patch, filter } = ServiceProvider.parse(json);
    return [
      ...(patch?.supported === false
        ? [finding('fail', 'it takes no PATCH, so nothing can be changed.')]
        : []),
      ...(filter?.supported === false
        ? [finding('warn', 'it has no filters, so a lost answer to a new user or group stays unclear.')]
        : []),
    ];
  } catch (error) {
    return [finding('advice', `what it can do is not readable. ${errorText(error)}`)];
  }
}

function finding(level: Finding['level'], detail: string): Finding {
  return { level, what: WHAT, detail };
}
