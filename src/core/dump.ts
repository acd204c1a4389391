/**
 * The state of an enterprise as configuration: rules for what groups of the directory explain, grants for the rest, so
 * that the first plan has nothing to do. A group explains a role where each of its people who could be given it holds
 * exactly that role: then the rule neither gives nor takes anything.
 */
import { type DecideInput, setScene } from './decide.ts';
import { type Census, censusOf, type Holding } from './dump-census.ts';
import { dumpNames, type Names } from './dump-names.ts';
import { ENTERPRISE } from './model/devin.ts';
import type { Grant } from './model/grants.ts';
import { EMPTY_MEMORY } from './model/memory.ts';
import type { Rule, Settings } from './model/settings.ts';
import type { RankedRole } from './places.ts';
import type { Scene } from './scene.ts';
import { closureOf, peopleIn } from './want.ts';

export interface Dump {
  readonly rules: readonly Rule[];
  readonly grants: readonly Grant[];
  /** Users of Devin who are in neither, by why. */
  readonly left: Census['left'];
}

/** A group that explains a role in a place, with the people who hold it there. */
interface Explains {
  readonly group: number;
  readonly place: number;
  readonly role: number;
  readonly people: readonly number[];
}

/** Fewer people than this prove no connection between a group and a role. */
const LEAST = 2;

/** @param owner who answers for the grants. */
export function dump(input: DecideInput, owner: string): Dump {
  const blank = { ...input.settings, rules: [], grants: [], denies: [] };
  const { scene } = setScene({ ...input, settings: blank, memory: EMPTY_MEMORY });
  const census = censusOf(scene);
  const names = dumpNames(scene);
  const chosen = cover(explanations(scene, census));
  const explained = new Set(chosen.flatMap(({ place, people }) => people.map((person) => at(person, place))));
  return {
    rules: [
      ...groupRules(scene, names),
      ...chosen.map(({ group, place, role }) => ruleOf(scene, names, { group, place, role, via: 'direct' })),
    ],
    grants: grantsOf(scene, names, census, explained, owner),
    left: census.left,
  };
}

/** What was dumped as settings that write nothing. */
export function dumpedSettings(
  settings: Settings,
  { rules, grants }: Pick<Dump, 'rules' | 'grants'>,
): Settings {
  const observe = {
    users: 'observe',
    groups: 'observe',
    memberships: 'observe',
    organizations: 'observe',
  } as const;
  return { ...settings, rules, grants, denies: [], policy: observe, orgPolicy: {}, foreign: 'report' };
}

function at(person: number, place: number): string {
  return `${person} ${place}`;
}

function explanations(scene: Scene, { holdings, empty }: Census): Explains[] {
  const found: Explains[] = [];
  for (let group = 0; group < scene.directory.groupCount; group++) {
    const { hidden, unread } = scene.directory.group(group);
    if (hidden === true || unread === true) continue;
    const people = peopleIn(scene.directory, closureOf(scene.directory, group));
    const counted: number[] = [];
    let clear = true;
    for (const person of people) {
      if (holdings.has(person)) counted.push(person);
      else if (empty.has(person)) clear = false;
    }
    if (!clear || counted.length < LEAST) continue;
    for (const [place, role] of holdings.get(counted[0] as number) as Holding) {
      if (counted.every((person) => holdings.get(person)?.get(place) === role))
        found.push({ group, place, role, people: counted });
    }
  }
  return found;
}

/** The largest first; one that explains nobody new is left out. */
function cover(found: readonly Explains[]): Explains[] {
  const done = new Set<string>();
  const sorted = [...found].sort(
    (a, b) => b.people.length - a.people.length || a.group - b.group || a.place - b.place,
  );
  const chosen = sorted.filter(({ place, people }) => {
    const fresh = people.some((person) => !done.has(at(person, place)));
    for (const person of people) done.add(at(person, place));
    return fresh;
  });
  return chosen.sort((a, b) => a.place - b.place || a.group - b.group);
}

interface Line {
  readonly group: number;
  readonly place: number;
  readonly role: number;
  readonly via: Rule['via'];
}

function ruleOf({ atlas }: Scene, names: Names, { group, place, role, via }: Line): Rule {
  const match = names.group(group);
  const org = place === ENTERPRISE ? null : names.place(place);
  const label = match.by === 'name' ? match.name : match.id;
  const name = `${label} → ${org ?? 'enterprise'}`;
  return {
    name: via === 'group' ? `${name}, through the group` : name,
    match,
    via,
    org,
    role: names.role(role),
    priority: 0,
    allowAdmin: (atlas.roles[role] as RankedRole).admin,
  };
}

/** Registered groups with roles, where exactly one group of the directory has the name. */
function groupRules(scene: Scene, names: Names): Rule[] {
  const rules: Rule[] = [];
  for (let group = 0; group < scene.directory.groupCount; group++) {
    const { name } = scene.directory.group(group);
    const known = scene.devin.groupIndex(name);
    if (!scene.devin.isRegistered(known) || names.group(group).by !== 'name') continue;
    const roles = scene.devin.groupRoles(known);
    if (!roles.some(({ org }) => org === ENTERPRISE)) continue;
    rules.push(
      ...roles.map(({ org, role }) => ruleOf(scene, names, { group, place: org, role, via: 'group' })),
    );
  }
  return rules;
}

/** The default enterprise role of people with an org role needs no line of its own. */
function grantsOf(
  { atlas, join }: Scene,
  names: Names,
  { holdings }: Census,
  explained: ReadonlySet<string>,
  owner: string,
): Grant[] {
  const grants: Grant[] = [];
  const byAddress = [...holdings].map(([person, holding]) => ({
    email: join.emails[person] as string,
    person,
    holding,
  }));
  // Nobody in here shares an address.
  byAddress.sort((a, b) => (a.email < b.email ? -1 : 1));
  for (const { email, person, holding } of byAddress) {
    for (const [place, role] of holding) {
      if (explained.has(at(person, place))) continue;
      if (place === ENTERPRISE && holding.size > 1 && role === atlas.defaultRole) continue;
      grants.push({
        email,
        org: place === ENTERPRISE ? null : names.place(place),
        role: names.role(role),
        reason: 'held before this configuration',
        owner,
        ticket: null,
        until: null,
        allowAdmin: (atlas.roles[role] as RankedRole).admin,
        notInDirectory: false,
        breakGlass: false,
      });
    }
  }
  return grants;
}
