/** What may go wrong with a page of a list, and what becomes of the reading. */
import type { ServerResponse } from 'node:http';
import type { Entry, Trouble } from './scim-provider.ts';

export const ALWAYS = Number.POSITIVE_INFINITY;
export const EXACT = 'exact';
const SCIM = 'application/scim+json';

type Body = Record<string, unknown> & { Resources: Entry[] };

export function status(code: number, headers: Record<string, string> = {}, body = '{}') {
  return (_: unknown, response: ServerResponse) => void response.writeHead(code, headers).end(body);
}

export function change(work: (body: Body) => unknown) {
  return { change: work as unknown as NonNullable<Trouble['change']> };
}

function cut(_: unknown, response: ServerResponse): void {
  response.writeHead(200, { 'content-type': SCIM, 'content-length': '1000' });
  response.write('{"schemas":[', () => response.destroy());
}

export type Case = Pick<Trouble, 'answer' | 'change'> & {
  readonly name: string;
  readonly times: number;
  readonly says: string;
  readonly timeoutMs?: number;
};

export const CASES: readonly Case[] = [
  { name: '503 then fine', answer: status(503), times: 2, says: EXACT },
  { name: '503 that lasts', answer: status(503), times: ALWAYS, says: 'answered 503 after 3 attempts' },
  { name: '429 with Retry-After', answer: status(429, { 'retry-after': '0' }), times: 2, says: EXACT },
  { name: '429 that lasts', answer: status(429), times: ALWAYS, says: 'answered 429 after 3 attempts' },
  { name: 'a body cut once', answer: cut, times: 1, says: EXACT },
  { name: 'a body always cut', answer: cut, times: ALWAYS, says: 'no whole answer' },
  {
    name: 'never answering',
    answer: () => {},
    times: ALWAYS,
    says: 'no whole answer within 0.3 s',
    timeoutMs: 300,
  },
  {
    name: 'HTML with 200',
    answer: status(200, { 'content-type': 'text/html' }, '<html>Sign in</html>'),
    times: ALWAYS,
    says: 'not JSON (text/html',
  },
  { name: 'JSON that is no list', answer: status(200), times: ALWAYS, says: 'not as documented (schemas' },
  {
    name: '401 in mid-read',
    answer: status(401),
    times: ALWAYS,
    says: 'The bearer token is wrong or expired',
  },
  { name: '403', answer: status(403), times: ALWAYS, says: 'Allow this client to read users and groups' },
  {
    name: 'an empty page in the middle',
    ...change((body) => ({ ...body, Resources: [] })),
    times: 1,
    says: EXACT,
  },
  {
    name: 'empty pages that last',
    ...change((body) => ({ ...body, Resources: [] })),
    times: ALWAYS,
    says: 'an empty page came where entries were read before, 3 readings in a row',
  },
  {
    name: 'entries without ids',
    ...change((body) => ({ ...body, Resources: [{ userName: 'x' }] })),
    times: ALWAYS,
    says: 'entry 1 is not as documented',
  },
  {
    name: 'totalResults that is gone',
    ...change(({ totalResults: _, ...rest }) => rest),
    times: ALWAYS,
    says: 'the page has no totalResults',
  },
  {
    name: 'a totalResults less than what came',
    ...change((body) => ({ ...body, totalResults: 5 })),
    times: ALWAYS,
    says: 'entries came, but totalResults is 5',
  },
  {
    name: 'a totalResults cut to what came so far',
    ...change((body) => ({ ...body, totalResults: 15 })),
    times: ALWAYS,
    says: 'the list goes on after the 15 entries that totalResults gives',
  },
  {
    name: 'an entry that comes twice',
    ...change((body) => ({ ...body, Resources: [...body.Resources.slice(0, -1), body.Resources[0]] })),
    times: ALWAYS,
    says: 'came twice, 3 readings in a row',
  },
];
