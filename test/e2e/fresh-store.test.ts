/** A store that is found empty, and the one place where that is no reason for alarm. */
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { type FakeDevin, startFakeDevin } from '../../src/sandbox/fake-devin.ts';
import { FRESH_STORE } from '../../src/state/store.ts';
import { type Live, live, scratch } from './live.ts';

async function world(): Promise<{ devin: FakeDevin; folder: string; open: () => Promise<Live> }> {
  const devin = await startFakeDevin({ orgs: ['Payments'] });
  onTestFinished(() => devin.close());
  const folder = await scratch();
  const directory = `people:
  - { id: p1, email: ada@corp.example, status: active }
groups:
  - { id: g1, name: team, members: [p1] }
`;
  await writeFile(join(folder, 'people.yaml'), directory);
  const text = `directory: { file: { path: people.yaml } }
devin: { url: ${devin.url}, key: ${devin.key} }
policy: full
rules: [{ group: team, org: Payments, role: Member }]
limits: { devin: { maxPerSecond: 500 } }
`;
  return { devin, folder, open: () => live(text, folder) };
}

test('a new state folder is no alarm; one whose Redis is gone starts paused until a plan is applied', async () => {
  const { devin, folder, open } = await world();
  const first = await open();
  expect(await (await first.bench.loop()).store.pause.get()).toBeNull();
  await first.bench.close();
  await rm(join(folder, '.devin-idp-sync', 'redis'), { recursive: true });
  const second = await open();
  const { store } = await second.bench.loop();
  expect(await store.pause.get()).toMatchObject({ by: FRESH_STORE, all: false });
  expect(await second.apply('held')).toMatchObject({ state: 'applied', progress: { failed: 0 } });
  expect(await store.pause.get()).toBeNull();
  expect(devin.state.user('ada@corp.example').direct.size).toBe(2);
});

test('a pause that a person set is not lifted by applying a plan', async () => {
  const { open } = await world();
  const program = await open();
  const { store } = await program.bench.loop();
  await store.pause.set({ by: 'eve', at: 1, all: false });
  const applying = program.apply('held');
  while ((await store.writes.open()).length === 0) await new Promise((resolve) => setTimeout(resolve, 20));
  expect(await store.pause.get()).toMatchObject({ by: 'eve' });
  await store.pause.clear('eve', 2);
  expect(await applying).toMatchObject({ state: 'applied' });
});
