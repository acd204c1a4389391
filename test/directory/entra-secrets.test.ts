/** Everything that a reading of Entra lets out, in every way it can fail, at the most talkative level of the log. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { expect, onTestFinished, test } from 'vitest';
import type { DirectorySnapshot } from '../../src/core/model/directory.ts';
import { createLogger } from '../../src/lib/log.ts';
import type { FakeGraph } from '../../src/sandbox/fake-graph.ts';
import type { Fault, FaultAction } from '../../src/sandbox/faults.ts';
import { selfSigned } from '../helpers/certificate.ts';
import { ALL, context, entraOf, graphOf } from './setup.ts';

const ALWAYS = Number.POSITIVE_INFINITY;
const ACTIONS: readonly FaultAction[] = [
  { kind: 'status', status: 401 },
  { kind: 'status', status: 403 },
  { kind: 'status', status: 404 },
  { kind: 'status', status: 500 },
  { kind: 'reset' },
  { kind: 'cut' },
  { kind: 'hang' },
  { kind: 'replace', body: '<html>' },
  { kind: 'replace', body: '{"value":[{}]}' },
];
const PATHS = [
  /v1\.0\/users\?/,
  /v1\.0\/\$batch/,
  /\/members\?/,
  /\/token/,
  /openid-configuration/,
  /\/delta/,
];
const FEDERATED = 'federated.platform-token.0123456789abcdef';

/** An answer that repeats the credentials it was sent, as a careless gateway does. */
function echo(secret: string): FaultAction {
  const words = `Invalid credential: ${secret}`;
  const body = JSON.stringify({ error: { code: 'Bad', message: words }, error_description: words });
  return { kind: 'status', status: 401, body };
}

/** Whatever credential was on the wire, and the lines of the key. */
function wired(graph: FakeGraph, key: string): string[] {
  const sent = graph.requests.flatMap(({ authorization, body }) => {
    const assertion = new URLSearchParams(String(body ?? '')).get('client_assertion');
    return [authorization?.split(' ')[1], assertion].filter((text) => text != null);
  });
  const lines = key.split('\n').filter((line) => line.length > 40 && !line.startsWith('---'));
  return [...new Set([graph.clientSecret, ...lines, ...sent])];
}

test('no secret, key, assertion or token is in anything that comes out', async () => {
  const out: string[] = [];
  const log = createLogger({ level: 'trace', to: { write: (line: string) => void out.push(line) } });
  const { certificate, key } = selfSigned();
  const folder = mkdtempSync(join(tmpdir(), 'entra-secrets-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const tokenPath = join(folder, 'token');
  writeFileSync(tokenPath, FEDERATED);
  const { graph } = await graphOf({ certificate });
  const quick = { timeoutMs: 60, maxRetries: 1, maxWaitMs: 1 };
  const signs = [
    { sign: {}, secret: graph.clientSecret },
    { sign: { certificate: certificate + key }, secret: key },
    { sign: { workloadIdentity: { tokenPath } }, secret: FEDERATED },
  ];
  const first = await entraOf(graph).read(ALL, context());
  let failures = 0;
  for (const { sign, secret } of signs) {
    const faults: Fault[] = [...ACTIONS, echo(secret)].flatMap((action) =>
      PATHS.map((path) => ({ path, times: ALWAYS, action })),
    );
    for (const fault of [null, ...faults]) {
      graph.faults.clear();
      if (fault !== null) graph.faults.add(fault);
      const source = entraOf(graph, { ...quick, ...sign });
      const reading = context();
      const works: (() => Promise<unknown> | undefined)[] = [
        () => source.read(ALL, reading),
        () => source.update?.(first as DirectorySnapshot, reading),
        () => source.confirm({ people: ['gone'], groups: ['gone'] }, reading),
      ];
      for (const work of works) {
        const result: unknown = await work()?.catch((error: unknown) => error);
        if (result instanceof Error) failures++;
        log.trace({ err: result, result }, 'read');
        out.push(inspect(result, { depth: 10, showHidden: true, maxArrayLength: null }));
      }
      if (fault === null || fault.path === PATHS[0])
        out.push(JSON.stringify(await source.check(new AbortController().signal)));
      out.push(JSON.stringify(reading.seen));
    }
  }
  const text = out.join('\n');
  expect(failures).toBeGreaterThan(100);
  const secrets = [...wired(graph, key), FEDERATED];
  expect(secrets.length).toBeGreaterThan(50);
  for (const secret of secrets) expect(text.includes(secret), secret.slice(0, 12)).toBe(false);
  expect(text).not.toMatch(/eyJ[\w-]{10,}\./);
}, 300_000);
