/** What `doctor` looks at, part by part; a part that fails does not stop the next. */

import type { Checkup } from '../actions/workbench.ts';
import { errorText } from '../lib/errors.ts';
import type { Finding } from '../lib/reading.ts';
import { webhookStates } from '../notify/outbox.ts';
import { checkLoginProvider } from '../server/login-provider.ts';
import { inspectRedis } from '../state/preflight.ts';
import { tokenFindings } from './pushed.ts';
import type { Rooms } from './rooms.ts';

export async function* checkup(rooms: Rooms, signal: AbortSignal): AsyncGenerator<Checkup> {
  const { config } = rooms;
  yield { part: 'Configuration', findings: configFindings(rooms) };
  yield { part: 'Redis', findings: await attempt('Redis', () => redisFindings(rooms)) };
  yield {
    part: `Directory (${config.directory.kind})`,
    findings: await attempt('Directory', async () => [
      ...tokenFindings(config),
      ...(await (await rooms.source()).check(signal)),
    ]),
  };
  yield { part: 'Devin', findings: await attempt('Devin', async () => (await rooms.target()).check(signal)) };
  yield { part: 'Notifications', findings: await attempt('Webhooks', () => messageFindings(rooms)) };
  const { oidc } = config.server;
  if (oidc !== null) {
    const findings = await attempt('Login provider', () => checkLoginProvider(oidc));
    yield { part: 'Login provider', findings };
  }
}

function configFindings({ config }: Rooms): Finding[] {
  const { settings, file } = config;
  const levels = Object.entries(settings.policy).map(([kind, level]) => `${kind} ${level}`);
  const found: Finding[] = [
    {
      level: 'ok',
      what: 'File',
      detail: `${file}, ${settings.rules.length} ${settings.rules.length === 1 ? 'rule' : 'rules'}`,
    },
    { level: 'ok', what: 'Policy', detail: levels.join(', ') },
  ];
  if (settings.protected.length === 0) {
    found.push({
      level: 'advice',
      what: 'Protected',
      detail: 'nobody is protected; list break-glass administrators under "protected"',
    });
  }
  return found;
}

async function messageFindings(rooms: Rooms): Promise<readonly Finding[]> {
  const { webhooks } = rooms.config.notify;
  if (webhooks.length === 0) {
    const detail = 'nobody is told when something is held or fails; name somebody under "notify.webhooks"';
    return [{ level: 'advice', what: 'Webhooks', detail }];
  }
  const { connections } = await rooms.state();
  const states = await webhookStates(connections.producer, connections.prefix, webhooks);
  return states.map(({ name, kind, deliveredAt, failing }): Finding => {
    const what = `${name} (${kind})`;
    if (failing !== null) return { level: 'fail', what, detail: failing };
    if (deliveredAt !== null)
      return { level: 'ok', what, detail: `took a message at ${new Date(deliveredAt).toISOString()}` };
    return { level: 'advice', what, detail: 'never tried; send a test message with "devin-idp-sync notify"' };
  });
}

async function redisFindings(rooms: Rooms): Promise<readonly Finding[]> {
  const { socket } = await rooms.state();
  return inspectRedis({
    redis: rooms.config.redis,
    name: 'devin-idp-sync-doctor',
    ...(socket === null ? {} : { socket }),
  });
}

async function attempt(what: string, look: () => Promise<readonly Finding[]>): Promise<readonly Finding[]> {
  try {
    return await look();
  } catch (error) {
    return [{ level: 'fail', what, detail: errorText(error) }];
  }
}
