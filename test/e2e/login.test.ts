/** The whole daemon with a login provider: real people decide, and two of them where two are asked for. */

import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import AxeBuilder from '@axe-core/playwright';
import { expect, onTestFinished, test } from 'vitest';
import { startFakeDevin } from '../../src/sandbox/fake-devin.ts';
import { freePort } from '../lib/redis-server.ts';
import { openBrowser } from '../server/browser.ts';
import { Surfer, startProvider } from '../server/login-provider.ts';
import { live, scratch } from './live.ts';

async function company() {
  const devin = await startFakeDevin({ orgs: ['Pay'] });
  onTestFinished(() => devin.close());
  // The provider has to know the address of the daemon, and the daemon that of the provider.
  const port = await freePort();
  const { options } = await startProvider(`http://127.0.0.1:${port}`);
  const folder = await scratch();
  await writeFile(
    join(folder, 'people.yaml'),
    `people:
  - { id: '1', email: ida@corp.example, name: Ida, status: active }
groups:
  - { id: g1, name: devin-users, members: ['1'] }
  - { id: g2, name: pay-admins, members: ['1'] }
`,
  );
  const { bench } = await live(
    `directory: { file: { path: people.yaml } }
devin: { url: ${devin.url}, key: ${devin.key} }
policy: full
rules:
  - { group: devin-users, role: Member }
  - { group: pay-admins, org: Pay, role: Admin, allowAdmin: true }
approvals: { adminNeedsTwo: true, notByTrigger: true }
limits: { devin: { maxPerSecond: 500 } }
schedule: { interval: 24h }
server:
  listen: 127.0.0.1:${port}
  publicUrl: http://127.0.0.1:${port}
  oidc:
    issuer: ${options.issuer}
    clientId: ${options.clientId}
    clientSecret: ${options.clientSecret}
    scopes: [openid, profile, email, groups]
    roles: { viewer: [sync-viewers], operator: [sync-operators], approver: [sync-approvers] }
`,
    folder,
  );
  const { url } = await bench.serve(new AbortController().signal);
  return { url, devin };
}

/** Somebody who approves everything that the plan holds. */
async function approver(url: string, name: string) {
  const surfer = new Surfer();
  await surfer.ask(await surfer.authorize(`${url}/login/oidc`, name));
  const look = async (path: string) => (await surfer.ask(`${url}${path}`)).text;
  const approveAll = async (path: string) => {
    const csrf = /name="_csrf" value="([^"]+)"/.exec(await look(path))?.[1] ?? '';
    const form = { _csrf: csrf, decision: 'approve', which: 'all', why: 'looks right' };
    const answer = await surfer.ask(`${url}${path}/decide`, form);
    return (await surfer.ask(answer.next ?? '')).text;
  };
  return { look, approveAll };
}

test('a person logs in at the provider, may not approve what they asked for, and two others do', async () => {
  const { url, devin } = await company();
  const browser = await openBrowser();
  const tab = await (await browser.newContext()).newPage();
  // The pages of the provider ask for a font from elsewhere.
  await tab.route(/^https?:\/\/(?!127\.0\.0\.1)/, (route) => route.abort());
  await tab.goto(url);
  expect((await new AxeBuilder({ page: tab }).analyze()).violations).toEqual([]);
  await tab.getByRole('link', { name: /^Log in with 127\.0\.0\.1/ }).click();
  await tab.locator('[name="login"]').fill('ada');
  await tab.locator('[name="password"]').fill('any');
  await tab.getByRole('button', { name: 'Sign-in' }).click();
  await tab.getByRole('button', { name: 'Continue' }).click();
  await tab.waitForURL(`${url}/`);
  await tab.getByText('ada@corp.example, approver').waitFor();
  await tab.getByRole('button', { name: 'Run now' }).click();
  await tab.getByRole('heading', { name: /^Done\./ }).waitFor();
  await tab.getByRole('link', { name: /Review plan/ }).click();
  await tab.getByText(/asked for run .* somebody else must approve it/).waitFor();
  expect(await tab.getByRole('button', { name: 'Approve and run' }).count()).toBe(0);
  expect((await new AxeBuilder({ page: tab }).analyze()).violations).toEqual([]);
  const path = new URL(tab.url()).pathname;

  const amy = await approver(url, 'amy');
  expect(await amy.look(path)).toContain('need the approval of two people');
  expect(await amy.approveAll(path)).toContain('1 change needs a second person.');
  expect(await amy.look(path)).toContain('approved by you, and needs a second person');
  expect(await amy.approveAll(path)).toContain('1 change needs a second person.');
  expect(devin.state.effects.map(({ kind }) => kind)).not.toContain('add-to-org');

  const abe = await approver(url, 'abe');
  expect(await abe.look(path)).toContain('approved by amy@corp.example, and needs one more person');
  await abe.approveAll(path);
  const kinds = () => devin.state.effects.map(({ kind }) => kind);
  await expect.poll(kinds, { timeout: 60_000 }).toContain('add-to-org');

  await tab.getByRole('button', { name: 'Log out' }).click();
  await tab.getByText('You are still logged in at').waitFor();
  expect((await new AxeBuilder({ page: tab }).analyze()).violations).toEqual([]);
  await tab.getByRole('link', { name: 'log out there as well' }).click();
  await tab.getByRole('button', { name: /sign me out/i }).click();
  await tab.waitForURL(/\/login(\?|$)/);
}, 300_000);
