/** The pushed resources of one source in memory: what `ScimStore` promises, without Redis. */
import { randomUUID } from 'node:crypto';
import type {
  MemberChange,
  ScimDeps,
  ScimKey,
  ScimObject,
  ScimResource,
  ScimStore,
  ScimType,
  ScimValue,
  ScimWrite,
} from '../../src/lib/scim/store.ts';

export const SCIM_TOKEN = 'scim-test-token';
export const SCIM_SOURCE = 'okta';

/** A store into whose writes another writer may come. */
export interface ScimStoreInTest extends ScimStore {
  /** Called once before the next update is looked at. */
  meanwhile: (() => Promise<unknown>) | null;
}

export class MemoryScimStore implements ScimStoreInTest {
  readonly #resources = new Map<string, ScimResource>();
  readonly #members = new Map<string, Set<string>>();
  #clock = Date.parse('2026-11-22T10:00:00Z');
  meanwhile: (() => Promise<unknown>) | null = null;

  async get(type: ScimType, id: string): Promise<ScimResource | null> {
    const found = this.#resources.get(id);
    return found?.type === type ? found : null;
  }

  async getMany(ids: readonly string[]): Promise<ReadonlyMap<string, ScimResource>> {
    if (ids.length > 1000) throw new Error(`${ids.length} ids at once`);
    return new Map(
      ids.flatMap((id) => {
        const found = this.#resources.get(id);
        return found === undefined ? [] : [[id, found] as const];
      }),
    );
  }

  async find(type: ScimType, key: ScimKey, value: string): Promise<readonly ScimResource[]> {
    const wanted = folded(key, value);
    return this.#all(type).filter(({ body }) => keyed(body, key).includes(wanted));
  }

  async list(type: ScimType, { limit, offset = 0, after }: Parameters<ScimStore['list']>[1]) {
    const all = this.#all(type);
    if (after !== undefined && !/^\d+$/.test(after)) return null;
    const from = after === undefined ? offset : Number(after);
    const resources = all.slice(from, from + limit);
    const end = from + resources.length;
    return { resources, total: all.length, next: end < all.length ? String(end) : null };
  }

  async members(group: string, limit: number, after = '') {
    const all = [...(this.#members.get(group) ?? [])].sort();
    const left = all.filter((id) => id > after);
    const ids = left.slice(0, limit);
    return { ids, total: all.length, next: left.length > limit ? (ids.at(-1) ?? null) : null };
  }

  async membersAmong(group: string, ids: readonly string[]): Promise<ReadonlySet<string>> {
    return new Set(ids.filter((id) => this.#members.get(group)?.has(id)));
  }

  async groupsOf(id: string): Promise<readonly ScimResource[]> {
    return this.#all('Group')
      .filter((group) => this.#members.get(group.id)?.has(id))
      .sort((a, b) => (a.id < b.id ? -1 : 1));
  }

  async create(type: ScimType, write: ScimWrite): ReturnType<ScimStore['create']> {
    const key = this.#clash(type, write, '');
    if (key !== null) return { outcome: 'taken', key };
    this.#clock += 1;
    const body = shuffled(write.body) as ScimObject;
    const created = this.#clock;
    const resource = { id: randomUUID(), type, version: 1, created, lastModified: created, body };
    this.#resources.set(resource.id, resource);
    this.#change(resource.id, write.members);
    return { outcome: 'done', resource, changed: true };
  }

  async update(
    type: ScimType,
    id: string,
    expected: number | null,
    write: ScimWrite,
  ): ReturnType<ScimStore['update']> {
    const { meanwhile } = this;
    this.meanwhile = null;
    await meanwhile?.();
    const before = await this.get(type, id);
    if (before === null) return { outcome: 'missing' };
    if (expected !== null && expected !== before.version)
      return { outcome: 'version', version: before.version };
    const key = this.#clash(type, write, id);
    if (key !== null) return { outcome: 'taken', key };
    const body = shuffled(write.body) as ScimObject;
    const membersChanged = this.#change(id, write.members);
    if (!membersChanged && JSON.stringify(before.body) === JSON.stringify(body))
      return { outcome: 'done', resource: before, changed: false };
    this.#clock += 1;
    const version = before.version + 1;
    const resource = { ...before, body, version, lastModified: this.#clock };
    this.#resources.set(id, resource);
    return { outcome: 'done', resource, changed: true };
  }

  async remove(type: ScimType, id: string, expected: number | null): ReturnType<ScimStore['remove']> {
    const before = await this.get(type, id);
    if (before === null) return { outcome: 'missing' };
    if (expected !== null && expected !== before.version)
      return { outcome: 'version', version: before.version };
    this.#resources.delete(id);
    this.#members.delete(id);
    for (const members of this.#members.values()) members.delete(id);
    return { outcome: 'done' };
  }

  #all(type: ScimType): ScimResource[] {
    return [...this.#resources.values()].filter((each) => each.type === type);
  }

  #clash(type: ScimType, { body, unique }: ScimWrite, self: string): ScimKey | null {
    const others = this.#all(type).filter(({ id }) => id !== self);
    const taken = (key: ScimKey) =>
      keyed(body, key).some((value) => others.some((other) => keyed(other.body, key).includes(value)));
    return unique.find(taken) ?? null;
  }

  #change(id: string, change: MemberChange | undefined): boolean {
    if (change === undefined) return false;
    const before = this.#members.get(id) ?? new Set<string>();
    const after = new Set(change.kind === 'replace' ? change.ids : before);
    if (change.kind === 'change') {
      for (const each of change.remove) after.delete(each);
      for (const each of change.add) after.add(each);
    }
    this.#members.set(id, after);
    return after.size !== before.size || [...after].some((each) => !before.has(each));
  }
}

/** Keys in the order of the alphabet: no store promises to keep the order in which they came. */
function shuffled(value: ScimValue): ScimValue {
  if (Array.isArray(value)) return value.map(shuffled);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, part]) => [name, shuffled(part)]),
  );
}

function keyed(body: ScimObject, key: ScimKey): string[] {
  const emails = Array.isArray(body.emails) ? (body.emails as readonly ScimObject[]) : [];
  const values = key === 'email' ? emails.map(({ value }) => value) : [body[key]];
  return values.flatMap((value) => (typeof value === 'string' ? [folded(key, value)] : []));
}

function folded(key: ScimKey, value: string): string {
  return key === 'externalId' ? value : value.toLowerCase();
}

/** What the HTTP room needs, over one source in memory. */
export function scimDeps(store: ScimStore, changes: Partial<ScimDeps> = {}): ScimDeps {
  return {
    allows: async (source, bearer) => source === SCIM_SOURCE && bearer === SCIM_TOKEN,
    of: (source) => (source === SCIM_SOURCE ? store : null),
    busy: () => null,
    answered: () => {},
    ...changes,
  };
}

/** Any store, with the place where another writer comes in between. */
export function withMeanwhile(store: ScimStore): ScimStoreInTest {
  const wrapped: ScimStoreInTest = {
    ...store,
    meanwhile: null,
    update: async (...args) => {
      const { meanwhile } = wrapped;
      wrapped.meanwhile = null;
      await meanwhile?.();
      return store.update(...args);
    },
  };
  return wrapped;
}
