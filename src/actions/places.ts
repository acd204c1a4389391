/** Organizations and groups as the last run about everything left them: from what it stored, nothing is read for it. */
import type { NamedRef } from '../core/model/change.ts';
import type { OrgSettings, PolicyLevel, Settings } from '../core/model/settings.ts';
import type { ChangeCounts, Gift, PlaceCounts, Standing } from '../core/model/standing.ts';
import { isDeclared } from '../core/places.ts';
import { levelFor } from '../core/policy.ts';
import type { StandingStore } from '../state/store.ts';

export interface OrgView {
  /** null: declared, and not created yet. */
  readonly id: string | null;
  readonly name: string;
  /** People with a direct role there. */
  readonly people: number;
  readonly changes: ChangeCounts;
  /** Accesses that this daemon neither gave nor adopted, and leaves alone. */
  readonly foreign: number;
  /** The level of org roles there, as configured now. */
  readonly policy: PolicyLevel;
  /** What configuration declares of it; null: nothing. */
  readonly declared: {
    readonly state: 'active' | 'inactive' | 'blocked';
    readonly roleCeiling: string | null;
    readonly maxSessionAcuLimit: number | null;
    readonly maxCycleAcuLimit: number | null;
    /** null: the repositories are not declared. */
    readonly repositories: number | null;
  } | null;
  /** What rules give there, and through which group. */
  readonly gifts: readonly GiftView[];
}

export interface GiftView extends Omit<Gift, 'group'> {
  readonly group: { readonly id: string; readonly name: string };
}

export interface GroupView {
  /** IdP id. */
  readonly id: string;
  readonly name: string;
  /** People whom it reaches, those of nested groups too. */
  readonly people: number;
  readonly changes: ChangeCounts;
  readonly gifts: readonly GiftView[];
}

export interface PlacesView {
  /** Epoch ms of the run; null: there was none yet. */
  readonly at: number | null;
  /** The plan that changes are counted in; null: none is kept. */
  readonly planId: string | null;
  /** Each by name. */
  readonly orgs: readonly OrgView[];
  readonly groups: readonly GroupView[];
}

const NO_CHANGES: ChangeCounts = { ready: 0, held: 0, waiting: 0, barred: 0 };

/** @throws ConfigError when what is stored is not as it was written. */
export async function placesView(store: StandingStore, settings: Settings): Promise<PlacesView> {
  const stored = await store.get();
  if (stored === null) return { at: null, planId: null, orgs: [], groups: [] };
  const { standing, places = null } = stored;
  const names = new Map(standing.groups.map(({ id, name }) => [id, name]));
  const gifts = standing.gifts.map(({ group, ...gift }) => ({
    ...gift,
    group: { id: group, name: names.get(group) ?? group },
  }));
  return {
    at: places?.at ?? standing.at,
    planId: places?.planId ?? null,
    orgs: orgsOf(standing, places, settings, gifts),
    groups: groupsOf(standing, places, gifts),
  };
}

function orgsOf(
  { orgs, counts }: Standing,
  places: PlaceCounts | null,
  settings: Settings,
  gifts: readonly GiftView[],
): OrgView[] {
  const counted = new Map(places?.orgs.map(({ name, ...numbers }) => [name, numbers]));
  const given = Map.groupBy(gifts, ({ org }) => org?.name ?? '');
  const known = new Set(orgs.map(({ name }) => name));
  const planned = [...counted.keys(), ...given.keys()].filter((name) => name !== '' && !known.has(name));
  const all: NamedRef[] = [...orgs, ...new Set(planned).values().map((name) => ({ id: null, name }))];
  return all.sort(byName).map(({ id, name }) => {
    const { foreign = 0, ...changes } = counted.get(name) ?? NO_CHANGES_IN;
    const line = settings.organizations.find((one) => isDeclared({ id, name }, one));
    return {
      id,
      name,
      people: id === null ? 0 : (counts.peopleByOrg[id] ?? 0),
      changes,
      foreign,
      policy: levelFor(settings, { kind: 'add-to-org', org: { id, name } }),
      declared: line === undefined ? null : declared(line),
      gifts: given.get(name) ?? [],
    };
  });
}

const NO_CHANGES_IN = { ...NO_CHANGES, foreign: 0 };

function declared(line: OrgSettings): OrgView['declared'] {
  const { state = 'active', roleCeiling = null, maxSessionAcuLimit, maxCycleAcuLimit, repositories } = line;
  return {
    state,
    roleCeiling,
    maxSessionAcuLimit,
    maxCycleAcuLimit,
    repositories: repositories?.length ?? null,
  };
}

function groupsOf({ counts }: Standing, places: PlaceCounts | null, gifts: readonly GiftView[]): GroupView[] {
  const counted = new Map(places?.groups.map(({ name, ...changes }) => [name, changes]));
  return [...Map.groupBy(gifts, ({ group }) => group.id)]
    .map(([id, own]) => ({ id, name: (own[0] as GiftView).group.name, gifts: own }))
    .sort(byName)
    .map(({ id, name, gifts: own }) => ({
      id,
      name,
      people: counts.groupPeople[id] ?? 0,
      changes: counted.get(name) ?? NO_CHANGES,
      gifts: own,
    }));
}

function byName(a: { readonly name: string }, b: { readonly name: string }): number {
  return a.name < b.name ? -1 : a.name > b.name ? 1 : 0;
}
