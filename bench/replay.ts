/** Answers from memory what another server answered before, so that a reader's own time is what is measured. */
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';

interface Kept {
  readonly status: number;
  readonly headers: Record<string, string>;
  readonly body: Buffer;
}

const DROPPED = new Set([
  'connection',
  'keep-alive',
  'transfer-encoding',
  'content-length',
  'content-encoding',
]);

/** A request as a plain client would repeat it. */
export interface Asked {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export interface Replay {
  readonly url: string;
  /** Requests since the last call, without sign-ins. */
  takeAsked(): Asked[];
}

const PASSED = ['authorization', 'content-type', 'accept', 'prefer', 'consistencylevel'];

export async function startReplay(upstream: string): Promise<Replay> {
  let asked: Asked[] = [];
  const kept = new Map<string, Kept>();
  let own = '';
  // By host and port: Entra's discovery says https whatever it is asked by.
  const hostOf = (url: string) => new URL(url).host;
  const here = (text: string) => text.replaceAll(hostOf(upstream), hostOf(own));
  const server = createServer((request, response) => {
    void (async () => {
      const body = await bodyOf(request);
      const headers = Object.fromEntries(
        PASSED.flatMap((name) =>
          typeof request.headers[name] === 'string' ? [[name, request.headers[name]]] : [],
        ),
      );
      if (!/oauth2|openid|okta-organization/.test(request.url ?? ''))
        asked.push({
          method: request.method ?? 'GET',
          path: request.url ?? '',
          headers,
          body: body.toString(),
        });
      const key = `${request.method} ${request.url} ${body.toString()}`;
      const answer = kept.get(key) ?? (await forward(request, headers, body));
      kept.set(key, answer);
      response.writeHead(answer.status, answer.headers).end(answer.body);
    })();
  });
  async function forward(
    request: IncomingMessage,
    headers: Record<string, string>,
    body: Buffer,
  ): Promise<Kept> {
    const answer = await fetch(upstream + request.url, {
      method: request.method ?? 'GET',
      headers,
      ...(body.length === 0 ? {} : { body: body.toString().replaceAll(own, upstream) }),
    });
    const text = here(await answer.text());
    const all = [...answer.headers].filter(([name]) => !DROPPED.has(name));
    const headersBack = Object.fromEntries(all.map(([name, value]) => [name, here(value)]));
    return { status: answer.status, headers: headersBack, body: Buffer.from(text) };
  }
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  own = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const takeAsked = () => {
    const taken = asked;
    asked = [];
    return taken;
  };
  return { url: own, takeAsked };
}

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}
