/** An access review: whole, with what the journal knows, safe in a spreadsheet, and nothing is stored for it. */
import { expect, test } from 'vitest';
import { look } from '../../src/actions/plan.ts';
import { type PastRequest, reviewNow, reviewThen } from '../../src/actions/review.ts';
import type { Review } from '../../src/core/model/review.ts';
import { queuedRun } from '../../src/core/model/run.ts';
import { type ReviewFormat, renderReview } from '../../src/report/render.ts';
import { openStore } from '../../src/state/redis/open-store.ts';
import { entryOf } from '../../src/state/store.ts';
import { CONTEXT, loopOf, turn } from '../helpers/loop.ts';
import { DAY, TENANTS, type World, world } from '../helpers/world.ts';
import { privateRedis } from '../lib/private-redis.ts';

const redis = await privateRedis();

const HOSTILE = '=HYPERLINK("https://evil.example")|<b>';

function company(): World {
  const of = world().staff('ada', 'bob').org('Web').group('web', 'ada');
  of.rule('web', 'Member', { org: 'Web', name: 'web' });
  of.managed('ada').role('ada', 'Web', 'Member').link('ada');
  of.devinGroup(HOSTILE, { Web: 'Lead' }).signedIn('bob', HOSTILE);
  return of.user('evil', { '': 'Admin' }, '@SUM(A1)');
}

/** What was written about ada, the newest last. */
function written(at: number, outcome: 'done' | 'failed', devinId: string | null = 'u-ada') {
  const subject = { type: 'person', directoryId: 'p-ada', devinId, label: 'ada@corp.example' } as const;
  const named = (id: string, name: string) => ({ id, name });
  const change = { kind: 'add-to-org', cause: 'rule', item: 'a1', subject, before: null } as const;
  const org = named('org-web', 'Web');
  const whole = { ...change, org, after: named('org_member', 'Member') };
  return entryOf({ at, kind: 'write', outcome, actor: 'os:lin', planId: 'abc', change: whole });
}

async function content(): Promise<readonly string[]> {
  const client = redis.client();
  const keys = (await client.keys('*')).sort();
  const dumps = await Promise.all(keys.map((key) => client.dumpBuffer(key)));
  return keys.map((key, at) => `${key} ${dumps[at]?.toString('base64')}`);
}

const text = (review: Review, format: ReviewFormat) => [...renderReview(review, format)].join('');

test('who has what and why, with the last write that took effect; no key of the store changes', async () => {
  const of = company();
  const store = await openStore(redis.client(), redis.prefix(), of.now);
  await store.memory.save(await store.memory.load(TENANTS), of.memory);
  const done = of.now - 5000;
  await store.journal.append([
    written(done - 1000, 'done'),
    written(done, 'done'),
    written(done + 1000, 'failed'),
    written(done + 2000, 'done', null),
    entryOf({ at: done + 3000, kind: 'pause', actor: 'os:lin' }),
  ]);
  const before = await content();
  const seen = await look(loopOf(of, store), CONTEXT, false);
  const review = await reviewNow(store, seen, null);
  await expect(reviewNow(store, seen, 'Nowhere')).rejects.toThrow('no organization "Nowhere"');
  const web = await reviewNow(store, seen, 'Web');
  expect(await content()).toEqual(before);

  expect(review.rows.map(({ lastWrite }) => lastWrite?.at ?? null)).toEqual([null, null, done, null]);
  const csv = text(review, 'csv').split('\r\n').slice(0, -1);
  expect(csv[0]).toMatch(/^email,name,user,directory status,organization,role,admin,group in Devin,given by/);
  expect(csv).toHaveLength(1 + review.rows.length);
  expect(csv.find((row) => row.includes('u-evil'))).toMatch(/^'@SUM\(A1\),/);
  expect(csv.find((row) => row.includes('u-bob'))).toContain(`,"'=HYPERLINK(`);
  expect(csv.find((row) => row.includes('ada@') && row.includes(',Web,'))).toContain('member of web');

  const parsed = JSON.parse(text(review, 'json'));
  expect(parsed).toMatchObject({ version: 1, tenants: TENANTS, org: null });
  expect(parsed.rows[2]).toMatchObject({ org: 'Web', basis: 'rule', lastWrite: { actor: 'os:lin' } });
  expect(JSON.parse(text({ ...review, rows: [] }, 'json')).rows).toEqual([]);

  const markdown = text(web, 'markdown');
  expect(markdown).toMatch(/2 roles of 2 people\. 1 not asked for/);
  expect(markdown).toMatch(/### Web \(2\)/);
  expect(markdown).not.toContain('<b>');
  expect(markdown).not.toContain('### The enterprise');
});

test('at a stored plan or run: what was proven then, what was written since left out, and refused where too much is lost', async () => {
  const of = company();
  const store = await openStore(redis.client(), redis.prefix(), of.now);
  await store.memory.save(await store.memory.load(TENANTS), of.memory);
  const loop = loopOf(of, store);
  const plan = await turn(loop);
  const trigger = { kind: 'manual', scope: {}, by: 'os:lin', at: of.now } as const;
  await store.runs.put({ ...queuedRun('r1', trigger), planId: plan.id });
  await store.runs.put(queuedRun('r2', trigger));
  const now = of.now + 1000;
  const edge = { type: 'person', directoryId: 'p-ada', devinId: 'u-ada', role: null, gone: false } as const;
  await store.journal.append([
    entryOf({ at: now, kind: 'release', edge: { ...edge, place: '' } }),
    entryOf({ at: now, kind: 'adopt', edge: { ...edge, type: 'group', place: 'org-web' } }),
  ]);
  const asked = { of: { run: 'r1' }, org: null, now };
  const then = await reviewThen(store, asked);
  expect(then).toMatchObject({ at: plan.createdAt, plan: plan.id });
  expect(then.rows).toMatchObject([{ user: 'u-ada', org: 'Web', origin: 'managed', basis: 'unknown' }]);
  expect(then.unknown.at(-1)).toContain('Left out: 1 role about');
  expect(text(then, 'csv')).toContain(',Not kept,');
  expect(text(then, 'markdown')).toContain(plan.id);
  expect(text(then, 'markdown')).toContain('more may have been held. 0 not asked for');
  const byPlan = await reviewThen(store, { ...asked, of: { plan: plan.id.slice(0, 8) }, org: 'Web' });
  expect(byPlan.rows).toEqual(then.rows);

  const refused = (request: Partial<PastRequest>) =>
    expect(reviewThen(store, { ...asked, ...request })).rejects;
  await refused({ of: { run: 'r0' } }).toThrow('no run "r0" is kept');
  await refused({ of: { run: 'r2' } }).toThrow('has no plan');
  await refused({ of: { plan: '00000000' } }).toThrow('no plan "00000000"');
  await refused({ org: 'Nowhere' }).toThrow('nothing is known of roles in "Nowhere"');
  await refused({ now: now + 31 * DAY }).toThrow('older than the journal');
  const other = { ...plan, id: 'b'.repeat(64), tenants: { ...TENANTS, devin: 'another' } };
  await store.plans.put(other);
  await refused({ of: { plan: other.id } }).toThrow('another pair');
  const part = { ...plan, id: 'c'.repeat(64), only: { user: 'ada@corp.example' } };
  await store.plans.put(part);
  await refused({ of: { plan: part.id } }).toThrow('a part of the company');
});
