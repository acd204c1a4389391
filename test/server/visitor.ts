import type { FastifyInstance, LightMyRequestResponse } from 'fastify';
import { expect } from 'vitest';
import { SECRET } from './fake-daemon.ts';

/** A browser without script: it keeps cookies and sends forms. */
export class Visitor {
  readonly app: FastifyInstance;
  cookie = '';

  constructor(app: FastifyInstance) {
    this.app = app;
  }

  async get(url: string): Promise<LightMyRequestResponse> {
    return this.#keep(await this.app.inject({ url, headers: { cookie: this.cookie } }));
  }

  async post(url: string, fields: Record<string, string>, csrf = ''): Promise<LightMyRequestResponse> {
    const payload = new URLSearchParams({ ...fields, ...(csrf === '' ? {} : { _csrf: csrf }) }).toString();
    const headers = { cookie: this.cookie, 'content-type': 'application/x-www-form-urlencoded' };
    return this.#keep(await this.app.inject({ method: 'POST', url, headers, payload }));
  }

  async csrf(url: string): Promise<string> {
    return /name="_csrf" value="([^"]+)"/.exec((await this.get(url)).body)?.[1] ?? '';
  }

  async login(token: string, next = '/'): Promise<LightMyRequestResponse> {
    return this.post('/login', { token, next }, await this.csrf('/login'));
  }

  #keep(answer: LightMyRequestResponse): LightMyRequestResponse {
    const set = answer.cookies[0];
    if (set !== undefined) this.cookie = `${set.name}=${encodeURIComponent(set.value)}`;
    return answer;
  }
}

export async function visitor(app: FastifyInstance, secret = SECRET): Promise<Visitor> {
  const one = new Visitor(app);
  expect((await one.login(secret)).statusCode).toBe(303);
  return one;
}
