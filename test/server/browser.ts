import { type Browser, chromium } from 'playwright-core';
import { onTestFinished } from 'vitest';
import { ensureBinary } from '../../src/lib/provision.ts';

/** Of everything that is waited for: a busy machine opens a page slowly. */
const PATIENCE_MS = 110_000;

/** The machine's own Chromium. */
export async function launch(): Promise<Browser> {
  const executablePath = await ensureBinary({
    names: ['chromium', 'chromium-browser', 'google-chrome'],
    packages: { 'apt-get': ['chromium'], dnf: ['chromium'], apk: ['chromium'] },
    purpose: 'use the review pages as a browser does',
    install: false,
    announce: () => undefined,
  });
  const browser = await chromium.launch({ executablePath, args: ['--no-sandbox'], timeout: PATIENCE_MS });
  const newContext = browser.newContext.bind(browser);
  // Pages that are opened without a context are given one by this as well.
  browser.newContext = async (view) => {
    const context = await newContext(view);
    context.setDefaultTimeout(PATIENCE_MS);
    return context;
  };
  return browser;
}

/** The same, closed when the test ends. */
export async function openBrowser(): Promise<Browser> {
  const browser = await launch();
  onTestFinished(() => browser.close());
  return browser;
}
