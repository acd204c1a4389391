/** A daemon that is told to end in the middle of its writes, as a rollout or a reboot does. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { approveItems } from '../../src/actions/decisions.ts';
import { startFakeDevin } from '../../src/sandbox/fake-devin.ts';
import { open } from './live.ts';
import { configured, start } from './process.ts';

const PEOPLE = 80;

test('SIGTERM under load ends the daemon with 0 after the calls in hand, and the next start does the rest, once', async () => {
  const devin = await startFakeDevin({ orgs: ['Pay'] });
  onTestFinished(() => devin.close());
  const text = `directory: { file: { path: people.yaml } }
devin: { url: ${devin.url}, key: ${devin.key} }
policy: full
rules:
  - { group: everyone, role: Member }
  - { group: everyone, org: Pay, role: Member }
server: { listen: 127.0.0.1:0, token: a-token-that-nobody-uses-in-this-test }
limits: { devin: { maxPerSecond: 60 }, shutdown: 60s }
`;
  const folder = await configured(text);
  const ids = Array.from({ length: PEOPLE }, (_, at) => `p${at}`);
  const people = ids.map((id) => `  - { id: ${id}, email: ${id}@corp.example, name: ${id}, status: active }`);
  const members = `  - { id: g, name: everyone, members: [ ${ids.join(', ')} ] }`;
  await writeFile(join(folder, 'people.yaml'), `people:\n${people.join('\n')}\ngroups:\n${members}\n`);

  const planner = await open(text, folder);
  const { id: planId } = await planner.plan();
  const { store, clock, settings } = await planner.bench.loop();
  const rules = settings.approvals;
  await approveItems({ store, clock, rules }, { planId, items: 'held', by: 'os:ada', why: 'test' });
  await planner.bench.close();

  // The calls in hand are answered after the daemon began to end, however late that is.
  const ending = Promise.withResolvers<void>();
  const waits = { kind: 'wait', until: ending.promise } as const;
  const path = /organizations/;
  devin.faults.add({ method: 'POST', path, skip: 11, times: Number.POSITIVE_INFINITY, action: waits });
  const inHand = () => devin.requests.filter(({ fault, status }) => fault === 'wait' && status === 0).length;
  const grants = () => devin.state.effects.filter(({ kind }) => kind === 'add-to-org').length;
  const first = start(['serve'], folder);
  const url = (await first.said(/"url":"(http[^"]+)"/))[1] ?? '';
  await expect.poll(grants, { timeout: 120_000 }).toBe(11);
  await expect.poll(inHand, { timeout: 60_000 }).toBeGreaterThan(0);
  const told = performance.now();
  first.child.kill('SIGTERM');
  const answers = () =>
    fetch(`${url}/healthz`).then(
      () => true,
      () => false,
    );
  await expect.poll(answers, { timeout: 60_000 }).toBe(false);
  ending.resolve();
  expect(await first.ended).toMatchObject({ code: 0 });
  // Told and not judged: what bounds it is limits.shutdown, and a moment.
  process.stdout.write(`SIGTERM under load: ended after ${Math.round(performance.now() - told)} ms\n`);
  const then = grants();
  expect(then).toBeLessThan(PEOPLE);
  // Whatever was under way had its answer before the end.
  expect(devin.requests.filter(({ status }) => status === 0)).toEqual([]);

  const second = start(['serve'], folder);
  await expect.poll(grants, { timeout: 120_000 }).toBe(PEOPLE);
  second.child.kill('SIGTERM');
  expect(await second.ended).toMatchObject({ code: 0 });
  const effects = devin.state.effects.map(({ kind, subject }) => `${kind} ${subject}`);
  expect(effects).toHaveLength(2 * PEOPLE);
  expect(new Set(effects).size).toBe(2 * PEOPLE);
}, 300_000);
