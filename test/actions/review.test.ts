/** An access review: whole, with what the journal knows, safe in a spreadsheet, and nothing is stored for it. */
import { expect, test } from 'vitest';
import { look } from '../../src/actions/plan.ts';
import { reviewNow } from '../../src/actions/review.ts';
import type { Review } from '../../src/core/model/review.ts';
import { type ReviewFormat, renderReview } from '../../src/report/render.ts';
import { openStore } from '../../src/state/redis/open-store.ts';
import { entryOf } from '../../src/state/store.ts';
import { CONTEXT, loopOf } from '../helpers/loop.ts';
import { TENANTS, type World, world } from '../helpers/world.ts';
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
  const turn = await look(loopOf(of, store), CONTEXT, false);
  const review = await reviewNow(store, turn, null);
  await expect(reviewNow(store, turn, 'Nowhere')).rejects.toThrow('no organization "Nowhere"');
  const web = await reviewNow(store, turn, 'Web');
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
