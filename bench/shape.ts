/** The shape of a company as integers: heavy-tailed groups, each of which gives a role in one organization. */
import { chanceOf, randomFrom } from './random.ts';

export interface Size {
  readonly people: number;
  readonly groups: number;
  readonly edges: number;
}

export const SIZES = {
  '10k': { people: 10_000, groups: 500, edges: 50_000 },
  '20k': { people: 20_000, groups: 1_000, edges: 100_000 },
  '100k': { people: 100_000, groups: 5_000, edges: 500_000 },
  '1m': { people: 1_000_000, groups: 20_000, edges: 5_000_000 },
} as const satisfies Record<string, Size>;

export type SizeName = keyof typeof SIZES;

/** What is different for a person since the last turn; everything else is in step. */
export type Drift = 'none' | 'joined' | 'left-company' | 'new-place' | 'lost-place' | 'promoted';

export interface Shape extends Size {
  readonly orgs: number;
  /** Members of group `g`: `members[offsets[g]..offsets[g + 1]]`, distinct. */
  readonly offsets: Int32Array;
  readonly members: Int32Array;
  /** Share of people who drifted. */
  readonly drift: number;
}

/** The largest group has this share of all people at most. */
const LARGEST_SHARE = 0.3;

/** Groups of rank r are about as large as 1 / (r + 8): a few giants, and a long tail of teams of a handful. */
export function shapeOf(size: Size, drift = 0.01): Shape {
  const { people, groups, edges } = size;
  const random = randomFrom(people);
  const offsets = new Int32Array(groups + 1);
  const weights = Array.from({ length: groups }, (_, rank) => 1 / (rank + 8));
  const unit = edges / weights.reduce((sum, weight) => sum + weight, 0);
  for (let group = 0; group < groups; group++) {
    const wanted = Math.round((weights[group] as number) * unit);
    const count = Math.min(Math.max(2, wanted), Math.floor(people * LARGEST_SHARE));
    offsets[group + 1] = (offsets[group] as number) + count;
  }
  const members = new Int32Array(offsets[groups] as number);
  for (let group = 0; group < groups; group++) fill(members, offsets, group, people, random);
  return { ...size, orgs: Math.max(10, groups / 20), offsets, members, drift };
}

/** A walk with a stride that shares no factor with the number of people meets nobody twice. */
function fill(members: Int32Array, offsets: Int32Array, group: number, people: number, random: () => number) {
  const start = Math.floor(random() * people);
  let stride = 1 + Math.floor(random() * (people - 2));
  while (commonFactor(stride, people) > 1) stride++;
  let person = start;
  for (let at = offsets[group] as number; at < (offsets[group + 1] as number); at++) {
    members[at] = person;
    person = (person + stride) % people;
  }
}

function commonFactor(a: number, b: number): number {
  return b === 0 ? a : commonFactor(b, a % b);
}

const DRIFTS = ['joined', 'left-company', 'new-place', 'lost-place', 'promoted'] as const;

export function driftOf({ drift }: Pick<Shape, 'drift'>, person: number): Drift {
  const chance = chanceOf(person + 1);
  if (chance >= drift) return 'none';
  return DRIFTS[Math.floor((chance / drift) * DRIFTS.length)] as Drift;
}

/** The organization that a group gives a role in, and whether that is the stronger of the two roles. */
export function givenBy({ orgs }: Shape, group: number): { org: number; lead: boolean } {
  return { org: group % orgs, lead: Math.floor(group / orgs) % 10 === 9 };
}

/**
 * Direct roles by person, as `org * 2 + lead`: one an organization, the stronger wins. What the rules give, worked
 * out without the code that is measured.
 */
export function placesOf(shape: Shape): { offsets: Int32Array; places: Int32Array } {
  const { people, groups, offsets, members } = shape;
  const rows = new Int32Array(people + 1);
  for (const person of members) rows[person + 1] = (rows[person + 1] as number) + 1;
  for (let person = 0; person < people; person++)
    rows[person + 1] = (rows[person + 1] as number) + (rows[person] as number);
  const next = rows.slice(0, people);
  const places = new Int32Array(members.length);
  for (let group = 0; group < groups; group++) {
    const { org, lead } = givenBy(shape, group);
    for (let at = offsets[group] as number; at < (offsets[group + 1] as number); at++) {
      const person = members[at] as number;
      places[next[person] as number] = org * 2 + (lead ? 1 : 0);
      next[person] = (next[person] as number) + 1;
    }
  }
  return { offsets: rows, places };
}
