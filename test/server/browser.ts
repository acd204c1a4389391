import { type Browser, chromium } from 'playwright-core';
import { onTestFinished } from 'vitest';
import { ensureBinary } from '../../src/lib/provision.ts';

/** The machine's own Chromium. */
export async function launch(): Promise<Browser> {
  const executablePath = await ensureBinary({
    names: ['chromium', 'chromium-browser', 'google-chrome'],
    packages: { 'apt-get': ['chromium'], dnf: ['chromium'], apk: ['chromium'] },
    purpose: 'use the review pages as a browser does',
    install: false,
    announce: () => undefined,
  });
  return chromium.launch({ executablePath, args: ['--no-sandbox'] });
}

/** The same, closed when the test ends. */
export async function openBrowser(): Promise<Browser> {
  const browser = await launch();
  onTestFinished(() => browser.close());
  return browser;
}
