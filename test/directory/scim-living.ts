/** A SCIM provider whose clock tests move, that stamps and counts as the promises of `incremental` want. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { expect } from 'vitest';
import type { DirectorySnapshot } from '../../src/core/model/directory.ts';
import { scimOptions } from '../../src/directory/scim/options.ts';
import { createScimSource } from '../../src/directory/scim/source.ts';
import type { DirectorySource } from '../../src/directory/source.ts';
import { listen, TOKEN } from './scim-provider.ts';
import { context, QUICK } from './setup.ts';

export const MINUTE = 60_000;
const LIST = 'urn:ietf:params:scim:api:messages:2.0:ListResponse';
const ERROR = 'urn:ietf:params:scim:api:messages:2.0:Error';

interface Member {
  readonly value: string;
  readonly type?: string;
}

interface Resource {
  id: string;
  userName?: string;
  displayName: string;
  active?: boolean;
  emails?: { value: string }[];
  members?: Member[];
  /** Unix ms; null: it has none. */
  stamp: number | null;
  version: number;
}

type Kind = 'Users' | 'Groups';

/** How it answers; a test changes it when it likes. */
export interface Flavour {
  precision?: 'seconds' | 'ms';
  /** Hours by which written times differ from UTC. */
  zone?: number;
  /** Compares times in a filter as text, whatever their zones. */
  textual?: boolean;
  versions?: 'strong' | 'weak' | 'none';
  /** Lists of groups leave members out. */
  bareLists?: boolean;
  /** Members say what they are. */
  typed?: boolean;
}

export class LivingScim {
  clock = Date.UTC(2026, 10, 22, 8);
  /** What its Date header says beside its stamps. */
  dateAhead: number | null = 0;
  flavour: Flavour = {};
  url = '';
  readonly requests: string[] = [];
  /** Bytes of the answers. */
  sent = 0;
  /** Answers in place of the provider where it gives something. */
  odd: (url: URL, response: ServerResponse) => boolean = () => false;
  change: (url: URL, body: Record<string, unknown>) => unknown = (_, body) => body;
  before: (url: URL) => void = () => {};
  readonly Users = new Map<string, Resource>();
  readonly Groups = new Map<string, Resource>();
  #serial = 0;

  reset(people: number, groups: number, flavour: Flavour = {}): void {
    this.flavour = flavour;
    this.Users.clear();
    this.Groups.clear();
    for (let each = 0; each < people; each++) this.hire();
    for (let each = 0; each < groups; each++) this.open(each % 3 === 2);
    for (const [at, group] of [...this.Groups.keys()].entries())
      for (let each = 0; each < 4; each++) this.join(at + each * 3, at, group);
    // One that is not chosen, inside another such, inside one that is.
    this.nest(2, 0);
    this.nest(5, 2);
    this.clock += 10 * MINUTE;
    this.requests.length = 0;
  }

  pick(kind: Kind, at: number): Resource | undefined {
    const all = [...this[kind].values()];
    return all[at % Math.max(1, all.length)];
  }

  touch(resource: Resource | undefined, change: (resource: Resource) => void): void {
    if (resource === undefined) return;
    change(resource);
    resource.stamp = this.clock;
    resource.version++;
  }

  hire(): Resource {
    const id = `user-${++this.#serial}`;
    const emails = [{ value: `${id}@corp.example` }];
    const user: Resource = {
      ...{ id, userName: id, displayName: id, emails, active: true },
      ...{ stamp: this.clock, version: 1 },
    };
    this.Users.set(id, user);
    return user;
  }

  open(inner = false): Resource {
    const id = `group-${++this.#serial}`;
    const displayName = `${inner ? 'inner' : 'devin'}-${this.#serial}`;
    const group: Resource = { id, displayName, members: [], stamp: this.clock, version: 1 };
    this.Groups.set(id, group);
    return group;
  }

  join(user: number, group: number, id = this.pick('Groups', group)?.id): void {
    const value = this.pick('Users', user)?.id;
    if (value === undefined) return;
    this.#put(id, { value, type: 'User' });
  }

  nest(child: number, group: number): void {
    const value = this.pick('Groups', child)?.id;
    if (value !== undefined) this.#put(this.pick('Groups', group)?.id, { value, type: 'Group' });
  }

  #put(group: string | undefined, member: Member): void {
    this.touch(this.Groups.get(group ?? ''), (found) => {
      const others = (found.members ?? []).filter(({ value }) => value !== member.value);
      found.members = [...others, member];
    });
  }

  leave(group: number): void {
    this.touch(this.pick('Groups', group), (found) => {
      found.members = found.members?.slice(1) ?? [];
    });
  }

  /** As most providers do: whoever is gone leaves every group, and no group says that it changed. */
  remove(kind: Kind, at: number): void {
    const { id } = this.pick(kind, at) ?? { id: '' };
    this[kind].delete(id);
    for (const group of this.Groups.values())
      group.members = (group.members ?? []).filter(({ value }) => value !== id);
  }

  readonly answer = (request: IncomingMessage, response: ServerResponse): void => {
    const url = new URL(request.url ?? '', 'http://localhost');
    this.requests.push(`${url.pathname}${url.search}`);
    this.before(url);
    if (this.dateAhead === null) response.sendDate = false;
    else response.setHeader('date', new Date(this.clock + this.dateAhead).toUTCString());
    if (this.odd(url, response)) return;
    expect(request.headers.authorization).toBe(`Bearer ${TOKEN}`);
    const [, place = '', id] = url.pathname.split('/');
    const body = place === 'ServiceProviderConfig' ? this.#config() : this.#resources(place as Kind, url, id);
    const text = JSON.stringify(body === null ? null : this.change(url, body)) ?? '{}';
    this.sent += text.length;
    response.writeHead(body === null ? 404 : 200, { 'content-type': 'application/scim+json' });
    response.end(body === null ? JSON.stringify({ schemas: [ERROR], status: '404' }) : text);
  };

  #config(): Record<string, unknown> {
    return {
      filter: { supported: true },
      etag: { supported: (this.flavour.versions ?? 'none') !== 'none' },
    };
  }

  #resources(kind: Kind, url: URL, id: string | undefined): Record<string, unknown> | null {
    const query = url.searchParams;
    const attributes = new Set((query.get('attributes') ?? 'members,meta').split(','));
    if (id !== undefined) {
      const found = this[kind].get(id);
      return found === undefined ? null : this.#written(found, attributes, false);
    }
    const filter = query.get('filter') ?? '';
    const begins = /displayName sw "([^"]+)"/.exec(filter)?.[1] ?? '';
    const bound = /meta\.lastModified gt "([^"]+)"/.exec(filter)?.[1];
    const isAfter = (stamp: number | null) => {
      if (bound === undefined) return true;
      if (this.flavour.textual === true) return this.#time(stamp ?? 0) > bound;
      return this.#cut(stamp ?? 0) > Date.parse(bound);
    };
    const found = [...this[kind].values()].filter(
      ({ stamp, displayName }) => isAfter(stamp) && displayName.startsWith(begins),
    );
    const start = Math.max(1, Number(query.get('startIndex')));
    const page = found.slice(start - 1, start - 1 + Number(query.get('count')));
    const Resources = page.map((each) => this.#written(each, attributes, this.flavour.bareLists === true));
    return { schemas: [LIST], totalResults: found.length, startIndex: start, Resources };
  }

  #cut(ms: number): number {
    return this.flavour.precision === 'seconds' ? Math.floor(ms / 1000) * 1000 : ms;
  }

  #time(ms: number): string {
    const { zone = 0 } = this.flavour;
    const local = new Date(this.#cut(ms) + zone * 60 * MINUTE).toISOString();
    return local.replace('Z', zone === 0 ? 'Z' : `${zone < 0 ? '-' : '+'}0${Math.abs(zone)}:00`);
  }

  #written(resource: Resource, attributes: ReadonlySet<string>, bare: boolean): Record<string, unknown> {
    const { stamp, version, members = [], ...rest } = resource;
    const { versions = 'none', typed = true } = this.flavour;
    // As those that are made from a time are: two changes within a second have one version.
    const weak = `W/"${Math.floor((stamp ?? 0) / 1000)}"`;
    const tag = versions === 'none' ? {} : { version: versions === 'weak' ? weak : `"${version}"` };
    const lastModified = stamp === null ? {} : { lastModified: this.#time(stamp) };
    const listed = members.map(({ value, type }) => (typed ? { value, type } : { value }));
    return {
      ...rest,
      ...(attributes.has('members') && !bare && members.length > 0 ? { members: listed } : {}),
      ...(attributes.has('meta') ? { meta: { ...lastModified, ...tag } } : {}),
    };
  }

  source(options: Record<string, unknown> = {}, now: () => number = () => this.clock): DirectorySource {
    const groups = { include: ['devin-*'] };
    const parsed = { url: this.url, name: 'corp', token: TOKEN, incremental: 'lastModified', groups };
    return createScimSource(scimOptions.parse({ ...parsed, ...QUICK, ...options }), now);
  }
}

/** Answers until the test ends. */
export async function startLiving(): Promise<LivingScim> {
  const living = new LivingScim();
  living.url = await listen(living.answer);
  return living;
}

export async function update(
  living: LivingScim,
  source: DirectorySource,
  previous: DirectorySnapshot,
): Promise<DirectorySnapshot> {
  living.requests.length = 0;
  if (source.update === undefined) throw new Error('this source reads everything each time');
  return source.update(previous, context());
}

/** Why everything was read in place of what changed; null: it was not. */
export function reasonOf({ reads }: DirectorySnapshot): string | null {
  const words = reads.map(({ what }) => what).find((what) => what.startsWith('SCIM, everything because '));
  return words?.slice('SCIM, everything because '.length) ?? null;
}
