/** Requests to every route, made of the routes' own schemas: some as they should be, most of them not. */
import fc, { type Arbitrary } from 'fast-check';
import type { RouteOptions } from 'fastify';
import { z } from 'zod';
import type { ServerDeps } from '../../src/server/deps.ts';
import { FakeDaemon } from './fake-daemon.ts';
import { serverOf } from './serving.ts';

export interface Route {
  readonly method: 'GET' | 'POST';
  readonly url: string;
  readonly params: Schema;
  readonly query: Schema;
  readonly body: Schema | null;
}

type Schema = Readonly<Record<string, Node>>;

/** The keywords of JSON Schema that the routes' schemas produce. */
interface Node {
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly type?: string;
  readonly anyOf?: readonly Node[];
  readonly items?: Node;
  readonly properties?: Readonly<Record<string, Node>>;
}

/** Every route of the server, API and pages. */
export async function routesOf(changes: Partial<ServerDeps> = {}): Promise<Route[]> {
  const { app } = serverOf(changes, new FakeDaemon());
  const routes: Route[] = [];
  app.addHook('onRoute', ({ method, url, schema }: RouteOptions) => {
    if (method !== 'GET' && method !== 'POST') return;
    const part = (name: 'body' | 'params' | 'querystring'): Schema => nodeOf(schema?.[name]).properties ?? {};
    const body = method === 'POST' ? part('body') : null;
    routes.push({
      method: method as Route['method'],
      url,
      params: part('params'),
      query: part('querystring'),
      body,
    });
  });
  await app.ready();
  return routes;
}

function nodeOf(schema: unknown): Node {
  return schema instanceof z.ZodType
    ? (z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }) as Node)
    : {};
}

export interface Shot {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  /** JSON-like; how it is sent is the caller's. */
  readonly body: unknown;
  readonly as: Caller;
}

export const CALLERS = ['nobody', 'wrong', 'viewer', 'operator', 'approver'] as const;
export type Caller = (typeof CALLERS)[number];

/** What a hostile or clumsy caller puts wherever something is expected. */
const JUNK: Arbitrary<unknown> = fc.oneof(
  fc.constantFrom<unknown>(
    null,
    '',
    ' ',
    0,
    -1,
    1e308,
    2 ** 53,
    true,
    [],
    {},
    [[[[[[[[]]]]]]]],
    '99999999999999999999',
    '18446744073709551616-18446744073709551616',
    '__proto__',
    'constructor',
    '../../../etc/passwd',
    '..%2f..%2fetc%2fpasswd',
    '\u0000',
    'a\r\nset-cookie: stolen=1',
    '<script>alert(1)</script>',
    '"><img src=x onerror=alert(1)>',
    "' OR 1=1 --",
    // biome-ignore lint/suspicious/noTemplateCurlyInString: a template that nobody may fill in
    '${7*7}{{7*7}}',
    '\ud800',
    '\u202egpj.exe',
    '💥'.repeat(100),
    'x'.repeat(20_000),
    { toString: 'x', __proto__: null },
    Array.from({ length: 2_000 }, (_, at) => `item-${at}`),
  ),
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.jsonValue({ maxDepth: 3 }),
);

/** @param known values that exist, by name of a parameter or field. */
export function shots(
  routes: readonly Route[],
  known: Readonly<Record<string, readonly string[]>>,
): Arbitrary<Shot> {
  return fc.constantFrom(...routes).chain((route) => shotOf(route, known));
}

function shotOf({ method, url, params, query, body }: Route, known: Known): Arbitrary<Shot> {
  const names = [...url.matchAll(/:(\w+)/g)].map(([, name = '']) => name);
  const path = fc.tuple(...names.map((name) => segment(name, params[name] ?? {}, known))).map((values) => {
    let at = 0;
    return url.replace(/:\w+/g, () => values[at++] ?? '');
  });
  const fields = mixed(query, known);
  return fc.record({
    method: fc.constant(method),
    path: fc.tuple(path, fields).map(([text, values]) => `${text}${queryText(values)}`),
    body:
      body === null ? fc.constant(undefined) : fc.oneof({ weight: 5, arbitrary: mixed(body, known) }, JUNK),
    as: fc.constantFrom(...CALLERS),
  });
}

type Known = Readonly<Record<string, readonly string[]>>;

function segment(name: string, node: Node, known: Known): Arbitrary<string> {
  const own = value(name, node, known).map((text) => encode(String(text)));
  const tricks = fc.constantFrom(
    '..',
    '%2e%2e',
    '%2e%2e%2f',
    '%00',
    '%0d%0a',
    '%zz',
    '%',
    '*',
    'x'.repeat(400),
    '%ff%fe',
  );
  return fc.oneof({ weight: 4, arbitrary: own }, { weight: 1, arbitrary: tricks });
}

/** Some of the fields, some wrong, and sometimes one too many. */
function mixed(schema: Schema, known: Known): Arbitrary<Record<string, unknown>> {
  const right = Object.fromEntries(
    Object.entries(schema).map(([name, node]) => [
      name,
      fc.oneof({ weight: 4, arbitrary: value(name, node, known) }, { weight: 1, arbitrary: JUNK }),
    ]),
  );
  const more = fc.oneof(
    { weight: 6, arbitrary: fc.constant({}) },
    { weight: 1, arbitrary: fc.dictionary(fc.string({ maxLength: 8 }), JUNK, { maxKeys: 2 }) },
  );
  return fc
    .tuple(fc.record(right, { requiredKeys: [] }), more)
    .map(([values, extra]) => ({ ...values, ...extra }));
}

function value(name: string, node: Node, known: Known): Arbitrary<unknown> {
  const pool = known[name] ?? [];
  if (node.const !== undefined) return fc.constant(node.const);
  if (node.enum !== undefined) return fc.constantFrom(...node.enum);
  if (node.anyOf !== undefined) return fc.oneof(...node.anyOf.map((one) => value(name, one, known)));
  if (node.items !== undefined) return fc.array(value(name, node.items, known), { maxLength: 4 });
  if (node.type === 'boolean') return fc.boolean();
  if (node.type === 'number' || node.type === 'integer') return fc.integer();
  if (node.properties !== undefined) return mixed(node.properties, known);
  return pool.length === 0 ? fc.string({ maxLength: 20 }) : fc.constantFrom(...pool);
}

function queryText(values: Readonly<Record<string, unknown>>): string {
  const pairs = Object.entries(values).flatMap(([name, value]) =>
    (Array.isArray(value) ? value.slice(0, 20) : [value]).map(
      (one) => `${encode(name)}=${encode(textOf(one))}`,
    ),
  );
  return pairs.length === 0 ? '' : `?${pairs.join('&')}`.slice(0, 12_000);
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : (JSON.stringify(value) ?? '');
}

function encode(text: string): string {
  return encodeURIComponent(text.toWellFormed());
}

/** What no answer may contain: traces of code, and of the machine. */
const LEAKS = /node_modules|\/src\/\w|\.ts:\d|\bat \w+ \(|ECONNREFUSED|redis:\/\/|\bReplyError\b|ERR_[A-Z]/;

/** What is wrong with an answer; null: nothing. */
export function fault(
  answer: { readonly status: number; readonly type: string; readonly body: string; readonly headers: string },
  secrets: readonly string[],
): string | null {
  if (answer.status >= 500) return `status ${answer.status}`;
  const leak = LEAKS.exec(answer.body)?.[0];
  if (leak !== undefined) return `leaks ${leak}`;
  for (const secret of secrets) if (answer.body.includes(secret)) return 'contains a secret';
  if (/stolen=1/.test(answer.headers)) return 'took a header from a value';
  if (answer.type.startsWith('text/html') && /<script>alert|<img src=x/.test(answer.body))
    return 'runs a script';
  return null;
}
