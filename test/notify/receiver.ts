/** Somebody's webhook on loopback: keeps what it gets, and answers as the test says. */
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';
import type { NotifyEvent } from '../../src/notify/event.ts';
import type { WebhookOptions } from '../../src/notify/options.ts';
import { EVENT_KINDS } from '../../src/notify/options.ts';

export interface Received {
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export interface Receiver {
  readonly url: string;
  readonly got: Received[];
  /** Status of the next answers; 200 unless told. */
  status: number;
}

export async function receiver(): Promise<Receiver> {
  const got: Received[] = [];
  const self: Receiver = { url: '', got, status: 200 };
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk) => {
      body += chunk;
    });
    request.on('end', () => {
      got.push({ headers: request.headers, body });
      response.writeHead(self.status).end(self.status < 300 ? 'ok' : 'no such channel: hook-secret-token');
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return Object.assign(self, {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/services/hook-secret-token`,
  });
}

export function webhook(name: string, url: string, rest: Partial<WebhookOptions> = {}): WebhookOptions {
  return { name, kind: 'slack', url, events: [...EVENT_KINDS], ...rest };
}

export function event(id: string, rest: Partial<NotifyEvent> = {}): NotifyEvent {
  return {
    id,
    kind: 'held',
    severity: 'alarm',
    at: 1_790_000_000_000,
    title: 'Changes are held until a person decides.',
    counts: { held: 3 },
    details: [],
    path: '/plans/abc?state=held',
    ...rest,
  };
}
