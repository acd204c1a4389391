/** What `doctor` says of a directory that is pushed: nothing can be asked of the provider, so it tells what came. */
import { errorText } from '../../lib/errors.ts';
import type { Finding } from '../../lib/reading.ts';
import type { Desk } from './desk.ts';
import { staleAfterMs } from './options.ts';
import { notReady } from './ready.ts';
import { silence } from './silence.ts';

export async function checkPushed(desk: Desk): Promise<readonly Finding[]> {
  const { options, room, now } = desk;
  const what = `SCIM endpoint /scim/v2/${options.name}`;
  try {
    const standing = await room.standing();
    const problem = notReady(standing, options, now());
    if (problem !== null) return [{ level: 'fail', what, detail: problem }];
    const { users, groups, pushedAt } = standing;
    const size = `${users} people and ${groups} groups were pushed`;
    const last = `the newest write came at ${new Date(pushedAt ?? 0).toISOString()}`;
    const found: Finding[] = [{ level: 'ok', what, detail: `${size}; ${last}` }];
    const quiet = silence(standing, staleAfterMs(options), now());
    if (quiet !== null) found.push({ level: 'warn', what: `${what}: silence`, detail: quiet.words });
    return found;
  } catch (error) {
    return [{ level: 'fail', what, detail: errorText(error) }];
  }
}
