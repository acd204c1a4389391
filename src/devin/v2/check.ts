/** What `doctor` says of a personal key. */
import { errorText } from '../../lib/errors.ts';
import type { Finding } from '../../lib/reading.ts';
import type { DevinClient } from '../client.ts';
import type { DevinOptions } from '../options.ts';
import { GROUPS, MEMBERS, ORGANIZATIONS, ROLES_PATH } from './lists.ts';

const KEY = 'Devin key';

/** Never throws. */
export async function checkV2(
  client: DevinClient,
  options: DevinOptions,
  signal: AbortSignal,
): Promise<Finding[]> {
  const findings: Finding[] = [
    {
      level: 'warn',
      what: KEY,
      detail: `the personal key of ${options.keyOwner}: every write is made in their name, and it ends with their account. A service user of the enterprise (api: v3) has neither fault.`,
    },
  ];
  if (!options.key.startsWith('apk_'))
    findings.push({
      level: 'warn',
      what: KEY,
      detail: 'does not start with apk_user_, as personal keys do.',
    });
  const lists = [MEMBERS, GROUPS, ORGANIZATIONS].map(
    (list) => [list.what, list.pathFrom({ limit: '1' })] as const,
  );
  for (const [what, path] of [...lists, ['Devin roles', ROLES_PATH] as const])
    findings.push(await readable(client, what, path, signal));
  return findings;
}

async function readable(
  client: DevinClient,
  what: string,
  path: string,
  signal: AbortSignal,
): Promise<Finding> {
  try {
    await client.get(path, signal);
    return { level: 'ok', what, detail: 'readable.' };
  } catch (error) {
    return { level: 'fail', what, detail: errorText(error) };
  }
}
