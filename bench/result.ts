/** One measured figure, how it is judged, and how it is shown. */

export interface Judged {
  readonly name: string;
  /** null: this cannot be measured yet; `note` says why. */
  readonly value: number | null;
  readonly unit: string;
  /** null: there is no bound; the figure is for information. */
  readonly bound: number | null;
  /** `most`: the value must not be above the bound; `least`: not below it. */
  readonly limit: 'most' | 'least';
  /** The same work done plainly, measured in the same run; null where nothing compares. */
  readonly baseline: number | null;
  /** What the baseline is. */
  readonly against: string;
  readonly note: string;
}

export interface Result {
  readonly name: string;
  readonly value: number | null;
  readonly unit: string;
  readonly bound: number | null;
  readonly pass: boolean;
}

type Optional = Partial<Pick<Judged, 'bound' | 'limit' | 'baseline' | 'against' | 'note'>>;

export function figure(name: string, value: number | null, unit: string, rest: Optional = {}): Judged {
  return {
    name,
    value: value === null ? null : rounded(value),
    unit,
    bound: null,
    limit: 'most',
    baseline: null,
    against: '',
    note: '',
    ...rest,
  };
}

/** A figure that the code cannot give yet: it counts as not met. */
export function missing(name: string, unit: string, bound: number | null, why: string): Judged {
  return figure(name, null, unit, { bound, note: `missing: ${why}` });
}

export function passes({ value, bound, limit }: Judged): boolean {
  if (value === null) return false;
  if (bound === null) return true;
  return limit === 'most' ? value <= bound : value >= bound;
}

export function ratioOf({ value, baseline }: Judged): number | null {
  return value === null || baseline === null || baseline === 0 ? null : rounded(value / baseline);
}

export function toResult(judged: Judged): Result {
  const { name, value, unit, bound } = judged;
  return { name, value, unit, bound, pass: passes(judged) };
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] as number;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] as number) + upper) / 2;
}

/** Slope of log(time) over log(size): 1 is growth in proportion. */
export function exponent(points: readonly (readonly [size: number, time: number])[]): number {
  const logs = points.map(([size, time]) => [Math.log(size), Math.log(time)] as const);
  const mean = (at: 0 | 1) => logs.reduce((sum, point) => sum + point[at], 0) / logs.length;
  const [meanX, meanY] = [mean(0), mean(1)];
  const over = logs.reduce((sum, [x, y]) => sum + (x - meanX) * (y - meanY), 0);
  return over / logs.reduce((sum, [x]) => sum + (x - meanX) ** 2, 0);
}

function rounded(value: number): number {
  return Number(value.toPrecision(4));
}

const COLUMNS = ['', 'name', 'value', 'bound', 'ratio', 'against, and how'] as const;

export function table(figures: readonly Judged[]): string {
  const rows = figures.map((one) => [
    passes(one) ? (one.bound === null ? ' ' : '✓') : '✗',
    one.name,
    one.value === null ? '–' : `${one.value} ${one.unit}`,
    one.bound === null ? '' : `${one.limit === 'most' ? '≤' : '≥'} ${one.bound}`,
    ratioOf(one)?.toString() ?? '',
    [one.against, one.note].filter((text) => text !== '').join('; '),
  ]);
  const all = [[...COLUMNS], ...rows];
  const widths = COLUMNS.map((_, at) => Math.max(...all.map((row) => (row[at] as string).length)));
  return all
    .map((row) =>
      row
        .map((cell, at) => cell.padEnd(widths[at] as number))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}
