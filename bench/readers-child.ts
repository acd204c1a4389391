/** Reads one company from fakes in another process, in every way, and prints times and calls. */
import pLimit from 'p-limit';
import type { DirectorySnapshot } from '../src/core/model/directory.ts';
import type { DirectorySource } from '../src/directory/source.ts';
import { type Chains, entraChains, oktaChains } from './chains.ts';
import { cpuSeconds } from './cpu.ts';
import { type Fakes, type Seen, startFakes } from './fakes.ts';
import type { ReadersRun, SourceRun } from './readers-run.ts';
import type { Asked } from './replay.ts';
import { graphBySdk, oktaBySdk } from './sdk-readers.ts';
import { SIZES, type SizeName } from './shape.ts';
import { devinTarget, entraSettings, entraSource, oktaSettings, oktaSource, reading } from './sources.ts';

const [name, runs, what] = process.argv.slice(2) as [SizeName, string, 'ratios' | 'calls'];
const size = SIZES[name];
const fakes = await startFakes(
  { ...size, orgs: 100, devinPerSecond: null, devinFull: what === 'ratios' },
  name === '1m' ? './large-fakes-child.ts' : undefined,
);

/** Processor time of this process: the other side is another one. */
async function timed(work: () => Promise<unknown>, times = Number(runs)): Promise<number[]> {
  const seconds: number[] = [];
  for (let run = 0; run < times; run++) {
    const taken = cpuSeconds();
    await work();
    seconds.push(taken());
  }
  return seconds;
}

/** The pages of a reading with nothing but fetch and JSON.parse, as many at once as the connector asks for. */
async function plainly(url: string, asked: readonly Asked[], atOnce: number): Promise<void> {
  const limit = pLimit(atOnce);
  const one = async ({ method, path, headers, body }: Asked) => {
    const answer = await fetch(url + path, { method, headers, ...(body === '' ? {} : { body }) });
    JSON.parse(await answer.text());
  };
  await Promise.all(asked.map((each) => limit(() => one(each))));
}

async function ratios(
  of: 'okta' | 'graph',
  chains: Chains,
  source: DirectorySource,
  atOnce: number,
  sdk: (url: string, asked: readonly Asked[]) => Promise<unknown>,
): Promise<Pick<SourceRun, Timed>> {
  const url = fakes[of].replayUrl;
  const whole = () => source.read({ kind: 'all' }, reading());
  // Before the clock runs: the replay fills, and what was asked is known.
  await whole();
  await chains();
  await fakes.asked(of);
  const items = await chains();
  const asked = await fakes.asked(of);
  const ways: Readonly<Record<Timed, () => Promise<unknown>>> = {
    plain: () => plainly(url, asked, atOnce),
    chains,
    whole,
    sdk: () => sdk(url, asked),
  };
  const seen = await ways.sdk();
  if (seen !== items) throw new Error(`the SDK has seen ${seen} items, and the connector ${items}`);
  const times: Record<Timed, number[]> = { plain: [], chains: [], whole: [], sdk: [] };
  // In turns, so that a noisy minute falls on all of them. The first turns make the engine warm, as a daemon is.
  for (let run = -WARM; run < Number(runs); run++) {
    for (const way of ['plain', 'chains', 'whole'] as const) {
      const [taken] = await timed(ways[way], 1);
      if (run >= 0) times[way].push(taken as number);
    }
  }
  return { ...times, sdk: await timed(ways.sdk, 3) };
}

type Timed = 'plain' | 'chains' | 'whole' | 'sdk';

const WARM = 5;

type Turns = Omit<SourceRun, Timed>;

/** A full reading, an idle turn and turns with changes, as calls that the fake has seen. */
async function turns(of: 'okta' | 'graph', source: DirectorySource): Promise<Turns> {
  const calls = async () => ((await fakes.seen()) as Seen)[of];
  // Which tenant it is, is asked once for the life of a process.
  await source.tenant(reading().signal);
  await calls();
  let latest: DirectorySnapshot = await source.read({ kind: 'all' }, reading());
  const full = await calls();
  const pages = (size: number) =>
    Array.from({ length: latest.groupCount }, (_, group) =>
      Math.max(1, Math.ceil(latest.members(group).length / size)),
    ).reduce((sum, count) => sum + count, 0);
  const bounds = { members200: pages(200), members999: pages(999) };
  const changed: Turns['changed'][number][] = [];
  if (source.update !== undefined) {
    for (const people of [0, 10, 1000]) {
      const groups = people === 0 ? 0 : await fakes.change(people);
      await calls();
      const started = performance.now();
      latest = await source.update(latest, reading());
      const seconds = (performance.now() - started) / 1000;
      changed.push({ people, groups, calls: await calls(), seconds, basis: latest.basis });
    }
  }
  return { full, ...bounds, changed };
}

async function readDevin(fake: Fakes): Promise<ReadersRun['devin']> {
  await fake.seen();
  const started = performance.now();
  const state = await devinTarget(fake).read(reading());
  const seconds = (performance.now() - started) / 1000;
  const { devin: calls } = await fake.seen();
  const { orgs, roles } = state.head;
  return {
    calls,
    seconds,
    users: state.userCount,
    groups: state.groupCount,
    orgs: orgs.length,
    roles: roles.length,
  };
}

const okta = oktaSource(fakes, what === 'ratios' ? fakes.okta.replayUrl : fakes.okta.url);
const entra = entraSource(fakes, what === 'ratios' ? fakes.graph.replayUrl : fakes.graph.url);
const tokenOf = (asked: readonly Asked[]) =>
  asked
    .find(({ headers }) => headers.authorization !== undefined)
    ?.headers.authorization?.slice('Bearer '.length);
const none = { plain: [], chains: [], whole: [], sdk: [] };
const run: ReadersRun =
  what === 'ratios'
    ? {
        size,
        okta: {
          ...(await ratios('okta', oktaChains(oktaSettings(fakes, fakes.okta.replayUrl)), okta, 6, (url) =>
            oktaBySdk(fakes, url),
          )),
          ...(await turns('okta', oktaSource(fakes))),
        },
        graph: {
          ...(await ratios(
            'graph',
            entraChains(entraSettings(fakes, fakes.graph.replayUrl)),
            entra,
            4,
            (url, asked) => graphBySdk(url, tokenOf(asked) ?? ''),
          )),
          ...(await turns('graph', entraSource(fakes))),
        },
        devin: await readDevin(fakes),
      }
    : {
        size,
        okta: { ...none, ...(await turns('okta', okta)) },
        graph: { ...none, ...(await turns('graph', entra)) },
        devin: null,
      };
fakes.close();
console.log(JSON.stringify(run));
process.exit();
