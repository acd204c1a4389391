/** One process: the page of a plan of fifty thousand changes, through the whole server, from the bytes that Redis would give. */
import { hash } from 'node:crypto';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import type { ServerDeps } from '../src/server/deps.ts';
import { buildServer } from '../src/server/server.ts';
import { decodePlan, encodePlan } from '../src/state/redis/plan-codec.ts';
import { joinersPlan } from './open-plan.ts';
import type { PagesRun } from './pages-run.ts';
import { SIZES } from './shape.ts';

const runs = Number(process.argv[2]);
const SECRET = 'a-token-of-the-bench';

const { id, changes, stored } = await storedPlan();
const sessions = new Map<string, string>();
const app = buildServer({
  tokens: () => [{ name: 'bench', role: 'approver', hash: hash('sha256', SECRET) }],
  getPlan: async () => decodePlan(stored),
  approve: async () => Promise.reject(new Error('not here')),
  reject: async () => Promise.reject(new Error('not here')),
  version: 'bench',
  metricsOpen: true,
  sessions: {
    secret: 'a secret of at least thirty-two characters',
    get: async (key) => sessions.get(key) ?? null,
    set: async (key, text) => void sessions.set(key, text),
    delete: async (key) => void sessions.delete(key),
  },
} as Partial<ServerDeps> as ServerDeps);
const cookie = await login();
await page('');

global.gc?.();
const before = process.memoryUsage.rss();
const delay = monitorEventLoopDelay({ resolution: 5 });
delay.enable();
let most = before;
const first: number[] = [];
const filtered: number[] = [];
let bytes = 0;
for (let run = 0; run < runs; run++) {
  const all = await page('');
  bytes = all.bytes;
  first.push(all.seconds);
  filtered.push((await page('?effect=grant&search=%2000u7&page=2')).seconds);
  most = Math.max(most, process.memoryUsage.rss());
}
delay.disable();
await app.close();
const run: PagesRun = {
  changes,
  first,
  filtered,
  bytes,
  memoryMb: (most - before) / 2 ** 20,
  blockMs: delay.max / 1e6,
};
console.log(JSON.stringify(run));

/** Only the bytes stay, as in a daemon. */
async function storedPlan() {
  const plan = joinersPlan({ ...SIZES['10k'], edges: 55_000 });
  return { id: plan.id, changes: plan.changes.length, stored: (await encodePlan(plan)).data };
}

async function page(query: string): Promise<{ seconds: number; bytes: number }> {
  const started = performance.now();
  const answer = await app.inject({ url: `/plans/${id}${query}`, headers: { cookie } });
  if (answer.statusCode !== 200) throw new Error(answer.body);
  return { seconds: (performance.now() - started) / 1000, bytes: answer.rawPayload.length };
}

async function login(): Promise<string> {
  const form = await app.inject('/login');
  const known = String(form.headers['set-cookie']).split(';', 1)[0] ?? '';
  const csrf = /name="_csrf" value="([^"]+)"/.exec(form.body)?.[1] ?? '';
  const answer = await app.inject({
    method: 'POST',
    url: '/login',
    headers: { cookie: known, 'content-type': 'application/x-www-form-urlencoded' },
    payload: new URLSearchParams({ token: SECRET, _csrf: csrf }).toString(),
  });
  return String(answer.headers['set-cookie']).split(';', 1)[0] ?? '';
}
