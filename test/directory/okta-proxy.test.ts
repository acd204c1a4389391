import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { connect } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { useProxies } from '../../src/lib/proxy.ts';
import { ALL, context, failureOf, oktaOf } from './setup.ts';

interface Proxy {
  readonly url: string;
  /** `host:port` of each tunnel that was asked for. */
  readonly tunnels: string[];
  readonly authorizations: Set<string | undefined>;
}

/** A proxy on loopback: tunnels, or refuses them with this status. */
async function proxy(refuse?: number): Promise<Proxy> {
  const tunnels: string[] = [];
  const authorizations = new Set<string | undefined>();
  const server = createServer((incoming, response) => {
    incoming.pipe(request(incoming.url ?? '', (answer) => answer.pipe(response)));
  });
  server.on('connect', ({ url = '', headers }, socket) => {
    tunnels.push(url);
    authorizations.add(headers['proxy-authorization']);
    socket.on('error', () => {});
    if (refuse !== undefined) return void socket.end(`HTTP/1.1 ${refuse} no\r\n\r\n`);
    const [host, port] = url.split(':');
    const far = connect(Number(port), host, () => {
      socket.write('HTTP/1.1 200 OK\r\n\r\n');
      far.pipe(socket).pipe(far);
    });
    far.on('error', () => socket.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, tunnels, authorizations };
}

function through(http: string, none = ''): void {
  onTestFinished(useProxies({ http, https: http, none }));
}

test('every call to Okta goes through the proxy, which gets its own password and no token', async () => {
  const { okta, source } = await oktaOf();
  const { url, tunnels, authorizations } = await proxy();
  through(url.replace('//', '//user:proxy-word@'));
  const snapshot = await source.read(ALL, context());
  expect(snapshot.personCount).toBe(okta.company.company.people.size);
  expect(new Set(tunnels)).toEqual(new Set([okta.url.replace('http://', '')]));
  expect(authorizations).toEqual(new Set([`Basic ${Buffer.from('user:proxy-word').toString('base64')}`]));
});

test('a host that NO_PROXY names is asked directly', async () => {
  const { source } = await oktaOf();
  const { url, tunnels } = await proxy();
  through(url, 'example.com,127.0.0.1');
  await source.read(ALL, context());
  expect(tunnels).toEqual([]);
});

test('a proxy that refuses ends the read in words, without its password', async () => {
  const { okta, source } = await oktaOf({}, { maxRetries: 1 });
  const { url } = await proxy(407);
  through(url.replace('//', '//user:proxy-word@'));
  const words = await failureOf(source.read(ALL, context()));
  expect(words).toContain('no whole answer');
  expect(words).toContain('proxy');
  expect(words).not.toContain('proxy-word');
  expect(okta.requests).toEqual([]);
});
