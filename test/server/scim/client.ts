/** A SCIM client over real HTTP, for tests of the endpoint. */

import type { ScimDeps } from '../../../src/lib/scim/store.ts';
import {
  MemoryScimStore,
  SCIM_SOURCE,
  SCIM_TOKEN,
  type ScimStoreInTest,
  scimDeps,
} from '../../helpers/scim-store.ts';
import { listening } from '../serving.ts';

// biome-ignore lint/suspicious/noExplicitAny: answers are looked at by tests, which say what they expect
export type Json = any;

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Json;
}

export interface Call {
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as it is; else `body` as JSON. */
  readonly text?: string;
  readonly token?: string | null;
}

export class ScimClient {
  readonly base: string;
  readonly origin: string;
  readonly store: ScimStoreInTest;

  constructor(origin: string, store: ScimStoreInTest, source = SCIM_SOURCE) {
    this.origin = origin;
    this.base = `${origin}/scim/v2/${source}`;
    this.store = store;
  }

  get(path: string, call: Call = {}): Promise<Answer> {
    return this.send('GET', path, undefined, call);
  }
  post(path: string, body?: unknown, call: Call = {}): Promise<Answer> {
    return this.send('POST', path, body, call);
  }
  put(path: string, body?: unknown, call: Call = {}): Promise<Answer> {
    return this.send('PUT', path, body, call);
  }
  patch(path: string, operations: unknown, call: Call = {}): Promise<Answer> {
    return this.send('PATCH', path, patchOf(operations), call);
  }
  delete(path: string, call: Call = {}): Promise<Answer> {
    return this.send('DELETE', path, undefined, call);
  }

  async send(method: string, path: string, body: unknown, call: Call = {}): Promise<Answer> {
    const { token = SCIM_TOKEN } = call;
    const text = call.text ?? (body === undefined ? undefined : JSON.stringify(body));
    const response = await fetch(path.startsWith('http') ? path : this.base + path, {
      method,
      headers: {
        ...(token === null ? {} : { authorization: `Bearer ${token}` }),
        ...(text === undefined ? {} : { 'content-type': 'application/scim+json' }),
        ...call.headers,
      },
      ...(text === undefined ? {} : { body: text }),
    });
    const answer = await response.text();
    return {
      status: response.status,
      headers: response.headers,
      body: answer === '' ? null : JSON.parse(answer),
    };
  }

  /** A fresh user. */
  async user(more: object = {}): Promise<Json> {
    return (await this.post('/Users', userBody(more))).body;
  }

  async group(more: object = {}): Promise<Json> {
    return (await this.post('/Groups', groupBody(more))).body;
  }
}

export const USER_URN = 'urn:ietf:params:scim:schemas:core:2.0:User';
export const GROUP_URN = 'urn:ietf:params:scim:schemas:core:2.0:Group';
export const ENTERPRISE_URN = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User';
export const PATCH_URN = 'urn:ietf:params:scim:api:messages:2.0:PatchOp';
export const ERROR_URN = 'urn:ietf:params:scim:api:messages:2.0:Error';
export const LIST_URN = 'urn:ietf:params:scim:api:messages:2.0:ListResponse';
export const SEARCH_URN = 'urn:ietf:params:scim:api:messages:2.0:SearchRequest';

let count = 0;

export function userBody(more: object = {}): Json {
  count += 1;
  return { schemas: [USER_URN], userName: `person${count}@example.com`, active: true, ...more };
}

export function groupBody(more: object = {}): Json {
  count += 1;
  return { schemas: [GROUP_URN], displayName: `Group ${count}`, ...more };
}

export function patchOf(operations: unknown): Json {
  return { schemas: [PATCH_URN], Operations: operations };
}

/** A server with an empty source, closed when the test ends. */
export async function scimServer(changes: Partial<ScimDeps> = {}): Promise<ScimClient> {
  const store = new MemoryScimStore();
  const { url } = await listening({ scim: scimDeps(store, changes) });
  return new ScimClient(url, store);
}
