/** The outbox and what fills it, on the rooms of the daemon. */
import type { Config } from '../config/config.ts';
import type { Logger } from '../lib/log.ts';
import type { Metrics } from '../lib/metrics.ts';
import type { Finding } from '../lib/reading.ts';
import type { Releasers } from '../lib/releasers.ts';
import { type Notifier, openNotifier, type Silent } from '../notify/notifier.ts';
import { testEvent } from '../notify/occasions.ts';
import { type Outbox, openOutbox } from '../notify/outbox.ts';
import { sendEvent } from '../notify/send.ts';
import { guardName } from '../report/words.ts';
import { endsOf } from './ends.ts';
import type { Generation } from './generation.ts';
import type { StateRoom } from './state-room.ts';

export interface Messages {
  readonly outbox: Outbox;
  readonly notifier: Notifier;
}

interface MessagesDeps {
  readonly state: StateRoom;
  readonly releasers: Releasers;
  readonly log: Logger;
  readonly metrics: Metrics;
  readonly current: () => Generation;
  readonly silences: () => Promise<readonly Silent[]>;
}

export function openMessages({ state, releasers, log, metrics, current, silences }: MessagesDeps): Messages {
  const { prefix, producer, worker } = state.connections;
  const outbox = openOutbox({
    prefix,
    producer,
    worker,
    webhooks: () => current().config.notify.webhooks,
    send: (webhook, event) => sendEvent(webhook, event, contextOf(current().config)),
    clock: Date.now,
    closeMs: current().config.limits.shutdownMs,
    observe: (webhook, outcome) => {
      metrics.notifications.inc({ webhook, outcome });
      if (outcome === 'gone') log.error({ webhook }, 'a message was not taken and is not tried again');
    },
    onError: (error) => log.error({ err: error }, 'notifications'),
  });
  releasers.add('the outbox', () => outbox.close());
  const notifier = openNotifier({
    redis: producer,
    prefix,
    outbox,
    options: () => current().config.notify,
    journal: state.store.journal,
    guardName,
    ends: () => endsOf(current()),
    silences,
    clock: Date.now,
    onError: (error) => log.error({ err: error }, 'notifications'),
  });
  releasers.add('the notifier', () => notifier.close());
  notifier.start();
  return { outbox, notifier };
}

/** One message to each webhook (or the one named), at once and not through the outbox. */
export async function* sendTest(
  config: Config,
  name: string | null,
  signal: AbortSignal,
): AsyncGenerator<Finding> {
  const context = { ...contextOf(config), signal };
  for (const webhook of config.notify.webhooks) {
    if (name !== null && webhook.name !== name) continue;
    const what = `${webhook.name} (${webhook.kind})`;
    try {
      await sendEvent(webhook, testEvent(Date.now()), context);
      yield { level: 'ok', what, detail: 'took a test message' };
    } catch (error) {
      yield { level: 'fail', what, detail: (error as Error).message };
    }
  }
}

function contextOf({ server, secrets }: Config) {
  return { publicUrl: server.publicUrl, secrets, clock: Date.now };
}
