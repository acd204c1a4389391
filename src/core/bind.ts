/**
 * Binds rules to directory groups. A named rule is bound to the group's immutable id at its first match, so a
 * rename keeps it, and a second group of that name (anyone may create one) freezes it instead of widening it.
 */

import type { Notice } from './model/change.ts';
import { ENTERPRISE } from './model/devin.ts';
import type { DirectorySnapshot } from './model/directory.ts';
import type { Memory } from './model/memory.ts';
import type { Rule } from './model/settings.ts';
import { type Atlas, findPlace, findRole, type RankedRole } from './places.ts';

/** One rule at one group: the role it gives and where. */
export interface Binding {
  readonly rule: Rule;
  /** Place of the rule in the configuration; breaks ties of equal priority and rank. */
  readonly order: number;
  readonly group: number;
  /** Org index or ENTERPRISE. */
  readonly place: number;
  readonly role: number;
}

export interface Bindings {
  readonly list: readonly Binding[];
  /** Place → why nothing may be taken or given there in this run. */
  readonly frozen: ReadonlyMap<number, string>;
  /** Places whose rule is bound to a group that the directory no longer has. */
  readonly orphaned: ReadonlyMap<number, string>;
  readonly notices: readonly Notice[];
  readonly problems: readonly string[];
  readonly memory: Memory['bindings'];
}

interface Work {
  readonly list: Binding[];
  readonly frozen: Map<number, string>;
  readonly orphaned: Map<number, string>;
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
  const byName = new Map<string, number[]>();
  for (let group = 0; group < directory.groupCount; group++) {
    const { name } = directory.group(group);
    const same = byName.get(name);
    if (same === undefined) byName.set(name, [group]);
    else same.push(group);
  }
  const work: Work = {
    list: [],
    frozen: new Map(),
    orphaned: new Map(),
    notices: [],
    problems: [],
    memory: {},
  };
  const context: Context = { directory, atlas, known: memory.bindings, byName, work };
  for (const [order, rule] of rules.entries()) bindRule(context, rule, order);
  return work;
}

function bindRule(context: Context, rule: Rule, order: number): void {
  if (rule.match.by === 'pattern') bindPattern(context, rule, order, rule.match.pattern);
  else bindOne(context, rule, order);
}

/** A rule by name or id has one fixed place and role, so both can be checked before any group is looked at. */
function bindOne(context: Context, rule: Rule, order: number): void {
  const target = resolveTarget(context.atlas, rule, {});
  if (typeof target === 'string') {
    context.work.problems.push(target);
    return;
  }
  const group =
    rule.match.by === 'id'
      ? context.directory.groupIndex(rule.match.id)
      : groupOfName(context, rule, target.place);
  if (group === -1) {
    const what =
      rule.match.by === 'id' ? `id ${rule.match.id}` : `name "${(rule.match as { name: string }).name}"`;
    notice(
      context,
      'unused-rule',
      rule.name,
      `rule "${rule.name}": no group of the directory has the ${what}`,
    );
  }
  if (group < 0) return;
  context.work.list.push({ rule, order, group, ...target });
}

/** -1: no such group yet · -2: frozen or orphaned, already noted. */
function groupOfName(context: Context, rule: Rule, place: number): number {
  const { name } = rule.match as { name: string };
  // A binding made under another name belongs to an older version of the rule.
  const bound = Object.entries(context.known[rule.name] ?? {}).find(([, then]) => then === name);
  const matches = context.byName.get(name) ?? [];
  if (bound === undefined) {
    if (matches.length > 1)
      return freeze(context, place, `${matches.length} groups of the directory are named "${name}"`);
    const group = matches[0] ?? -1;
    if (group >= 0) remember(context, rule, group);
    return group;
  }
  const group = context.directory.groupIndex(bound[0]);
  const others = matches.filter((match) => match !== group);
  context.work.memory[rule.name] = { [bound[0]]: bound[1] };
  if (others.length > 0) {
    return freeze(
      context,
      place,
      `another group took the name "${name}" of rule "${rule.name}", which is bound to the id ${bound[0]}`,
    );
  }
  if (group < 0) {
    context.work.orphaned.set(place, `group "${bound[1]}" of rule "${rule.name}" is gone from the directory`);
    return -2;
  }
  const now = context.directory.group(group).name;
  if (now !== name) {
    notice(
      context,
      'group-renamed',
      now,
      `group "${name}" is now "${now}"; rule "${rule.name}" keeps it by its id`,
    );
  }
  return group;
}

function bindPattern(context: Context, rule: Rule, order: number, pattern: string): void {
  const expression = new RegExp(`^(?:${pattern})$`);
  let hits = 0;
  for (const [name, groups] of context.byName) {
    const match = expression.exec(name);
    if (match === null) continue;
    hits++;
    const target = resolveTarget(context.atlas, rule, match.groups ?? {});
    if (typeof target === 'string') {
      notice(context, 'unused-rule', name, target);
    } else if (groups.length > 1) {
      freeze(context, target.place, `${groups.length} groups of the directory are named "${name}"`);
    } else {
      context.work.list.push({ rule, order, group: groups[0] as number, ...target });
    }
  }
  if (hits === 0)
    notice(
      context,
      'unused-rule',
      rule.name,
      `rule "${rule.name}": no group of the directory matches ${pattern}`,
    );
}

/** Place and role of a rule with its captures filled in, or the problem in words. */
function resolveTarget(
  atlas: Atlas,
  rule: Rule,
  captures: Record<string, string>,
): { place: number; role: number } | string {
  const fill = (template: string) =>
    template.replace(/\{(\w+)\}/g, (whole, name: string) => captures[name] ?? whole);
  const place = rule.org === null ? ENTERPRISE : findPlace(atlas.places, fill(rule.org));
  if (typeof place === 'string') return `rule "${rule.name}": ${place}`;
  const role = findRole(atlas.roles, fill(rule.role), rule.org === null ? 'enterprise' : 'org');
  if (typeof role === 'string') return `rule "${rule.name}": ${role}`;
  const { admin, name } = atlas.roles[role] as RankedRole;
  if (admin && !rule.allowAdmin) {
    return `rule "${rule.name}": the role "${name}" counts as admin; say allowAdmin: true to give it, or rank it in roles.rank`;
  }
  return { place, role };
}

function remember(context: Context, rule: Rule, group: number): void {
  const { id, name } = context.directory.group(group);
  context.work.memory[rule.name] = { [id]: name };
}

function freeze(context: Context, place: number, why: string): -2 {
  context.work.frozen.set(place, why);
  notice(context, 'collision', why, `${why}: nothing is given or taken there until that is cleared`);
  return -2;
}

function notice(context: Context, kind: Notice['kind'], subject: string, message: string): void {
  context.work.notices.push({ kind, subject, message });
}
