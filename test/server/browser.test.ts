import { hash } from 'node:crypto';
import AxeBuilder from '@axe-core/playwright';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import type { ApiToken } from '../../src/server/auth.ts';
import { change, mixed, plan } from '../report/sample-plans.ts';
import { launch } from './browser.ts';
import { DONE, FakeDaemon, runRecord, SECRET, TOKEN } from './fake-daemon.ts';
import { samplePlaces } from './sample-places.ts';
import { listening } from './serving.ts';

let browser: Browser;

beforeAll(async () => {
  browser = await launch();
});

afterAll(() => browser?.close());

interface Visit {
  readonly page: Page;
  readonly url: string;
  readonly daemon: FakeDaemon;
  /** What the console said and what pages threw. */
  readonly complaints: readonly string[];
}

type View = Parameters<Browser['newContext']>[0];

const VIEWER_SECRET = 'the-secret-of-a-viewer';
const VIEWER: ApiToken = { name: 'looker', role: 'viewer', hash: hash('sha256', VIEWER_SECRET) };

/** Somebody logged in, in a browser of their own. */
async function visit(
  daemon: FakeDaemon,
  view: View = {},
  role: 'approver' | 'viewer' = 'approver',
): Promise<Visit> {
  const { url } = await listening({ tokens: () => [TOKEN, VIEWER] }, daemon);
  const context: BrowserContext = await browser.newContext({
    viewport: { width: 1280, height: 900 },
    ...view,
  });
  onTestFinished(() => context.close());
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error') complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(error.message));
  await page.goto(url);
  await page.getByLabel('API token').fill(role === 'viewer' ? VIEWER_SECRET : SECRET);
  await page.getByRole('button', { name: 'Log in' }).click();
  await page.waitForURL(`${url}/`);
  return { page, url, daemon, complaints };
}

function daemonWith(some = mixed()): FakeDaemon {
  const daemon = new FakeDaemon();
  daemon.plans.set(some.id, some);
  daemon.runs.set('run-0', runRecord('run-0', { ...DONE, planId: some.id }));
  return daemon;
}

test('a reviewer filters, approves one item with a comment, and watches the run to its end', async () => {
  const some = mixed();
  const { page, url, daemon, complaints } = await visit(daemonWith(some));
  await page.getByRole('link', { name: /Review plan/ }).click();
  await page.getByLabel('Search').fill('dora');
  await page.getByLabel('Verdict').selectOption('Held');
  await page.getByRole('button', { name: 'Filter' }).click();
  await page.waitForURL(/search=dora/);
  const boxes = page.locator('input[name="item"]');
  expect(await boxes.count()).toBe(1);
  await page.getByLabel(/^Select dora\.f@corp\.example: Remove from Payments/).check();
  expect(await page.locator('[data-picked]').textContent()).toBe('(1)');
  await page.getByLabel('Why (goes into the journal)').fill('agreed with Payments');
  await page.getByRole('button', { name: 'Approve and run' }).click();
  await page.waitForURL(`${url}/runs/run-1`);
  expect(await page.getByText('Approved: 1 change.').isVisible()).toBe(true);
  expect(daemon.journal).toMatchObject([
    { kind: 'approve', subject: 'dora.f@corp.example', actor: 'token:ci', reason: 'agreed with Payments' },
  ]);
  const writes = { total: 8, done: 3, failed: 0, skipped: 0, inFlight: 1, waiting: null, etaSeconds: 5 };
  daemon.move('run-1', { state: 'applying', planId: some.id, writes }, 'state');
  await page.getByText('3 of 8 writes ended').waitFor();
  daemon.move('run-1', { writes: { ...writes, done: 7 } }, 'progress');
  await page.getByText('7 of 8 writes ended').waitFor();
  daemon.settle('run-1');
  await page.getByRole('heading', { name: /^Done\./ }).waitFor();
  expect(complaints).toEqual([]);
});

test('without script the same review works, and a run shows itself again by itself', async () => {
  const some = mixed();
  const { page, url, daemon } = await visit(daemonWith(some), { javaScriptEnabled: false });
  await page.goto(`${url}/plans/${some.id}?state=held`);
  await page.locator('input[name="item"]').first().check();
  await page.getByLabel('Why (goes into the journal)').fill('no');
  await page.getByRole('button', { name: 'Reject' }).click();
  await page.getByText('Rejected: 1 change.').waitFor();
  expect(page.url()).toContain(`/plans/${some.id}`);
  expect(daemon.rejected).toMatchObject([{ items: [expect.any(String)], why: 'no' }]);
  daemon.move('run-5', { state: 'reading', step: { what: 'Okta groups', done: 1, total: 4 } });
  await page.goto(`${url}/runs/run-5`);
  await page.getByText('Okta groups: 1 of 4').waitFor();
  daemon.move('run-5', { step: { what: 'Okta groups', done: 3, total: 4 } });
  await page.getByText('Okta groups: 3 of 4').waitFor();
});

test('everything that a form needs is reached and used by keyboard alone', async () => {
  const some = mixed();
  const { page, url, daemon } = await visit(daemonWith(some));
  await page.goto(`${url}/plans/${some.id}?state=held&search=dora`);
  await page.keyboard.press('Tab');
  expect(await page.locator(':focus').textContent()).toBe('To the content');
  const reach = async (name: string) => {
    for (let presses = 0; presses < 60; presses++) {
      await page.keyboard.press('Tab');
      if ((await page.locator(':focus').getAttribute('name')) === name) return;
    }
    throw new Error(`${name} was not reached`);
  };
  await reach('item');
  await page.keyboard.press('Space');
  await reach('why');
  await page.keyboard.type('by keyboard');
  await page.keyboard.press('Enter');
  await page.waitForURL(/\/runs\//);
  expect(daemon.approved).toMatchObject([{ why: 'by keyboard' }]);
});

test('a login that ended sends the reader back to log in, and then to the page they wanted', async () => {
  const { page, url, daemon } = await visit(daemonWith());
  daemon.sessions.clear();
  await page.goto(`${url}/runs/run-0`);
  await page.getByLabel('API token').fill(SECRET);
  await page.keyboard.press('Enter');
  await page.waitForURL(`${url}/runs/run-0`);
});

test('a page whose stream was ended by a proxy without a daemon behind it opens it again', async () => {
  const { page, url, daemon } = await visit(daemonWith());
  daemon.move('run-3', { state: 'reading', step: { what: 'Okta groups', done: 1, total: 4 } });
  let refusals = 0;
  await page.route('**/events', (route) =>
    ++refusals === 1 ? route.fulfill({ status: 502, body: 'Bad Gateway' }) : route.continue(),
  );
  await page.goto(`${url}/runs/run-3`);
  await expect.poll(() => daemon.listening, { timeout: 60_000 }).toBe(1);
  daemon.settle('run-3');
  await page.getByRole('heading', { name: /^Done\./ }).waitFor();
});

test('a viewer finds nothing to press but the way out, reads why, and is refused by the API', async () => {
  const some = mixed();
  const { page, url, daemon } = await visit(daemonWith(some), {}, 'viewer');
  for (const path of ['/', `/plans/${some.id}`, '/runs/run-0', '/people?email=ana.ruiz@corp.example']) {
    await page.goto(`${url}${path}`);
    const buttons = page.locator('main form[method="post"], main input[type="checkbox"]');
    expect(await buttons.count(), path).toBe(0);
  }
  await page.goto(`${url}/plans/${some.id}`);
  await page.getByText('wait for somebody with the role approver; yours is viewer').waitFor();
  for (const path of ['/api/v1/resync', '/api/v1/pause', `/api/v1/plans/${some.id}/approve`]) {
    const answer = await fetch(`${url}${path}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${VIEWER_SECRET}`, 'content-type': 'application/json' },
      body: JSON.stringify(path.endsWith('approve') ? { items: 'held', why: 'seen' } : {}),
    });
    expect(answer.status, path).toBe(403);
  }
  expect([daemon.triggers, daemon.approved, daemon.paused]).toEqual([[], [], null]);
});

const LONG = plan({
  changes: [
    change('add-to-org', `${'a'.repeat(120)}@corp.example`, {
      org: { id: 'o', name: 'W'.repeat(90) },
      reason: 'x'.repeat(200),
      verdict: { state: 'held', by: ['grants'] },
    }),
  ],
});

test.each([
  [390, 'light'],
  [390, 'dark'],
  [1280, 'light'],
  [1280, 'dark'],
] as const)(
  'at %i px in %s axe finds nothing, nothing runs out of the page and nothing complains',
  async (width, colorScheme) => {
    const some = mixed();
    const daemon = daemonWith(some);
    daemon.plans.set(LONG.id, LONG);
    daemon.places = await samplePlaces(some);
    daemon.move('run-2', { state: 'reading', step: { what: 'Okta groups', done: 3, total: null } });
    const view = { viewport: { width, height: 844 }, colorScheme };
    const { page, url, complaints } = await visit(daemon, view);
    const paths = [
      '/',
      `/plans/${some.id}`,
      `/plans/${LONG.id}`,
      `/plans/${some.id}/requests`,
      '/runs/run-0',
      '/runs/run-2',
      '/people?email=ana.ruiz@corp.example&read=now',
      '/configuration',
      '/orgs?search=pay',
      '/groups?of=00gpay&page=2',
      '/plans',
      '/runs',
      '/people',
    ];
    for (const path of paths) {
      await page.goto(`${url}${path}`);
      const { violations } = await new AxeBuilder({ page }).analyze();
      expect(violations.map(({ id, nodes }) => `${path} ${id}: ${nodes[0]?.html}`)).toEqual([]);
      const over = await page.locator('html').evaluate((root) => root.scrollWidth - root.clientWidth);
      expect(over, path).toBe(0);
    }
    await page.goto(`${url}/what-if`);
    await page.getByLabel(/^Keys of the configuration/).fill('policy: full');
    await page.getByRole('button', { name: 'Show what would change' }).click();
    await page.getByRole('heading', { name: /^Different\./ }).waitFor();
    expect((await new AxeBuilder({ page }).analyze()).violations).toEqual([]);
    expect(await page.locator('html').evaluate((root) => root.scrollWidth - root.clientWidth)).toBe(0);
    expect(complaints).toEqual([]);
  },
  400_000,
);
