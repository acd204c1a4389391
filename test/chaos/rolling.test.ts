/** A new version, and then another configuration, rolled out over replicas that are in the middle of an apply. */
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { render } from '../helm/helm.ts';
import {
  builtImage,
  effects,
  REDIS,
  RULES,
  SECRETS,
  scratch,
  startPod,
  urlOf,
  valuesOf,
  world,
} from '../helm/image-pods.ts';
import { mountVolumes, startBundledRedis, startContainer, type Volumes } from '../helm/pod.ts';

const { program } = builtImage();

/** Asks as a Service does: whichever replica is ready. */
async function answers(urls: ReadonlySet<string>): Promise<boolean> {
  const asked = [...urls].map(async (url) => {
    const response = await fetch(`${url}/api/v1/status`, {
      headers: { authorization: `Bearer ${SECRETS['api-token']}` },
    });
    if (!response.ok) throw new Error(`${response.status}`);
  });
  return Promise.any(asked).then(
    () => true,
    () => false,
  );
}

test('three replicas are replaced one by one in the middle of an apply: every write is done, none twice, and the API answers throughout; another configuration writes nothing before it is approved, and then only what it says', async () => {
  const here = await world('okta', 20);
  const manifests = await render(
    valuesOf(here, { policy: 'full', replicas: 3, config: { limits: { devin: { maxPerSecond: 6 } } } }),
  );
  const home = await scratch();
  const port = await startBundledRedis(manifests, home, SECRETS['redis-password']);
  const replaced: [string, string][] = [
    [REDIS, `redis://127.0.0.1:${port}`],
    ['0.0.0.0:8080', '127.0.0.1:0'],
  ];
  const volumes = mountVolumes(join(home, 'first'), manifests, here.secrets, replaced);
  const ready = new Set<string>();
  const startReplica = async (of: Volumes) => {
    const pod = startPod(manifests, of, program());
    const url = await urlOf(pod);
    ready.add(url);
    return { pod, url };
  };
  const replicas = await Promise.all([startReplica(volumes), startReplica(volumes), startReplica(volumes)]);
  await Promise.any(replicas.map(({ pod }) => pod.said(/"msg":"run held"/)));
  expect(effects(here)).toEqual([]);
  // Their successors stand by, so that it does not depend on the machine whether the apply is still under way.
  const successors = await Promise.all([startReplica(volumes), startReplica(volumes), startReplica(volumes)]);

  // However slow the machine: Devin keeps the last writes waiting until the old replicas have ended.
  const busy = { kind: 'status', status: 429, headers: { 'retry-after': '1' } } as const;
  here.devin.faults.add({ method: 'POST', skip: 30, times: Number.POSITIVE_INFINITY, action: busy });
  const args = ['--no-install', 'apply', '--yes', '--approve-held', '--why', 'test'];
  // It signs approvals with the name of its user, which the image has and this machine has not for every id.
  const apply = startContainer(process.execPath, [program(), ...args], volumes.env, home, 'this user');
  let asked = 0;
  let unanswered = 0;
  const watch = setInterval(() => {
    asked++;
    void answers(ready).then((ok) => (unanswered += ok ? 0 : 1));
  }, 100);
  onTestFinished(() => clearInterval(watch));
  await expect.poll(() => effects(here).length, { timeout: 150_000 }).toBeGreaterThan(3);
  // One by one they are taken out of the Service and told to end.
  const ended: number[] = [];
  for (const old of replicas) {
    ready.delete(old.url);
    old.pod.child.kill('SIGTERM');
    expect(await old.pod.ended).toMatchObject({ code: 0 });
    ended.push(effects(here).length);
  }
  here.devin.faults.clear();
  const applied = await apply.ended;
  clearInterval(watch);
  expect(applied.stderr).toMatch(/the next plan is empty/);
  expect(applied.code).toBe(0);
  for (const then of ended) expect(then).toBeLessThan(effects(here).length);
  expect(new Set(effects(here)).size).toBe(effects(here).length);
  expect(asked).toBeGreaterThan(10);
  expect(unanswered).toBe(0);

  // A changed rule takes the roles of one organization away: the new configuration waits for a person.
  const [closed] = here.devin.state.effects.flatMap(({ kind, org }) => (kind === 'add-to-org' ? [org] : []));
  const name = [...here.devin.state.orgs.values()].find(({ id }) => id === closed)?.name ?? '';
  const rules = [
    RULES[0],
    { ...RULES[1], pattern: `devin-(?<org>(?!users$)(?!${name.toLowerCase()}$)[a-z]+)` },
  ];
  const changed = await render(valuesOf(here, { policy: 'full', config: { rules } }));
  const before = effects(here).length;
  const second = mountVolumes(join(home, 'second'), changed, here.secrets, replaced);
  const { url } = await startReplica(second);
  const ask = (at: string, of: Volumes) =>
    startContainer(process.execPath, [program(), 'resync', '--url', at], of.env, home).ended;
  await ask(url, second);
  expect(effects(here).length).toBe(before);

  // Approved, it is written while replicas of the old configuration still run, take turns and end.
  const closing = startContainer(process.execPath, [program(), ...args], second.env, home, 'this user');
  await expect.poll(() => effects(here).length, { timeout: 150_000 }).toBeGreaterThan(before);
  for (const old of successors) {
    await ask(old.url, volumes);
    ready.delete(old.url);
    old.pod.child.kill('SIGTERM');
    expect(await old.pod.ended).toMatchObject({ code: 0 });
  }
  await closing.ended;
  await ask(url, second);
  const later = effects(here).slice(before);
  expect(new Set(later).size).toBe(later.length);
  expect(later.filter((effect) => !effect.startsWith('remove-from-org '))).toEqual([]);
}, 600_000);
