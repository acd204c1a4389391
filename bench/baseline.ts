/** Ratios of an accepted run. Times differ between machines; what a thing costs beside its baseline hardly does. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { type Judged, ratioOf } from './result.ts';

const FILE = new URL('./baseline.json', import.meta.url);

/** A ratio may grow by this share before it counts as worse. */
const TOLERANCE = 0.25;

export type Ratios = Readonly<Record<string, number>>;

export function acceptedRatios(): Ratios {
  return existsSync(FILE) ? (JSON.parse(readFileSync(FILE, 'utf8')) as Ratios) : {};
}

function ratios(figures: readonly Judged[]): Ratios {
  const known = figures.flatMap((one) => {
    const ratio = ratioOf(one);
    return ratio === null ? [] : [[one.name, ratio] as const];
  });
  return Object.fromEntries(known);
}

/** One line for each ratio that is more than a quarter worse, whichever direction is worse for it. */
export function worsened(figures: readonly Judged[], before: Ratios): string[] {
  const now = ratios(figures);
  return figures.flatMap(({ name, limit }) => {
    const [was, is] = [before[name], now[name]];
    if (was === undefined || is === undefined) return [];
    const worse = limit === 'most' ? is > was * (1 + TOLERANCE) : is * (1 + TOLERANCE) < was;
    return worse ? [`${name}: ratio ${is}, was ${was}`] : [];
  });
}

/** What this run did not measure stays as it was. */
export function acceptBaseline(figures: readonly Judged[]): void {
  const sorted = Object.entries({ ...acceptedRatios(), ...ratios(figures) }).sort(([a], [b]) =>
    a < b ? -1 : 1,
  );
  writeFileSync(FILE, `${JSON.stringify(Object.fromEntries(sorted), null, 2)}\n`);
}
