import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import AxeBuilder from '@axe-core/playwright';
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Plan } from '../../src/core/model/change.ts';
import { ensureBinary } from '../../src/lib/provision.ts';
import { change, everything, everythingHeld, large, mixed, nothingToDo, plan } from './sample-plans.ts';

/** A busy machine opens a long page slowly. */
const PATIENCE_MS = 110_000;

let browser: Browser;
let folder: string;

beforeAll(async () => {
  const executablePath = await ensureBinary({
    names: ['chromium', 'chromium-browser', 'google-chrome'],
    packages: { 'apt-get': ['chromium'], dnf: ['chromium'], apk: ['chromium'] },
    purpose: 'look at the report as a browser does',
    install: false,
    announce: () => undefined,
  });
  folder = await mkdtemp(join(tmpdir(), 'report-'));
  browser = await chromium.launch({ executablePath, args: ['--no-sandbox'], timeout: PATIENCE_MS });
});

afterAll(async () => {
  await browser?.close();
  if (folder !== undefined) await rm(folder, { recursive: true, force: true });
});

interface View {
  readonly width: number;
  readonly colorScheme: 'light' | 'dark';
}

/** Opens the report and runs `look`; whatever the page complains about or asks for is returned. */
async function opened(some: Plan, view: View, look: (page: Page) => Promise<void>): Promise<string[]> {
  const file = join(folder, 'report.html');
  await writeFile(file, everything(some, 'html'));
  const viewport = { width: view.width, height: 844 };
  const context: BrowserContext = await browser.newContext({ viewport, colorScheme: view.colorScheme });
  context.setDefaultTimeout(PATIENCE_MS);
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on('console', (message) => complaints.push(message.text()));
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('request', (request) => {
    if (request.url() !== pathToFileURL(file).href) complaints.push(`asked for ${request.url()}`);
  });
  await page.goto(pathToFileURL(file).href);
  await look(page);
  await context.close();
  return complaints;
}

async function openAll(page: Page): Promise<void> {
  await page.locator('details').evaluateAll((all) => {
    for (const details of all) details.setAttribute('open', '');
  });
}

async function overflow(page: Page): Promise<number> {
  return page.locator('html').evaluate((root) => root.scrollWidth - root.clientWidth);
}

const LONG = plan({
  changes: [
    change('add-to-org', `${'a'.repeat(120)}@corp.example`, {
      org: { id: 'o', name: 'W'.repeat(90) },
      reason: 'x'.repeat(200),
      people: 30,
      verdict: { state: 'held', by: ['grants'] },
    }),
  ],
});

test.each([390, 1280])(
  'at %i px nothing runs out of the page, nothing is fetched and nothing complains',
  async (width) => {
    for (const some of [mixed(), everythingHeld(), nothingToDo(), LONG]) {
      const complaints = await opened(some, { width, colorScheme: 'light' }, async (page) => {
        await openAll(page);
        expect(await overflow(page)).toBe(0);
      });
      expect(complaints).toEqual([]);
    }
  },
);

test.each(['light', 'dark'] as const)('in %s colours axe finds nothing to criticise', async (colorScheme) => {
  for (const width of [390, 1280]) {
    await opened(mixed(), { width, colorScheme }, async (page) => {
      await openAll(page);
      const { violations, passes } = await new AxeBuilder({ page }).analyze();
      expect(violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`)).toEqual([]);
      expect(passes.some(({ id }) => id === 'color-contrast')).toBe(true);
    });
  }
});

test('a name that is a script stays text', async () => {
  const name = '<img src=x onerror="document.title=\'owned\'"><script>document.title="owned"</script>';
  const complaints = await opened(
    plan({ changes: [change('invite', name, { reason: name })] }),
    { width: 390, colorScheme: 'light' },
    async (page) => {
      expect(await page.title()).not.toContain('owned');
      expect(await page.locator('main b').first().textContent()).toBe(name);
    },
  );
  expect(complaints).toEqual([]);
});

test('a plan of 50,000 changes opens, and a closed organization unfolds its lines', async () => {
  const complaints = await opened(large(50_000), { width: 1280, colorScheme: 'light' }, async (page) => {
    expect(await page.locator('.lines li').count()).toBe(50_000);
    const team = page.locator('details', { hasText: 'Team 01' }).first();
    await team.locator('summary').first().click();
    expect(await team.locator('.lines li').first().isVisible()).toBe(true);
  });
  expect(complaints).toEqual([]);
});

test('on paper every folded part is shown and the navigation is not', async () => {
  await opened(mixed(), { width: 1280, colorScheme: 'dark' }, async (page) => {
    const folded = page.getByText('two Devin users: user-1, user-2');
    const shown = () => folded.evaluate((element) => element.checkVisibility());
    expect(await shown()).toBe(false);
    await page.emulateMedia({ media: 'print' });
    expect(await shown()).toBe(true);
    expect(await page.locator('nav').isVisible()).toBe(false);
  });
});
