/** Reading: calls against the formulas of the design, and time against plain fetch, JSON.parse and the SDKs. */
import { measure } from './child.ts';
import type { Profile } from './profile.ts';
import type { ReadersRun, SourceRun } from './readers-run.ts';
import { figure, type Judged, median, missing } from './result.ts';
import type { SizeName } from './shape.ts';

export async function readers({ full, note }: Profile): Promise<Judged[]> {
  note('readers, 10k people');
  const run = (size: SizeName, runs: number, what: 'ratios' | 'calls') =>
    measure<ReadersRun>('./readers-child.ts', [size, String(runs), what]);
  const base = await run('10k', full ? 31 : 15, 'ratios');
  const judged = [...callsOf(base), ...ratio('okta', base.okta), ...ratio('entra', base.graph)];
  if (!full) return [...judged, ...incremental('10k', base)];
  note('readers, 100k people');
  const large = await run('100k', 1, 'calls');
  note('readers, 1M people');
  const largest = await run('1m', 1, 'calls');
  return [
    ...judged,
    ...incremental('10k', base),
    ...incremental('100k', large),
    ...incremental('1m', largest),
  ];
}

const pages = (items: number, size: number) => Math.max(1, Math.ceil(items / size));

function callsOf({ size, okta, graph, devin }: ReadersRun): Judged[] {
  const { people, groups } = size;
  const oktaBound = pages(people, 200) + pages(groups, 200) + okta.members200;
  const furtherPages = graph.members999 - groups;
  const entraBound = pages(people, 999) + pages(groups, 999) + pages(groups, 20) + furtherPages + 2;
  const shape = `${people} people, ${groups} groups`;
  return [
    ...(devin === null ? [] : devinCalls(devin)),
    figure('okta.read.calls', okta.full, 'calls', {
      bound: oktaBound,
      note: `${shape}; one more call in the life of a process asks which org it is`,
    }),
    idle('okta.idle.calls', okta, pages(groups, 200) + 1),
    figure('entra.read.calls', graph.full, 'calls', {
      bound: entraBound,
      note: `${shape}; signing in is apart, two calls an hour`,
    }),
    idle('entra.idle.calls', graph, 2),
  ];
}

/** Everybody is a direct user, and nobody is in through a group alone. */
function devinCalls({
  calls,
  seconds,
  users,
  groups,
  orgs,
  roles,
}: NonNullable<ReadersRun['devin']>): Judged[] {
  const bound = pages(users, 200) + 1 + 2 * pages(groups, 200) + pages(orgs, 200) + pages(roles, 200) + 1;
  const note = `${users} users, ${groups} groups, ${orgs} orgs, in ${seconds.toFixed(2)} s`;
  return [figure('devin.read.calls', calls, 'calls', { bound, note })];
}

function idle(name: string, { changed, full }: SourceRun, bound: number): Judged {
  const turn = changed.find(({ people }) => people === 0);
  if (turn === undefined) return missing(name, 'calls', bound, 'this connector always reads everything');
  const against = 'a full reading';
  return figure(name, turn.calls, 'calls', { bound, baseline: full, against, note: `basis ${turn.basis}` });
}

function ratio(name: 'okta' | 'entra', { plain, chains, whole, sdk }: SourceRun): Judged[] {
  const [plainly, own, sealed, bySdk] = [median(plain), median(chains), median(whole), median(sdk)];
  const ms = (seconds: number) => `${Math.round(seconds * 1000)} ms`;
  return [
    figure(`${name}.read.ratio`, own / plainly, '', {
      bound: 1.5,
      baseline: 1,
      against: 'fetch and JSON.parse of the same answers from memory',
      note: `page chains to their ends, checked: ${ms(own)} to ${ms(plainly)}, medians of ${plain.length}`,
    }),
    figure(`${name}.whole.ratio`, sealed / plainly, '', {
      baseline: 1,
      against: 'fetch and JSON.parse of the same answers from memory',
      note: `a whole reading, sealed, with what the next goes on from: ${ms(sealed)} to ${ms(plainly)}`,
    }),
    figure(`${name}.sdk.ratio`, own / bySdk, '', {
      baseline: 1,
      against: "the SDK's own iteration of the same lists",
      note: `${ms(own)} to ${ms(bySdk)}`,
    }),
  ];
}

/** Turns that go on from an earlier reading, with so many memberships changed in at most 20 groups. */
function incremental(name: string, { okta, graph, size }: ReadersRun): Judged[] {
  return [
    ...okta.changed.map(({ people, groups, calls, seconds }) =>
      figure(`okta.update.${name}.${people}.calls`, calls, 'calls', {
        bound: pages(size.groups, 200) + 1 + groups,
        baseline: okta.full,
        against: 'a full reading',
        note: `${groups} groups changed, ${seconds.toFixed(2)} s`,
      }),
    ),
    ...graph.changed.map(({ people, groups, calls, seconds }) =>
      figure(`entra.update.${name}.${people}.calls`, calls, 'calls', {
        baseline: graph.full,
        against: 'a full reading',
        note: `${groups} groups changed, ${seconds.toFixed(2)} s`,
      }),
    ),
  ];
}
