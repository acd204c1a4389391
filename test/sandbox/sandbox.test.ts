import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { DEMO_COMPANY, fictionalCompany } from '../../src/sandbox/company.ts';
import { startSandbox } from '../../src/sandbox/sandbox.ts';
import { freePort } from '../lib/redis-server.ts';
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

async function listening(): Promise<{ port: number; close: () => Promise<void> }> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const close = () => new Promise<void>((resolve) => server.close(() => resolve()));
  return { port: (server.address() as AddressInfo).port, close };
}

test('a port that is taken leaves nothing running', async () => {
  const free = await freePort();
  const taken = await listening();
  onTestFinished(taken.close);
  const company = fictionalCompany(DEMO_COMPANY);
  const starting = startSandbox({ company, okta: { port: taken.port }, devin: { port: free } });
  await expect(starting).rejects.toThrow('EADDRINUSE');
  await expect(request(`http://127.0.0.1:${free}/v3/self`)).rejects.toThrow('fetch failed');
});
