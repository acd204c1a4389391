/** What a rehearsal needs to know of a tenant: how many people, and the sizes of the groups that rules are about. */
import { readFileSync } from 'node:fs';
import { z } from 'zod';
import type { DirectorySnapshot } from '../../core/model/directory.ts';
import type { Rule, Settings } from '../../core/model/settings.ts';
import { closureOf, peopleIn } from '../../core/want.ts';
import { ConfigError } from '../../lib/errors.ts';

export interface Shape {
  readonly people: number;
  readonly groups: readonly { readonly name: string; readonly members: number }[];
  /** Rules that name no group by id any more. */
  readonly rules: readonly Rule[];
}

const fileSchema = z.strictObject({
  people: z.int().min(1),
  groups: z.array(z.strictObject({ name: z.string().min(1), members: z.int().min(0) })).min(1),
});

/** @throws ConfigError that names the file and what is wrong with it. */
export function readShape(file: string, { rules }: Settings): Shape {
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(file, 'utf8'));
  } catch (cause) {
    throw new ConfigError([`--shape: ${file} cannot be read as JSON (${(cause as Error).message})`], {
      cause,
    });
  }
  const parsed = fileSchema.safeParse(value);
  if (!parsed.success)
    throw new ConfigError(
      parsed.error.issues.map(({ path, message }) => `--shape: ${file}: ${path.join('.')}: ${message}`),
    );
  const about = rules.filter(({ match }) => match.by !== 'id');
  const groups = parsed.data.groups.filter(({ name }) => about.some(({ match }) => isAbout(match, name)));
  return needGroups({ people: parsed.data.people, groups, rules: about });
}

/** Without a stored reading: a company of this size, with a quarter of it in each group that a rule names. */
const UNKNOWN_PEOPLE = 200;

export function shapeOf(snapshot: DirectorySnapshot | null, { rules }: Settings): Shape {
  return needGroups(snapshot === null ? fromRules(rules) : fromSnapshot(snapshot, rules));
}

function needGroups(shape: Shape): Shape {
  if (shape.groups.length > 0) return shape;
  throw new ConfigError([
    'gameday: no rule is about a group that is known; make a plan first, so that there is a reading',
  ]);
}

function fromRules(rules: readonly Rule[]): Shape {
  const names = rules.flatMap(({ match }) => (match.by === 'name' ? [match.name] : []));
  const groups = [...new Set(names)].map((name) => ({ name, members: UNKNOWN_PEOPLE / 4 }));
  return { people: UNKNOWN_PEOPLE, groups, rules: rules.filter(({ match }) => match.by !== 'id') };
}

function fromSnapshot(snapshot: DirectorySnapshot, rules: readonly Rule[]): Shape {
  const named = rules.map((rule): Rule => {
    const group = rule.match.by === 'id' ? snapshot.groupIndex(rule.match.id) : -1;
    return group < 0 ? rule : { ...rule, match: { by: 'name', name: snapshot.group(group).name } };
  });
  const matches = (name: string) => named.some(({ match }) => isAbout(match, name));
  const sizes = new Map<string, number>();
  for (let group = 0; group < snapshot.groupCount; group++) {
    const { name } = snapshot.group(group);
    if (sizes.has(name) || !matches(name)) continue;
    sizes.set(name, peopleIn(snapshot, closureOf(snapshot, group)).length);
  }
  const groups = [...sizes].flatMap(([name, members]) => (members === 0 ? [] : [{ name, members }]));
  return { people: snapshot.listedCount, groups, rules: named.filter(({ match }) => match.by !== 'id') };
}

function isAbout(match: Rule['match'], name: string): boolean {
  if (match.by === 'pattern') return new RegExp(`^(?:${match.pattern})$`).test(name);
  return match.by === 'name' && match.name === name;
}

/** The same company, not larger than `most`; shares stay what they are. */
export function scaled(shape: Shape, most: number): Shape {
  if (shape.people <= most) return shape;
  const factor = most / shape.people;
  const groups = shape.groups.map(({ name, members }) => ({
    name,
    members: Math.max(1, Math.round(members * factor)),
  }));
  return { ...shape, people: most, groups };
}

/** Organizations and roles that the rules need, with templates filled in from the names of groups. */
export function needsOf({ groups, rules }: Shape): {
  orgs: string[];
  roles: { name: string; scope: 'org' | 'enterprise' }[];
} {
  const orgs = new Set<string>();
  const roles = new Map<string, { name: string; scope: 'org' | 'enterprise' }>();
  for (const { match, org, role } of rules) {
    for (const captures of capturesOf(
      match,
      groups.map(({ name }) => name),
    )) {
      const fill = (text: string) =>
        text.replace(/\{(\w+)\}/g, (whole, name: string) => captures[name] ?? whole);
      if (org !== null) orgs.add(fill(org));
      const scope = org === null ? 'enterprise' : 'org';
      roles.set(`${scope} ${fill(role).toLowerCase()}`, { name: fill(role), scope });
    }
  }
  return { orgs: [...orgs], roles: [...roles.values()] };
}

function capturesOf(match: Rule['match'], names: readonly string[]): Record<string, string>[] {
  if (match.by !== 'pattern') return [{}];
  const expression = new RegExp(`^(?:${match.pattern})$`);
  return names.flatMap((name) => {
    const found = expression.exec(name);
    return found === null ? [] : [{ ...found.groups }];
  });
}
