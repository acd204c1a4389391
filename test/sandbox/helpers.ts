import { onTestFinished } from 'vitest';
import { type FakeDevin, type FakeDevinOptions, startFakeDevin } from '../../src/sandbox/fake-devin.ts';
import { type FakeGraph, type FakeGraphOptions, startFakeGraph } from '../../src/sandbox/fake-graph.ts';
import { type FakeOkta, type FakeOktaOptions, startFakeOkta } from '../../src/sandbox/fake-okta.ts';

/** Whatever JSON a fake answered; the tests look into it. */
// biome-ignore lint/suspicious/noExplicitAny: every test states the shape it expects by asserting it
type Body = any;

export interface Got {
  status: number;
  headers: Headers;
  type: string | null;
  body: Body;
}

export type Call = (method: string, path: string, body?: unknown) => Promise<Got>;

export async function request(url: string, init: RequestInit = {}): Promise<Got> {
  const response = await fetch(url, init);
  const text = await response.text();
  const type = response.headers.get('content-type');
  const body = type?.includes('json') === true && text !== '' ? JSON.parse(text) : text;
  return { status: response.status, headers: response.headers, type, body };
}

export function caller(url: string, authorization: string): Call {
  return (method, path, body) =>
    request(`${url}${path}`, {
      method,
      headers: { authorization, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
}

export async function devinFor(options: FakeDevinOptions = {}): Promise<{ devin: FakeDevin; call: Call }> {
  const devin = await startFakeDevin(options);
  onTestFinished(() => devin.close());
  return { devin, call: caller(devin.url, `Bearer ${devin.key}`) };
}

export async function oktaFor(options: FakeOktaOptions): Promise<{ okta: FakeOkta; call: Call }> {
  const okta = await startFakeOkta(options);
  onTestFinished(() => okta.close());
  return { okta, call: caller(okta.url, `SSWS ${okta.token}`) };
}

export function tokenRequest(graph: FakeGraph, changes: Record<string, string> = {}): Promise<Got> {
  const form = new URLSearchParams({
    grant_type: 'client_credentials',
    client_id: graph.clientId,
    client_secret: graph.clientSecret,
    scope: 'https://graph.example.com/.default',
    ...changes,
  });
  return request(`${graph.authorityUrl}/${graph.tenantId}/oauth2/v2.0/token`, { method: 'POST', body: form });
}

export async function graphFor(options: FakeGraphOptions): Promise<{ graph: FakeGraph; call: Call }> {
  const graph = await startFakeGraph(options);
  onTestFinished(() => graph.close());
  const { body } = await tokenRequest(graph);
  graph.requests.length = 0;
  return { graph, call: caller(graph.url, `Bearer ${body.access_token}`) };
}

/** Every item of a Devin list, and how many pages it took. */
export async function allItems(
  call: Call,
  path: string,
  first: number,
): Promise<{ items: Body[]; pages: number }> {
  const items: Body[] = [];
  let after: string | null = null;
  for (let pages = 1; pages < 100; pages += 1) {
    const cursor: string = after === null ? '' : `&after=${encodeURIComponent(after)}`;
    const { status, body } = await call('GET', `${path}?first=${first}${cursor}`);
    if (status !== 200) throw new Error(`page ${pages} of ${path}: ${status}`);
    items.push(...body.items);
    if (!body.has_next_page) return { items, pages };
    after = body.end_cursor;
  }
  throw new Error(`${path} never ends`);
}

export function encoded(id: string): string {
  return encodeURIComponent(id);
}
