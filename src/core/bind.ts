/**
 * Binds rules to directory groups. A named rule is bound to the group's immutable id at its first match, so a
 * rename keeps it, and a second group of that name (anyone may create one) freezes it instead of widening it.
 */

import type { Notice } from './model/change.ts';
import type { DirectorySnapshot } from './model/directory.ts';
import type { Memory } from './model/memory.ts';
import type { GroupMatch, Rule } from './model/settings.ts';
import type { Atlas } from './places.ts';
import { resolver, type Target } from './rule-target.ts';

/** One rule at one group: the role it gives and where. */
export interface Binding {
  readonly rule: Rule;
  /** Place of the rule in the configuration; breaks ties of equal priority and rank. */
  readonly order: number;
  readonly group: number;
  /** Org index or ENTERPRISE. */
  readonly place: number;
  readonly role: number;
  /** The name under which a pattern gave something else, or the same, before the group was renamed. */
  readonly renamedFrom?: string;
}

/** A group that a pattern matched under another name: what that name gave, it gives no more. */
export interface Moved {
  readonly rule: string;
  readonly group: number;
  readonly from: string;
  readonly to: string;
  /** Whether the pattern matches the new name as well. */
  readonly matches: boolean;
  /** Where the old name gave a role; null: nowhere that exists. */
  readonly place: number | null;
}

export interface Bindings {
  readonly list: readonly Binding[];
  /** Place → why nothing may be taken there in this run; the frozen rule itself gives nothing either. */
  readonly frozen: ReadonlyMap<number, string>;
  /** Order of a frozen rule → why. A pattern rule is listed although its other groups still give. */
  readonly frozenRules: ReadonlyMap<number, string>;
  /** Names of the groups that a frozen rule is about: what Devin holds for them stays. */
  readonly frozenGroups: ReadonlySet<string>;
  /** Places whose rule is bound to a group that the directory no longer has. */
  readonly orphaned: ReadonlyMap<number, string>;
  readonly moved: readonly Moved[];
  readonly notices: readonly Notice[];
  readonly problems: readonly string[];
  readonly memory: Memory['bindings'];
}

interface Work {
  readonly list: Binding[];
  readonly frozen: Map<number, string>;
  readonly frozenRules: Map<number, string>;
  readonly frozenGroups: Set<string>;
  readonly orphaned: Map<number, string>;
  readonly moved: Moved[];
  readonly notices: Notice[];
  readonly problems: string[];
  readonly memory: Record<string, Record<string, string>>;
}

interface Context {
  readonly directory: DirectorySnapshot;
  readonly atlas: Atlas;
  readonly known: Memory['bindings'];
  readonly byName: ReadonlyMap<string, readonly number[]>;
  readonly work: Work;
}

export function bindRules(
  rules: readonly Rule[],
  directory: DirectorySnapshot,
  atlas: Atlas,
  memory: Memory,
): Bindings {
  const work: Work = {
    list: [],
    frozen: new Map(),
    frozenRules: new Map(),
    frozenGroups: new Set(),
    orphaned: new Map(),
    moved: [],
    notices: [],
    problems: [],
    memory: {},
  };
  const context: Context = {
    directory,
    atlas,
    known: memory.bindings,
    byName: groupsByName(directory),
    work,
  };
  for (const [order, rule] of rules.entries()) {
    if (rule.match.by === 'pattern') bindPattern(context, { rule, order }, rule.match.pattern);
    else bindOne(context, { rule, order }, rule.match);
  }
  return work;
}

/** In the order of names, so that the order of pages decides nothing. */
function groupsByName(directory: DirectorySnapshot): Map<string, number[]> {
  const byName = new Map<string, number[]>();
  const names = Array.from({ length: directory.groupCount }, (_, group) => directory.group(group).name);
  for (const name of [...names].sort()) byName.set(name, []);
  for (const [group, name] of names.entries()) byName.get(name)?.push(group);
  return byName;
}

/** One line of the configuration, with its place in it. */
interface Line {
  readonly rule: Rule;
  readonly order: number;
}

/** A rule by name or id has one fixed place and role, so both can be checked before any group is looked at. */
function bindOne(context: Context, line: Line, match: Exclude<GroupMatch, { by: 'pattern' }>): void {
  const { rule } = line;
  keepMemory(context, rule);
  const target = resolver(context.atlas, rule)({});
  if (typeof target === 'string') {
    context.work.problems.push(target);
    return;
  }
  const group =
    match.by === 'id'
      ? groupOfId(context, line, target, match.id)
      : groupOfName(context, line, target, match.name);
  if (group >= 0) bind(context, line, target, group);
}

/** In Devin a group is its name: where two groups carry one, a rule that goes through the name reaches both. */
function bind(
  context: Context,
  line: Line & Pick<Binding, 'renamedFrom'>,
  target: Target,
  group: number,
): void {
  const { name } = context.directory.group(group);
  const same = (context.byName.get(name) as readonly number[]).length;
  if (line.rule.via !== 'direct' && same > 1) {
    freeze(context, line, target, name, `${same} groups of the directory are named "${name}"`);
  } else {
    context.work.list.push({ ...line, group, ...target });
  }
}

/** -1: there is none. */
function groupOfId(context: Context, line: Line, target: Target, id: string): number {
  const group = context.directory.groupIndex(id);
  if (group < 0) {
    const why = `no group of the directory has the id ${id}`;
    context.work.orphaned.set(target.place, `the group of rule "${line.rule.name}" is gone: ${why}`);
    unused(context, line.rule.name, `rule "${line.rule.name}": ${why}`);
  }
  return group;
}

/** -1: no such group yet, or the rule is frozen or orphaned. */
function groupOfName(context: Context, line: Line, target: Target, name: string): number {
  const { rule } = line;
  // A binding made under another name belongs to an older version of the rule.
  const bound = Object.entries(context.known[rule.name] ?? {}).find(([, then]) => then === name)?.[0];
  const matches = context.byName.get(name) ?? [];
  if (bound === undefined) {
    if (matches.length > 1) {
      freeze(context, line, target, name, `${matches.length} groups of the directory are named "${name}"`);
      return -1;
    }
    const group = matches[0];
    if (group === undefined) {
      unused(context, rule.name, `rule "${rule.name}": no group of the directory has the name "${name}"`);
      return -1;
    }
    context.work.memory[rule.name] = { [context.directory.group(group).id]: name };
    return group;
  }
  const group = context.directory.groupIndex(bound);
  if (matches.some((match) => match !== group)) {
    const why = `another group took the name "${name}" of rule "${rule.name}", which is bound to the id ${bound}`;
    freeze(context, line, target, name, why);
    return -1;
  }
  if (group < 0) {
    context.work.orphaned.set(
      target.place,
      `group "${name}" of rule "${rule.name}" is gone from the directory`,
    );
    return -1;
  }
  const now = context.directory.group(group).name;
  if (now !== name) {
    const message = `group "${name}" is now "${now}"; rule "${rule.name}" keeps it by its id`;
    context.work.notices.push({ kind: 'group-renamed', subject: now, message });
  }
  return group;
}

function bindPattern(context: Context, line: Line, pattern: string): void {
  const { rule } = line;
  const expression = new RegExp(`^(?:${pattern})$`);
  const resolve = resolver(context.atlas, rule);
  const known = renamed(context, rule, expression, resolve);
  let hits = 0;
  for (const [name, groups] of context.byName) {
    const match = expression.exec(name);
    if (match === null) continue;
    hits++;
    const target = resolve(match.groups ?? {});
    if (typeof target === 'string') unused(context, name, target);
    else if (groups.length === 1) bindMatch(context, line, { ...target, known, name }, groups[0] as number);
    else freeze(context, line, target, name, `${groups.length} groups of the directory are named "${name}"`);
  }
  if (Object.keys(known).length > 0) context.work.memory[rule.name] = known;
  if (hits === 0)
    unused(context, rule.name, `rule "${rule.name}": no group of the directory matches ${pattern}`);
}

interface Match extends Target {
  readonly name: string;
  /** Group id → the name under which the rule gives something without being asked; a first match is added. */
  readonly known: Record<string, string>;
}

function bindMatch(context: Context, line: Line, { known, name, place, role }: Match, group: number): void {
  const { id } = context.directory.group(group);
  const from = known[id];
  known[id] = from ?? name;
  const under = from === undefined || from === name ? line : { ...line, renamedFrom: from };
  bind(context, under, { place, role }, group);
}

/** The groups that a pattern matched before, without those that are gone or that an older version of it matched. */
function renamed(
  { directory, known, work }: Context,
  rule: Rule,
  expression: RegExp,
  resolve: (captures: Record<string, string>) => Target | string,
): Record<string, string> {
  const kept: Record<string, string> = {};
  for (const [id, from] of Object.entries(known[rule.name] ?? {})) {
    const group = directory.groupIndex(id);
    const match = expression.exec(from);
    if (group < 0 || match === null) continue;
    kept[id] = from;
    const { name: to } = directory.group(group);
    if (to === from) continue;
    const then = resolve(match.groups ?? {});
    const place = typeof then === 'string' ? null : then.place;
    work.moved.push({ rule: rule.name, group, from, to, matches: expression.test(to), place });
    const message = `group "${from}" is now "${to}": what rule "${rule.name}" makes of the new name waits for approval`;
    work.notices.push({ kind: 'group-renamed', subject: to, message });
  }
  return kept;
}

/** A binding outlives runs in which the rule cannot be resolved: forgetting it would let a namesake take its place. */
function keepMemory({ known, work }: Context, { name }: Rule): void {
  const bound = known[name];
  if (bound !== undefined) work.memory[name] = bound;
}

function freeze(context: Context, { order }: Line, { place }: Target, group: string, why: string): void {
  const { frozen, frozenRules, frozenGroups, notices } = context.work;
  frozen.set(place, why);
  frozenRules.set(order, why);
  frozenGroups.add(group);
  const message = `${why}: the rule gives nothing and nothing is taken in its place until that is cleared`;
  notices.push({ kind: 'collision', subject: group, message });
}

function unused(context: Context, subject: string, message: string): void {
  context.work.notices.push({ kind: 'unused-rule', subject, message });
}
