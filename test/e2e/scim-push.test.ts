/** A provider that pushes, daemons that are real processes, and a Devin: from a push to its effect. */
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import type { RunRecord, StatusView } from '../../src/core/model/run.ts';
import { CompanyDirectory } from '../../src/sandbox/company/directory.ts';
import { emptyCompany } from '../../src/sandbox/company.ts';
import { startFakeDevin } from '../../src/sandbox/fake-devin.ts';
import { startFakeOkta } from '../../src/sandbox/fake-okta.ts';
import { ownRedis } from '../lib/own-redis.ts';
import { configured, start } from './process.ts';

const TOKEN = 'a-token-of-the-daemon-for-tests';
const PUSH_TOKEN = 'a-token-of-the-provider-for-tests';
const SOON = { timeout: 240_000, interval: 50 };
const NAMES = ['ada', 'bob', 'eve'];

async function place(directory: string) {
  const devin = await startFakeDevin({ orgs: ['Pay'] });
  const redis = await ownRedis();
  onTestFinished(() => devin.close());
  const folder = await configured(`directory: ${directory}
devin: { url: ${devin.url}, key: ${devin.key} }
policy: full
rules: [{ group: devin-users, org: Pay, role: Member }]
schedule: { interval: 24h }
redis: { url: 'unix://${redis.socket}' }
server: { listen: '127.0.0.1:0', token: ${TOKEN}, hooks: { windowSeconds: 1 } }
`);
  await writeFile(join(folder, 'push-token'), `${PUSH_TOKEN}\n`);
  const members = () => NAMES.filter((name) => devin.state.usersByEmail(`${name}@corp.example`).length > 0);
  return { folder, members };
}

async function replica(folder: string) {
  const daemon = start(['serve'], folder);
  const [, url = ''] = await daemon.said(/"url":"(http[^"]+)"/);
  const headers = { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/json' };
  const status = async () => (await (await fetch(`${url}/api/v1/status`, { headers })).json()) as StatusView;
  return {
    url,
    status,
    kill: () => {
      daemon.child.kill('SIGKILL');
      return once(daemon.child, 'close');
    },
    runs: async () => {
      const answer = await fetch(`${url}/api/v1/runs`, { headers });
      return ((await answer.json()) as { runs: RunRecord[] }).runs;
    },
    /** The first plan about everybody waits for a person; pushes may have asked for plans about one of them before. */
    approve: async () => {
      await fetch(`${url}/api/v1/resync`, { method: 'POST', headers, body: '{}' });
      const planId = await vi.waitFor(async () => {
        const { sides } = await status();
        expect(sides?.people).toBe(NAMES.length);
        const plan = await (await fetch(`${url}/api/v1/plans/${sides?.planId}`, { headers })).json();
        expect(plan).toMatchObject({ only: null });
        return sides?.planId;
      }, SOON);
      const body = JSON.stringify({ items: 'held', why: 'the first plan looks right' });
      const approved = await fetch(`${url}/api/v1/plans/${planId}/approve`, {
        method: 'POST',
        headers,
        body,
      });
      expect(approved.status).toBe(200);
      await fetch(`${url}/api/v1/resync`, { method: 'POST', headers, body: '{}' });
    },
  };
}

/** As a provider asks: tries again, at whichever replica answers, until it is told that it is done. */
function provider(urls: readonly string[]) {
  const headers = { authorization: `Bearer ${PUSH_TOKEN}`, 'content-type': 'application/scim+json' };
  let at = 0;
  const ask = async (
    method: string,
    path: string,
    body?: unknown,
  ): Promise<{ status: number; body: Scim }> => {
    for (let tries = 0; ; tries++) {
      const url = `${urls[at % urls.length]}/scim/v2/okta${path}`;
      try {
        const init = body === undefined ? {} : { body: JSON.stringify(body) };
        const answer = await fetch(url, { method, headers, ...init });
        if (answer.status !== 429 && answer.status < 500) {
          const text = await answer.text();
          return { status: answer.status, body: text === '' ? {} : (JSON.parse(text) as Scim) };
        }
        if (tries > 5_000) throw new Error(`${method} ${path}: ${answer.status}`);
      } catch (error) {
        if (tries > 5_000) throw error;
        at++;
      }
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  };
  const user = async (name: string) => {
    const body = {
      schemas: ['urn:ietf:params:scim:schemas:core:2.0:User'],
      userName: `${name}@corp.example`,
      emails: [{ value: `${name}@corp.example`, type: 'work', primary: true }],
      active: true,
    };
    const made = await ask('POST', '/Users', body);
    // An earlier try was carried out, and its answer was lost.
    if (made.status !== 409) return made.body.id as string;
    const found = await ask('GET', `/Users?filter=${encodeURIComponent(`userName eq "${body.userName}"`)}`);
    return found.body.Resources?.[0]?.id as string;
  };
  const group = async (displayName: string, ids: readonly string[]) => {
    const schemas = ['urn:ietf:params:scim:schemas:core:2.0:Group'];
    const members = ids.map((value) => ({ value }));
    expect((await ask('POST', '/Groups', { schemas, displayName, members })).status).toBe(201);
  };
  const deactivate = async (id: string) => {
    const schemas = ['urn:ietf:params:scim:api:messages:2.0:PatchOp'];
    const patch = { schemas, Operations: [{ op: 'replace', value: { active: false } }] };
    expect((await ask('PATCH', `/Users/${id}`, patch)).body).toMatchObject({ active: false });
  };
  return { ask, user, group, deactivate };
}

interface Scim {
  readonly id?: string;
  readonly totalResults?: number;
  readonly Resources?: readonly { readonly id: string; readonly userName: string }[];
}

test('a pushed deactivation that Okta confirms by id leaves Devin in seconds, a mere unassignment does not, and a replica that dies in the middle of pushes loses none that was answered', async () => {
  const company = new CompanyDirectory(emptyCompany());
  company.createGroup('devin-users');
  for (const name of NAMES)
    company.hire({
      email: `${name}@corp.example`,
      firstName: name,
      lastName: 'X',
      groups: ['devin-users'],
    });
  const okta = await startFakeOkta({ company });
  onTestFinished(() => okta.close());
  const { folder, members } = await place(`{ sources: [
    { name: okta, okta: { url: ${okta.url}, token: ${okta.token} } },
    { name: push, scimPush: { name: okta, tokenFile: push-token, settleMinutes: 0 } } ] }`);
  const [first, second] = await Promise.all([replica(folder), replica(folder)]);
  const { ask, user, group, deactivate } = provider([first.url, second.url]);
  const ids = new Map<string, string>();
  for (const name of NAMES) ids.set(name, await user(name));
  await group('pushed', [...ids.values()]);
  await vi.waitFor(async () => {
    const kinds = (await first.runs()).map(({ trigger }) => `${trigger.kind} by ${trigger.by}`);
    expect(kinds).toContain('event by SCIM push');
  }, SOON);
  await first.approve();
  await vi.waitFor(() => expect(members()).toEqual(NAMES), SOON);

  company.deactivate('ada@corp.example');
  const begun = performance.now();
  await deactivate(ids.get('ada') as string);
  await vi.waitFor(() => expect(members()).toEqual(['bob', 'eve']), SOON);
  console.log(`push to effect at the default pace: ${((performance.now() - begun) / 1000).toFixed(1)} s`);

  await deactivate(ids.get('bob') as string);
  await vi.waitFor(async () => {
    const about = (await first.runs()).filter(({ trigger }) => trigger.scope.user === 'bob@corp.example');
    expect(about.map(({ state }) => state)).toEqual(['done']);
  }, SOON);
  expect(members()).toEqual(['bob', 'eve']);

  const crowd = Array.from({ length: 90 }, (_, at) => `crowd${at}`);
  let answered = 0;
  let killed: Promise<unknown> | null = null;
  const lanes = Array.from({ length: 6 }, async (_, lane) => {
    for (let at = lane; at < crowd.length; at += 6) {
      await user(crowd[at] as string);
      if (++answered === 40) killed = first.kill();
    }
  });
  await Promise.all(lanes);
  expect(killed).not.toBeNull();
  await killed;
  const { body } = await ask('GET', '/Users?startIndex=1&count=200');
  const found = new Set(body.Resources?.map(({ userName }) => userName));
  expect(crowd.filter((name) => !found.has(`${name}@corp.example`))).toEqual([]);
  expect(body).toMatchObject({ totalResults: crowd.length + NAMES.length });
}, 300_000);
