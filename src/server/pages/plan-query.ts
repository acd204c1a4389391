/** Filters of the plan page as they stand in its address: readable, and the same in every link and form. */
import { z } from 'zod';
import type { Cause, Effect, Verdict } from '../../core/model/change.ts';
import { CAUSES, EFFECTS, VERDICTS } from '../../report/words.ts';
import type { ChangeFilter } from '../plan-changes.ts';

/** A form sends what was left open as empty text. */
function choice<T extends string>(names: Readonly<Record<T, unknown>>) {
  return z
    .enum(['', ...(Object.keys(names) as T[])])
    .optional()
    .transform((name) => (name === '' ? undefined : (name as T | undefined)));
}

const PLACE = 'org:';
export const ENTERPRISE = 'enterprise';

export const PlanQuery = z.object({
  state: choice<Verdict['state']>(VERDICTS),
  effect: choice<Effect>(EFFECTS),
  cause: choice<Cause>(CAUSES),
  place: z.string().max(520).default(''),
  group: z.string().max(512).default(''),
  search: z.string().trim().max(320).default(''),
  page: z
    .string()
    .regex(/^[1-9]\d{0,6}$/, 'a page number is expected')
    .default('1'),
});

export type PlanQueryValues = z.output<typeof PlanQuery>;

export function filterOf({ state, effect, cause, place, group, search }: PlanQueryValues): ChangeFilter {
  return {
    state,
    effect,
    cause,
    place: placeIn(place),
    group: group === '' ? undefined : group,
    search: search === '' ? undefined : search,
  };
}

/** `''`: everywhere. */
export function placeValue(place: string): string {
  return place === '' ? ENTERPRISE : `${PLACE}${place}`;
}

function placeIn(value: string): string | undefined {
  if (value === ENTERPRISE) return '';
  return value.startsWith(PLACE) ? value.slice(PLACE.length) : undefined;
}

/** The filter as an address has it, without what is not chosen and without the page. */
export function queryOf({ state, effect, cause, place, group, search }: PlanQueryValues): URLSearchParams {
  const given = Object.entries({ state, effect, cause, place, group, search }).filter(([, value]) => value);
  return new URLSearchParams(given as [string, string][]);
}
