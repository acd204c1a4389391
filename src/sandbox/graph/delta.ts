/** Changes since a token: what Graph calls delta queries, with its habits of leaving out, repeating and slicing. */
import { type Answer, type Exchange, jsonAnswer, Refusal } from '../http/exchange.ts';
import { graphAnswer, graphRefusal } from './errors.ts';
import {
  type GraphDirectory,
  type GraphObject,
  graphGroup,
  graphUser,
  type Kind,
  membersOf,
  selectOf,
} from './objects.ts';

export interface DeltaOptions {
  /** Objects on a page; 200 when absent. */
  readonly pageSize?: number;
  /** Most members told with a group at once; the group comes again with the rest. 100 when absent. */
  readonly slice?: number;
  /** Tells each change a second time in the next round, in another order. */
  readonly replays?: boolean;
  /** Also tells the memberships that a deleted user loses and a restored one gets back; Graph often does not. */
  readonly tellsEdges?: boolean;
}

type Members = ReadonlyMap<string, Kind>;
type State = ReadonlyMap<string, { readonly object: GraphObject; readonly members: Members }>;
type Item = Readonly<Record<string, unknown>>;

interface Token {
  readonly kind: Kind;
  readonly select: readonly string[] | null;
  readonly state: State;
  /** What the round that ended here told. */
  readonly told: readonly Item[];
}

interface Round {
  readonly kind: Kind;
  readonly pages: readonly (readonly Item[])[];
  readonly end: Token;
}

/** Links older than this many are forgotten. */
const KEPT = 50;
const NOTHING: State = new Map();

export class GraphDelta {
  readonly #directory: GraphDirectory;
  readonly #options: DeltaOptions;
  readonly #soft: ReadonlyMap<string, unknown>;
  readonly #restored: ReadonlySet<string>;
  readonly #tokens = new Map<string, Token>();
  readonly #rounds = new Map<string, Round>();
  #made = 0;

  /** @param soft users that can be restored. @param restored users that were. */
  constructor(
    directory: GraphDirectory,
    options: DeltaOptions,
    bin: { readonly soft: ReadonlyMap<string, unknown>; readonly restored: ReadonlySet<string> },
  ) {
    this.#directory = directory;
    this.#options = options;
    this.#soft = bin.soft;
    this.#restored = bin.restored;
  }

  /** Every link given so far is unknown from now on. */
  expire(): void {
    this.#tokens.clear();
    this.#rounds.clear();
  }

  /** @throws Refusal 400 for an option that delta queries do not take, 410 for a link that is not known. */
  answer(kind: Kind, exchange: Exchange): Answer {
    const { query } = exchange;
    const allowed = ['$select', '$deltatoken', '$skiptoken', '$top'];
    for (const name of query.keys())
      if (!allowed.includes(name))
        throw graphRefusal(400, 'BadRequest', `The query option '${name}' is not supported for delta.`);
    const skip = query.get('$skiptoken');
    if (skip !== null) return this.#page(kind, skip);
    const token = query.get('$deltatoken');
    if (token === 'latest') return this.#latest(kind, query);
    const from = token === null ? this.#begin(kind, query) : this.#tokens.get(token);
    if (from === undefined || from.kind !== kind) throw this.#forgotten(kind);
    return this.#page(kind, `${this.#startRound(from)}.0`);
  }

  #begin(kind: Kind, query: URLSearchParams): Token {
    return { kind, select: this.#select(kind, query), state: NOTHING, told: [] };
  }

  #select(kind: Kind, query: URLSearchParams): readonly string[] | null {
    const text = query.get('$select');
    if (text === null || kind === 'user') return selectOf(query, this.#directory, [kind]);
    const names = text.split(',').filter((name) => name !== 'members');
    return selectOf(new URLSearchParams({ $select: names.join(',') }), this.#directory, [kind]);
  }

  #latest(kind: Kind, query: URLSearchParams): Answer {
    const end = { ...this.#begin(kind, query), state: this.#state(kind) };
    return jsonAnswer(200, { '@odata.deltaLink': this.#deltaLink(end), value: [] });
  }

  #startRound(from: Token): string {
    const state = this.#state(from.kind);
    const fresh = [...this.#changes(from, state)];
    // Changes of the round before come again, after those of this one.
    const told = this.#options.replays === true ? [...fresh, ...from.told].reverse() : fresh;
    const size = this.#options.pageSize ?? 200;
    const pages: Item[][] = [];
    for (let start = 0; start < told.length; start += size) pages.push(told.slice(start, start + size));
    const id = `r${++this.#made}`;
    this.#rounds.set(id, { kind: from.kind, pages, end: { ...from, state, told: fresh } });
    forgetOld(this.#rounds);
    return id;
  }

  #page(kind: Kind, skip: string): Answer {
    const [id = '', number = ''] = skip.split('.');
    const round = this.#rounds.get(id);
    if (round === undefined || round.kind !== kind) throw this.#forgotten(kind);
    const index = Number(number);
    const value = round.pages[index] ?? [];
    if (index + 1 < round.pages.length) {
      const next = `${this.#path(kind)}?$skiptoken=${id}.${index + 1}`;
      return jsonAnswer(200, { '@odata.nextLink': next, value });
    }
    return jsonAnswer(200, { '@odata.deltaLink': this.#deltaLink(round.end), value });
  }

  #deltaLink(end: Token): string {
    const id = `d${++this.#made}`;
    this.#tokens.set(id, end);
    forgetOld(this.#tokens);
    return `${this.#path(end.kind)}?$deltatoken=${id}`;
  }

  #path(kind: Kind): string {
    return `${this.#directory.url}/v1.0/${kind}s/delta`;
  }

  #forgotten(kind: Kind): Refusal {
    const answer = graphAnswer(410, 'syncStateNotFound', 'Sync state generation is not found.');
    const location = `${this.#path(kind)}?$deltatoken=`;
    return new Refusal({ ...answer, headers: { ...answer.headers, location } });
  }

  #state(kind: Kind): State {
    const { people, groups } = this.#directory.company.company;
    const none: Members = new Map();
    if (kind === 'user')
      return new Map(
        Array.from(people.values(), (person) => [
          person.id,
          { object: graphUser(this.#directory, person), members: none },
        ]),
      );
    return new Map(
      Array.from(groups.values(), (group) => {
        const members = membersOf(this.#directory, group.id) ?? [];
        const kinds = new Map(members.map((member) => [member.object.id, member.kind]));
        return [group.id, { object: graphGroup(this.#directory, group), members: kinds }];
      }),
    );
  }

  *#changes({ state: before, select, kind }: Token, now: State): Generator<Item> {
    for (const id of before.keys()) {
      if (now.has(id)) continue;
      yield { id, '@removed': { reason: this.#soft.has(id) ? 'changed' : 'deleted' } };
    }
    for (const [id, { object, members }] of now) {
      const old = before.get(id);
      const fields = changedFields(old?.object, object, select);
      const slices = [...this.#slices(old?.members ?? new Map(), members)];
      if (Object.keys(fields).length > 0 || (old === undefined && slices.length === 0))
        yield { id, ...fields };
      if (kind === 'group') for (const slice of slices) yield { id, 'members@delta': slice };
    }
  }

  *#slices(before: Members, now: Members): Generator<Item[]> {
    const all: Item[] = [];
    const tells = (id: string) => this.#options.tellsEdges === true || !this.#restored.has(id);
    for (const [id, kind] of now)
      if (!before.has(id) && tells(id)) all.push({ '@odata.type': `#microsoft.graph.${kind}`, id });
    for (const [id, kind] of before) {
      if (now.has(id) || (kind === 'user' && !this.#tellsLoss(id))) continue;
      all.push({ '@odata.type': `#microsoft.graph.${kind}`, id, '@removed': { reason: 'deleted' } });
    }
    const size = this.#options.slice ?? 100;
    for (let start = 0; start < all.length; start += size) yield all.slice(start, start + size);
  }

  #tellsLoss(id: string): boolean {
    return this.#options.tellsEdges === true || this.#directory.company.company.people.has(id);
  }
}

/** Of a new object whatever is set; of a known one whatever changed, null where it was taken away. */
function changedFields(
  old: GraphObject | undefined,
  now: GraphObject,
  select: readonly string[] | null,
): Record<string, unknown> {
  const fields: Record<string, unknown> = {};
  for (const name of select ?? Object.keys(now)) {
    const value = now[name] ?? null;
    if (name === 'id' || JSON.stringify(value) === JSON.stringify(old?.[name] ?? null)) continue;
    fields[name] = value;
  }
  return fields;
}

function forgetOld(map: Map<string, unknown>): void {
  for (const id of map.keys()) {
    if (map.size <= KEPT) return;
    map.delete(id);
  }
}
