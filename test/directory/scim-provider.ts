/** A SCIM 2.0 service provider that is not ours (SCIMMY on Express, on loopback), and what may go wrong on the way to it. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';
import { scimOptions } from '../../src/directory/scim/options.ts';
import { createScimSource } from '../../src/directory/scim/source.ts';
import type { DirectorySource } from '../../src/directory/source.ts';
import { QUICK } from './setup.ts';

// Express comes without types, and with them those of the provider are of no use.
const load = createRequire(import.meta.url);

export const TOKEN = 'scim-bearer-token-4711';

export interface Entry {
  readonly id: string;
  readonly [attribute: string]: unknown;
}

/** What the provider holds; it may be changed while it answers. */
export interface Holding {
  users: Entry[];
  groups: Entry[];
}

export interface Trouble {
  /** Of path and query. */
  readonly path: RegExp;
  /** The first of them pass. */
  skip?: number;
  /** How many requests in a row. */
  times: number;
  readonly answer?: (request: IncomingMessage, response: ServerResponse) => void;
  /** Changes what the provider answers. */
  readonly change?: (body: Record<string, unknown>) => unknown;
}

export interface Provider {
  readonly url: string;
  readonly holding: Holding;
  readonly troubles: Trouble[];
  /** Path and query of each. */
  readonly requests: string[];
}

/** SCIMMY keeps its resources for the whole process, so one provider answers at a time. */
export async function startProvider(holding: Holding): Promise<Provider> {
  const express = load('express');
  const { default: Routers, SCIMMY } = load('scimmy-routers');
  declare(SCIMMY.Resources.declare(SCIMMY.Resources.User), SCIMMY, () => holding.users);
  declare(SCIMMY.Resources.declare(SCIMMY.Resources.Group), SCIMMY, () => holding.groups);
  const troubles: Trouble[] = [];
  const requests: string[] = [];
  const app = express();
  // Express 5 parses a query anew each time it is looked at, so the router's own numbers would be lost.
  app.set('query parser', (text: string) =>
    Object.fromEntries(
      [...new URLSearchParams(text)].map(([key, value]) => [
        key,
        /^\d+$/.test(value) ? Number(value) : value,
      ]),
    ),
  );
  app.use(
    (
      request: IncomingMessage,
      response: ServerResponse & { json: (body: unknown) => void },
      next: () => void,
    ) => {
      const path = request.url ?? '';
      requests.push(path);
      const trouble = troubles.find((each) => each.times > 0 && each.path.test(path) && !passes(each));
      if (trouble === undefined) return next();
      trouble.times--;
      if (trouble.answer !== undefined) return trouble.answer(request, response);
      const json = response.json.bind(response);
      response.json = (body) => json(trouble.change?.(JSON.parse(JSON.stringify(body))));
      next();
    },
  );
  const handler = (request: IncomingMessage) => {
    if (request.headers.authorization !== `Bearer ${TOKEN}`) throw new Error('not signed in');
    return '';
  };
  app.use('/scim/v2', new Routers({ type: 'bearer', handler }));
  const url = await listen(app);
  return { url: `${url}/scim/v2`, holding, troubles, requests };
}

function passes(trouble: Trouble): boolean {
  if ((trouble.skip ?? 0) === 0) return false;
  trouble.skip = (trouble.skip as number) - 1;
  return true;
}

interface Asked {
  readonly id?: string;
  readonly filter?: { match(all: Entry[]): Entry[] };
  readonly constraints?: { readonly startIndex?: number; readonly count?: number };
}

interface Resource {
  egress(read: (asked: Asked) => unknown): void;
}

interface Scimmy {
  readonly Types: { readonly Error: new (...args: unknown[]) => Error };
}

function declare(resource: Resource, scimmy: Scimmy, all: () => Entry[]): void {
  resource.egress(({ id, filter, constraints }) => {
    if (id === undefined) return filter === undefined ? lightened(all(), constraints) : filter.match(all());
    const found = all().find((entry) => entry.id === id);
    if (found === undefined) throw new scimmy.Types.Error(404, null, `Resource ${id} not found`);
    return found;
  });
}

/** The provider checks all entries anew before it cuts out a page: those outside are given to it without their attributes. */
function lightened(
  all: readonly Entry[],
  { startIndex = 1, count = 20 }: Asked['constraints'] = {},
): Entry[] {
  return all.map((entry, index) => {
    if (index + 1 >= startIndex && index + 1 < startIndex + count) return entry;
    return { id: entry.id, userName: entry.id, displayName: entry.id };
  });
}

/** A server on loopback that ends with the test, whatever still hangs on it. */
export async function listen(
  answer: (request: IncomingMessage, response: ServerResponse) => void,
): Promise<string> {
  const server = createServer(answer);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(
    () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  );
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

export function scimSource(url: string, options: Record<string, unknown> = {}): DirectorySource {
  const sign = options.oauth === undefined ? { token: TOKEN } : {};
  return createScimSource(scimOptions.parse({ url, name: 'corp', ...sign, ...QUICK, ...options }));
}

/** People 1 to `people`, and groups of the ten that follow each other; the last group holds the first ones. */
export function holdingOf(people: number, groups: number): Holding {
  const users = Array.from({ length: people }, (_, index) => ({
    id: `user-${index}`,
    userName: `login${index}`,
    displayName: `Person ${index}`,
    active: index % 7 !== 3,
    emails: [{ value: `person${index}@corp.example`, type: 'work', primary: true }],
  }));
  const list = Array.from({ length: groups }, (_, group) => ({
    id: `group-${group}`,
    displayName: `team-${group}`,
    members: [
      ...Array.from({ length: 10 }, (_, at) => ({
        value: `user-${(group * 10 + at) % people}`,
        type: 'User',
      })),
      ...(group > 0 && group % 5 === 0 ? [{ value: `group-${group - 1}`, type: 'Group' }] : []),
    ],
  }));
  return { users, groups: list };
}
