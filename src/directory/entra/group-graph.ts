/**
 * Direct memberships with nesting. Patterns choose the groups that rules may see; a group that was not chosen but
 * is nested in a chosen one is read as well, and its people count as direct members of the chosen one: leaving
 * them out would make the company smaller than it is.
 */
import type pLimit from 'p-limit';
import type { Tally } from '../pages.ts';
import { oddAnswer, type Place } from '../read-error.ts';
import type { EntraClient } from './client.ts';
import { findByIds, readMembers } from './lists.ts';
import { GROUP_FIELDS, type GraphGroup, type GraphMember, graphGroup } from './schema.ts';

/** Where the memberships of chosen groups go. */
export interface GroupSink {
  group(group: GraphGroup): void;
  member(group: string, person: string): void;
  child(parent: string, child: string): void;
  close(group: string): void;
}

export interface GroupGraphOptions {
  readonly client: EntraClient;
  readonly limit: ReturnType<typeof pLimit>;
  readonly groups: Tally;
  readonly members: Tally;
  readonly selected: (name: string) => boolean;
  /** False: chosen groups nested in others are named, not read. */
  readonly followChosen: boolean;
  readonly sink: GroupSink;
  readonly onProgress: (done: number, total: number) => void;
}

interface Nested {
  readonly people: string[];
  readonly groups: string[];
}

export class GroupGraph {
  readonly #options: GroupGraphOptions;
  /** Every group whose name is known; null: Graph says that it does not exist. */
  readonly #known = new Map<string, GraphGroup | null>();
  readonly #chosen = new Set<string>();
  /** Direct members of groups that were read but not chosen. */
  readonly #nested = new Map<string, Nested>();
  /** Chosen groups that were given to the sink. */
  readonly #given = new Set<string>();
  readonly #edges: (readonly [parent: string, child: string])[] = [];
  #done = 0;

  constructor(options: GroupGraphOptions) {
    this.#options = options;
  }

  /** Makes a group known, and chosen when its name is selected. */
  add(group: GraphGroup): void {
    this.#known.set(group.id, group);
    if (this.#options.selected(group.displayName)) this.#chosen.add(group.id);
  }

  /** Chooses groups whatever their names are; those that do not exist are left out. */
  choose(ids: readonly string[]): void {
    for (const id of ids) if (this.#known.get(id)) this.#chosen.add(id);
  }

  /** Null: Graph says that there is no such group; undefined: it was not asked. */
  known(id: string): GraphGroup | null | undefined {
    return this.#known.get(id);
  }

  /** Fetches groups by id; those that do not exist are left out. */
  async find(ids: readonly string[], signal: AbortSignal): Promise<void> {
    const { client, groups, limit } = this.#options;
    const found = await findByIds(client, ids, {
      what: 'Entra group',
      path: '/groups',
      fields: GROUP_FIELDS,
      schema: graphGroup,
      tally: groups,
      limit,
      signal,
    });
    for (const [id, group] of found) {
      if (group === null) this.#known.set(id, null);
      else this.add(group);
    }
  }

  /** Reads the chosen groups and what is nested in them, wave by wave; each group once, so that cycles end. */
  async read(signal: AbortSignal): Promise<void> {
    let wave = [...this.#chosen];
    const seen = new Set(wave);
    while (wave.length > 0) {
      const children = await this.#readWave(wave, signal);
      const next = [...children].filter((id) => !seen.has(id));
      await this.find(
        next.filter((id) => !this.#known.has(id)),
        signal,
      );
      wave = next.filter((id) => this.#options.followChosen || !this.#chosen.has(id));
      for (const id of next) seen.add(id);
    }
    this.#settleEdges();
  }

  async #readWave(ids: readonly string[], signal: AbortSignal): Promise<Set<string>> {
    const children = new Set<string>();
    const groups = ids
      .map((id) => this.#known.get(id))
      .filter((group) => group !== undefined && group !== null);
    const { client, limit, members, sink } = this.#options;
    const total = this.#done + groups.length;
    await readMembers(client, groups, {
      tally: members,
      limit,
      signal,
      onGroup: (group) => {
        if (this.#chosen.has(group.id)) {
          this.#given.add(group.id);
          sink.group(group);
        } else this.#nested.set(group.id, { people: [], groups: [] });
      },
      onMembers: (group, found, place) => {
        for (const member of found) this.#take(group.id, member, children, place);
      },
      onEnd: (group) => {
        if (this.#chosen.has(group.id)) sink.close(group.id);
        this.#options.onProgress(++this.#done, total);
      },
    });
    return children;
  }

  #take(group: string, member: GraphMember, children: Set<string>, place: Place): void {
    const nested = this.#nested.get(group);
    switch (member['@odata.type']) {
      case '#microsoft.graph.user':
        if (nested === undefined) this.#options.sink.member(group, member.id);
        else nested.people.push(member.id);
        break;
      case '#microsoft.graph.group':
        children.add(member.id);
        if (nested === undefined) this.#edges.push([group, member.id]);
        else nested.groups.push(member.id);
        break;
      case '#microsoft.graph.device':
      case '#microsoft.graph.orgContact':
      case '#microsoft.graph.servicePrincipal':
      case '#microsoft.graph.application':
        break;
      default:
        throw oddAnswer(place, `member ${member.id} is of the unknown type ${member['@odata.type']}`);
    }
  }

  /** After the last wave, because a child may turn out to be chosen, nested or gone only later. */
  #settleEdges(): void {
    for (const [parent, child] of this.#edges) this.#settle(parent, child, new Set());
  }

  /** A chosen group that was deleted before its members were read is nobody's child. */
  #isChild(id: string): boolean {
    return this.#options.followChosen ? this.#given.has(id) : this.#chosen.has(id);
  }

  #settle(parent: string, child: string, seen: Set<string>): void {
    const open = [child];
    for (let id = open.pop(); id !== undefined; id = open.pop()) {
      if (seen.has(id)) continue;
      seen.add(id);
      const nested = this.#nested.get(id);
      if (nested !== undefined) {
        for (const person of nested.people) this.#options.sink.member(parent, person);
        open.push(...nested.groups);
      } else if (this.#isChild(id) && id !== parent) this.#options.sink.child(parent, id);
    }
  }
}
