/** A SCIM 2.0 service that is not ours (SCIMMY on Express, on loopback) and takes writes, with what may go wrong on the way. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';

// Express comes without types, and with them those of the provider are of no use.
const load = createRequire(import.meta.url);

export const SCIM_TOKEN = 'scim-write-token-4711';

export interface Resource {
  id: string;
  externalId?: string;
  userName?: string;
  displayName?: string;
  active?: boolean;
  emails?: { value: string }[];
  members?: { value: string; type?: string }[];
}

export interface Trouble {
  readonly method: string;
  /** Of path and query. */
  readonly path: RegExp;
  /** How many requests in a row. */
  times: number;
  /** `lost`: it is carried out, and the connection ends without an answer. A number: refused with that status. */
  readonly how: 'lost' | 'dropped' | number;
}

export interface ScimService {
  readonly url: string;
  readonly users: Map<string, Resource>;
  readonly groups: Map<string, Resource>;
  readonly troubles: Trouble[];
  /** `METHOD path`, in order. */
  readonly requests: string[];
  /** Called after each write that was carried out, with `METHOD path`. */
  onWrite: (line: string) => void;
  /** `group: user, user` in order, by name. */
  memberships(): string[];
  close(): Promise<void>;
}

interface Asked {
  readonly id?: string;
  readonly filter?: { match(all: readonly Resource[]): Resource[] };
  readonly constraints?: { readonly startIndex?: number; readonly count?: number };
}

interface Declared {
  ingress(write: (asked: Asked, data: Resource) => unknown): Declared;
  egress(read: (asked: Asked) => unknown): Declared;
  degress(end: (asked: Asked) => unknown): Declared;
}

type Fault = new (status: number, type: string | null, message: string) => Error;

/** SCIMMY keeps its resources for the whole process, so one service answers at a time. */
export async function startScimService(): Promise<ScimService> {
  const express = load('express');
  const { default: Routers, SCIMMY } = load('scimmy-routers');
  const users = new Map<string, Resource>();
  const groups = new Map<string, Resource>();
  const fault: Fault = SCIMMY.Types.Error;
  keep(SCIMMY.Resources.declare(SCIMMY.Resources.User), users, 'user', fault);
  // Two groups may have one name (RFC 7643, section 4.2 asks for none to be unique).
  keep(SCIMMY.Resources.declare(SCIMMY.Resources.Group), groups, 'group', fault);
  const troubles: Trouble[] = [];
  const requests: string[] = [];
  const service: Pick<ScimService, 'onWrite'> = { onWrite: () => {} };
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
  app.use((request: IncomingMessage, response: ServerResponse, next: () => void) => {
    const line = `${request.method} ${request.url}`;
    requests.push(line);
    const trouble = troubles.find(
      ({ times, method, path }) => times > 0 && method === request.method && path.test(request.url ?? ''),
    );
    if (trouble !== undefined) trouble.times--;
    if (typeof trouble?.how === 'number') return refuse(response, trouble.how);
    if (trouble?.how === 'dropped') return void request.socket.destroy();
    const end = response.end.bind(response);
    response.end = ((...args: Parameters<typeof end>) => {
      if (request.method !== 'GET' && response.statusCode < 400) service.onWrite(line);
      if (trouble?.how === 'lost') {
        request.socket.destroy();
        return response;
      }
      return end(...args);
    }) as typeof response.end;
    next();
  });
  const handler = (request: IncomingMessage) => {
    if (request.headers.authorization !== `Bearer ${SCIM_TOKEN}`) throw new Error('not signed in');
    return '';
  };
  app.use('/scim/v2', new Routers({ type: 'bearer', handler }));
  const server = createServer(app);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return Object.assign(service, {
    ...{ url: `http://127.0.0.1:${port}/scim/v2`, users, groups, troubles, requests },
    memberships: () => shown(users, groups),
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  });
}

function refuse(response: ServerResponse, status: number): void {
  response.writeHead(status, { 'content-type': 'application/scim+json' });
  const schemas = ['urn:ietf:params:scim:api:messages:2.0:Error'];
  response.end(JSON.stringify({ schemas, status: String(status), detail: 'scripted' }));
}

function keep(declared: Declared, all: Map<string, Resource>, prefix: string, fault: Fault): void {
  let made = 0;
  declared
    .ingress(({ id }, data) => {
      if (id !== undefined && !all.has(id)) throw new fault(404, null, `Resource ${id} not found`);
      const name = data.userName?.toLowerCase();
      const others = name === undefined ? [] : [...all.values()].filter((other) => other.id !== id);
      if (others.some(({ userName }) => userName?.toLowerCase() === name))
        throw new fault(409, 'uniqueness', `${name} is taken`);
      const own = id ?? `${prefix}-${++made}`;
      // Of what the library gives only the content counts.
      all.set(own, { ...JSON.parse(JSON.stringify(data)), id: own });
      return all.get(own);
    })
    .egress(({ id, filter, constraints }) => {
      if (id === undefined) {
        const list = [...all.values()];
        return filter === undefined ? lightened(list, constraints) : filter.match(list);
      }
      const found = all.get(id);
      if (found === undefined) throw new fault(404, null, `Resource ${id} not found`);
      return found;
    })
    .degress(({ id }) => void all.delete(id ?? ''));
}

/** The library checks all entries anew before it cuts out a page: those outside are given to it without their attributes. */
function lightened(
  all: readonly Resource[],
  { startIndex = 1, count = 20 }: Asked['constraints'] = {},
): Resource[] {
  return all.map((entry, index) => {
    if (index + 1 >= startIndex && index + 1 < startIndex + count) return entry;
    return { id: entry.id, userName: entry.id, displayName: entry.id };
  });
}

function shown(users: ReadonlyMap<string, Resource>, groups: ReadonlyMap<string, Resource>): string[] {
  return [...groups.values()]
    .map(({ displayName, members = [] }) => {
      const names = members.map(({ value }) => users.get(value)?.userName ?? value);
      return `${displayName}: ${names.sort().join(', ')}`;
    })
    .sort();
}
