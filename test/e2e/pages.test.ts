import { expect, onTestFinished, test } from 'vitest';
import { fictionalCompany } from '../../src/sandbox/company.ts';
import { startFakeDevin } from '../../src/sandbox/fake-devin.ts';
import { startFakeOkta } from '../../src/sandbox/fake-okta.ts';
import { openBrowser } from '../server/browser.ts';
import { live } from './live.ts';

const TOKEN = 'a-token-of-the-daemon-for-tests';

test('the first plan of a company is reviewed, approved and written on the pages, and the next plan is empty', async () => {
  const company = fictionalCompany({ seed: 3, people: 40, teams: 2 });
  const okta = await startFakeOkta({ company, pageSize: 20, rateLimitPerMinute: 1_000_000 });
  const devin = await startFakeDevin({ orgs: [] });
  onTestFinished(() => Promise.all([okta.close(), devin.close()]).then(() => {}));
  const { bench } = await live(`directory:
  okta: { url: ${okta.url}, token: ${okta.token}, groups: { include: ['devin-*'] } }
devin: { url: ${devin.url}, key: ${devin.key} }
policy: full
rules: [{ group: devin-users, role: Member }]
limits: { devin: { maxPerSecond: 200 } }
server: { listen: '127.0.0.1:0', token: ${TOKEN} }
`);
  const { url } = await bench.serve(new AbortController().signal);
  const tab = await (await openBrowser()).newPage();
  await tab.goto(url);
  await tab.getByLabel('API token').fill(TOKEN);
  await tab.getByRole('button', { name: 'Log in' }).click();
  await tab.getByRole('button', { name: 'Run now' }).click();
  await tab.getByRole('heading', { name: /^Done\./ }).waitFor();
  expect(devin.state.effects).toEqual([]);
  await tab.getByRole('link', { name: /Review plan/ }).click();
  await tab.getByRole('heading', { name: /^Held\./ }).waitFor();
  await tab.getByLabel(/held changes? that the filter shows/).check();
  await tab.getByLabel('Why (goes into the journal)').fill('the first plan looks right');
  await tab.getByRole('button', { name: 'Approve and run' }).click();
  await tab.waitForURL(/\/runs\//);
  await tab.getByRole('heading', { name: /^Done\. .* 0 held/ }).waitFor();
  expect(devin.state.effects.length).toBeGreaterThan(0);
  await tab.getByRole('link', { name: 'Overview' }).click();
  await tab.getByRole('button', { name: 'Run now' }).click();
  await tab.getByText('Both sides agree: the plan is empty.').waitFor();
  const email = [...company.people.values()].find(({ status }) => status === 'active')?.email ?? '';
  await tab.goto(`${url}/people?email=${encodeURIComponent(email)}&read=now`);
  expect(await tab.getByRole('heading', { name: 'Access by place' }).isVisible()).toBe(true);
  await tab.goto(`${url}/configuration`);
  const shown = (await tab.locator('pre').textContent()) ?? '';
  expect(shown).toContain('maxPerSecond: 200');
  for (const secret of [okta.token, devin.key, TOKEN]) expect(shown).not.toContain(secret);
}, 300_000);
