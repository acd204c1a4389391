import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { DEMO_COMPANY, fictionalCompany } from '../../src/sandbox/company.ts';
import { startSandbox } from '../../src/sandbox/sandbox.ts';
import { caller, request, tokenRequest } from './helpers.ts';

test('both IdPs serve one company and a change shows in both', async () => {
  const sandbox = await startSandbox({
    company: fictionalCompany(DEMO_COMPANY),
    devin: { orgs: ['Payments'] },
  });
  onTestFinished(() => sandbox.close());
  const hired = sandbox.company.hire({ firstName: 'New', lastName: 'Hire', email: 'new.hire@corp.example' });
  const okta = caller(sandbox.okta.url, `SSWS ${sandbox.okta.token}`);
  const token = (await tokenRequest(sandbox.graph)).body.access_token;
  const graph = caller(sandbox.graph.url, `Bearer ${token}`);
  expect((await okta('GET', `/api/v1/users/${hired.id}`)).body.profile.email).toBe('new.hire@corp.example');
  expect((await graph('GET', `/v1.0/users/${hired.id}`)).body.mail).toBe('new.hire@corp.example');
  expect(sandbox.devin.state.org('Payments').name).toBe('Payments');
});

test('closing the sandbox closes all three, and closing it twice is fine', async () => {
  const sandbox = await startSandbox({ company: fictionalCompany(DEMO_COMPANY) });
  const urls = [sandbox.okta.url, sandbox.graph.url, sandbox.devin.url];
  await sandbox.close();
  await sandbox.close();
  for (const url of urls) await expect(request(url)).rejects.toThrow('fetch failed');
});

test('a port that is taken leaves nothing running', async () => {
  const taken = createServer();
  await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => new Promise<void>((resolve) => taken.close(() => resolve())));
  const { port } = taken.address() as AddressInfo;
  const company = fictionalCompany(DEMO_COMPANY);
  await expect(startSandbox({ company, okta: { port } })).rejects.toThrow('EADDRINUSE');
});
