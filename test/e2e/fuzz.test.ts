/** The routes on what they really stand on: a value that a schema lets through must not break Redis or a reader. */
import { writeFile } from 'node:fs/promises';
import { Agent, request } from 'node:http';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, onTestFinished, test } from 'vitest';
import { startFakeDevin } from '../../src/sandbox/fake-devin.ts';
import { runs } from '../helpers/runs.ts';
import { fault, routesOf, shots } from '../server/fuzz.ts';
import { live, scratch } from './live.ts';

const TOKEN = 'a-token-of-the-daemon-for-tests';

interface Heard {
  readonly status: number;
  readonly type: string;
  readonly headers: string;
  readonly body: string;
}

const agent = new Agent({ keepAlive: true });

/** Not fetch: it would tidy up the path first. */
function ask(base: string, method: string, path: string, body?: unknown): Promise<Heard> {
  const { hostname, port } = new URL(base);
  return new Promise((resolve, reject) => {
    const headers = {
      authorization: `Bearer ${TOKEN}`,
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    };
    const call = request({ hostname, port, method, path, headers, agent }, (answer) => {
      let text = '';
      answer.on('data', (chunk) => {
        text += chunk;
      });
      answer.once('error', reject);
      answer.once('end', () => {
        const type = String(answer.headers['content-type'] ?? '');
        resolve({
          status: answer.statusCode ?? 0,
          type,
          headers: JSON.stringify(answer.headers),
          body: text,
        });
      });
    });
    call.once('error', reject);
    call.end(body === undefined ? undefined : JSON.stringify(body));
  });
}

async function daemon() {
  const devin = await startFakeDevin({ orgs: ['Pay'] });
  onTestFinished(() => devin.close());
  onTestFinished(() => agent.destroy());
  const folder = await scratch();
  await writeFile(
    join(folder, 'people.yaml'),
    `people: [{ id: '1', email: ida@corp.example, name: Ida, status: active }]
groups: [{ id: g1, name: devin-users, members: ['1'] }]
`,
  );
  const { bench } = await live(
    `directory: { file: { path: people.yaml } }
devin: { url: ${devin.url}, key: ${devin.key} }
policy: full
rules: [{ group: devin-users, role: Member }]
limits: { devin: { maxPerSecond: 1000 } }
schedule: { interval: 24h }
server: { listen: '127.0.0.1:0', token: ${TOKEN} }
`,
    folder,
  );
  const { url } = await bench.serve(new AbortController().signal);
  return { url, secrets: [devin.key, TOKEN] };
}

test('the real daemon answers what its schemas let through, and refuses the rest, without failing', async () => {
  const { url, secrets } = await daemon();
  const run = JSON.parse((await ask(url, 'POST', '/api/v1/resync', {})).body).id as string;
  await ask(url, 'GET', `/api/v1/runs/${encodeURIComponent(run)}/events`);
  const plan = JSON.parse((await ask(url, 'GET', '/api/v1/plans')).body).plans[0].id as string;
  const routes = (await routesOf()).filter(({ url: path }) => path.startsWith('/api/'));
  const known = {
    id: [plan, plan.slice(0, 8), run, '0'.repeat(64)],
    items: ['held', 'f'.repeat(64)],
    email: ['ida@corp.example', 'nobody@corp.example', `${'x'.repeat(300)}@y`],
    user: ['ida@corp.example', 'nobody@corp.example'],
    group: ['devin-users', 'no such group', '*', '?'],
    org: ['Pay', 'no such org'],
    why: ['agreed'],
    after: [
      '0',
      '0-0',
      '99999999999999999999',
      '18446744073709551615-18446744073709551615',
      '7-99999999999999999999',
    ],
    from: ['0', '999999999999999'],
    to: ['0', '999999999999999'],
    limit: ['1', '200'],
    page: ['1', '9999999'],
  };
  const seen = new Set<number>();
  await fc.assert(
    fc.asyncProperty(shots(routes, known), async ({ method, path, body }) => {
      const answer = await ask(url, method, path, body);
      seen.add(answer.status);
      const told = secrets.filter((secret) => !path.includes(secret));
      expect(fault(answer, told)).toBeNull();
    }),
    runs(500),
  );
  for (const status of [200, 202, 400, 404]) expect(seen).toContain(status);
  expect((await ask(url, 'GET', '/healthz')).status).toBe(200);
}, 300_000);
