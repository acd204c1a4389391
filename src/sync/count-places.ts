/** What a plan about everything says of each organization and of each group, counted once for the pages that show it. */
import { setImmediate as breathe } from 'node:timers/promises';
import type { Plan } from '../core/model/change.ts';
import type { ChangeCounts, PlaceCounts, Standing } from '../core/model/standing.ts';
import { groupsOf } from '../report/group-of.ts';
import { placeOf } from '../report/shelves.ts';

/** Changes or notices between two chances to breathe. */
const STRIDE = 2048;

type Counts = { -readonly [key in keyof ChangeCounts]: number };

export async function countPlaces(
  plan: Pick<Plan, 'id' | 'createdAt' | 'changes' | 'notices'>,
  { gifts, groups: known, orgs }: Pick<Standing, 'gifts' | 'groups' | 'orgs'>,
): Promise<PlaceCounts> {
  const inOrg = new Map<string, Counts>();
  const ofGroup = new Map<string, Counts>();
  const giving = new Set(gifts.map(({ group }) => group));
  const names = new Set(known.filter(({ id }) => giving.has(id)).map(({ name }) => name));
  for (const [index, change] of plan.changes.entries()) {
    const { state } = change.verdict;
    const place = placeOf(change);
    if (place !== '') countsIn(inOrg, place)[state]++;
    for (const name of groupsOf(change)) if (names.has(name)) countsIn(ofGroup, name)[state]++;
    if (index % STRIDE === STRIDE - 1) await breathe();
  }
  const foreign = await foreignIn(plan, orgs);
  for (const name of foreign.keys()) countsIn(inOrg, name);
  return {
    at: plan.createdAt,
    planId: plan.id,
    orgs: [...inOrg].map(([name, counts]) => ({ name, ...counts, foreign: foreign.get(name) ?? 0 })),
    groups: [...ofGroup].map(([name, counts]) => ({ name, ...counts })),
  };
}

function countsIn(all: Map<string, Counts>, name: string): Counts {
  const counts = all.get(name) ?? { ready: 0, held: 0, waiting: 0, barred: 0 };
  all.set(name, counts);
  return counts;
}

async function foreignIn(
  { notices }: Pick<Plan, 'notices'>,
  orgs: Standing['orgs'],
): Promise<Map<string, number>> {
  const names = new Map(orgs.map(({ id, name }) => [id, name]));
  const found = new Map<string, number>();
  for (const [index, { kind, edge }] of notices.entries()) {
    const name = kind === 'foreign' && edge?.org != null ? names.get(edge.org) : undefined;
    if (name !== undefined) found.set(name, (found.get(name) ?? 0) + 1);
    if (index % STRIDE === STRIDE - 1) await breathe();
  }
  return found;
}
