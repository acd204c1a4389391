/** Odd requests over HTTP: whatever comes, the answer is SCIM's and never a failure of the server. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { runs } from '../../helpers/runs.ts';
import { MemoryScimStore, SCIM_TOKEN, scimDeps } from '../../helpers/scim-store.ts';
import { filterText, patchRequest, resourceBody } from '../../lib/scim/scim-arbitrary.ts';
import { serverOf } from '../serving.ts';
import { ERROR_URN, GROUP_URN, LIST_URN, SEARCH_URN, USER_URN } from './client.ts';

const BASE = '/scim/v2/okta';
const member = { value: 'm' };

interface Shot {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH';
  readonly url: string;
  readonly payload?: unknown;
}

const number = fc.constantFrom('', '0', '-1', '1', '2', '999999999999', 'x', '1e3', '%00');
const names = fc.constantFrom(
  '',
  'id',
  'userName,emails.value',
  '__proto__',
  'members',
  'urn:x:y',
  ',,,',
  'name.',
);

function shots(user: string, group: string): fc.Arbitrary<Shot> {
  const list = fc.constantFrom('/Users', '/Groups', '');
  const one = fc.constantFrom(`/Users/${user}`, `/Groups/${group}`);
  return fc.oneof(
    fc.record({ list, filter: filterText, count: number, startIndex: number, attributes: names }).map(
      ({ list: path, filter, count, startIndex, attributes }): Shot => ({
        method: 'GET',
        url: `${BASE}${path}?filter=${encodeURIComponent(filter)}&count=${count}&startIndex=${startIndex}&attributes=${attributes}`,
      }),
    ),
    fc.record({ list, filter: filterText, cursor: fc.string({ maxLength: 12 }) }).map(
      ({ list: path, ...ask }): Shot => ({
        method: 'POST',
        url: `${BASE}${path}/.search`,
        payload: { schemas: [SEARCH_URN], ...ask },
      }),
    ),
    fc
      .record({ one, patchRequest })
      .map(({ one: path, patchRequest: payload }): Shot => ({ method: 'PATCH', url: BASE + path, payload })),
    fc.record({ one, resourceBody, names }).map(
      ({ one: path, resourceBody: body, names: excluded }): Shot => ({
        method: 'PUT',
        url: `${BASE}${path}?excludedAttributes=${excluded}`,
        payload: { ...body, schemas: [USER_URN, GROUP_URN] },
      }),
    ),
  );
}

test('no request is answered with a failure of the server, and none reaches a prototype', async () => {
  const store = new MemoryScimStore();
  const { app } = serverOf({ scim: scimDeps(store) });
  const send = (shot: Shot) =>
    app.inject({
      method: shot.method,
      url: shot.url,
      headers: { authorization: `Bearer ${SCIM_TOKEN}`, 'content-type': 'application/scim+json' },
      ...(shot.payload === undefined ? {} : { payload: JSON.stringify(shot.payload) }),
    });
  const made = async (path: string, payload: object): Promise<string> =>
    (await send({ method: 'POST', url: BASE + path, payload })).json().id;
  const emails = [{ value: 'w@example.com', type: 'work', primary: true }];
  const user = await made('/Users', { schemas: [USER_URN], userName: 'a', emails });
  const group = await made('/Groups', { schemas: [GROUP_URN], displayName: 'g', members: [member] });
  const statuses = new Map<number, number>();
  await fc.assert(
    fc.asyncProperty(shots(user, group), async (shot) => {
      const answer = await send(shot);
      statuses.set(answer.statusCode, (statuses.get(answer.statusCode) ?? 0) + 1);
      expect([200, 400, 409, 413]).toContain(answer.statusCode);
      expect(answer.headers['content-type']).toBe('application/scim+json');
      const { schemas, status } = answer.json();
      if (answer.statusCode !== 200)
        expect({ schemas, status }).toEqual({ schemas: [ERROR_URN], status: String(answer.statusCode) });
      else expect([USER_URN, GROUP_URN, LIST_URN]).toContain(schemas[0]);
      expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
      expect(Object.hasOwn(Object.prototype, 'polluted')).toBe(false);
    }),
    runs(500),
  );
  // Both ends were met: a fuzz that is always refused, or never, shows nothing.
  expect(statuses.get(200)).toBeGreaterThan(50);
  expect(statuses.get(400)).toBeGreaterThan(50);
});
