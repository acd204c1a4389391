/** The SCIM service beside a world of the core tests: what it holds, and what it holds after a plan. */
import type { Change, Plan } from '../../src/core/model/change.ts';
import type { ScimMark } from '../../src/core/model/memory.ts';
import type { Operation } from '../../src/core/model/operation.ts';
import { isScimKind, type ScimGroup, type ScimUser, scimBodyOf } from '../../src/core/model/scim.ts';
import { markKey, marksAfter } from '../../src/core/scim-ledger.ts';
import { applied } from './applied.ts';
import { run, type World, world } from './world.ts';

export const SCIM_URL = 'https://scim.example.com/v2';

type Writable<T> = { -readonly [Key in keyof T]: T[Key] };

/** Users are `s-<name>`, groups `sg-<name>`, bound to the ids of the directory unless told otherwise. */
export class ScimWorld {
  readonly world: World;
  readonly users = new Map<string, Writable<ScimUser>>();
  readonly groups = new Map<string, Writable<ScimGroup>>();

  constructor(world: World, loginGroupSync = false) {
    this.world = world;
    const holding = this;
    world.head = {
      ...world.head,
      get scim() {
        const users = [...holding.users.values()];
        return { url: SCIM_URL, loginGroupSync, users, groups: [...holding.groups.values()] };
      },
    };
  }

  user(name: string, over: Partial<ScimUser> = {}): this {
    const email = `${name}@corp.example`;
    const id = `s-${name}`;
    const named = { externalId: `p-${name}`, userName: email, displayName: `p-${name}`, email };
    this.users.set(over.id ?? id, { id, active: true, ...named, ...over });
    return this;
  }

  /** Members are names of users. */
  group(name: string, members: readonly string[], over: Partial<ScimGroup> = {}): this {
    const ids = members.map((member) => `s-${member}`);
    const id = over.id ?? `sg-${name}`;
    this.groups.set(id, { id, externalId: `g-${name}`, displayName: name, members: ids, ...over });
    return this;
  }

  /** As if this daemon had written the user, and the memberships in these groups. */
  ours(name: string, groups: readonly string[] = [], over: Partial<ScimMark> = {}): this {
    const mark = (group: string): ScimMark => ({
      person: `p-${name}`,
      group,
      url: SCIM_URL,
      active: true,
      ...over,
    });
    const marks = ['', ...groups.map((group) => `g-${group}`)].map(mark);
    this.world.memory = { ...this.world.memory, scim: [...this.world.memory.scim, ...marks] };
    return this;
  }

  marks(): string[] {
    return this.world.memory.scim.map((mark) => `${markKey(mark)}${mark.active ? '' : ' off'}`).sort();
  }

  /** Every ready operation, of both sides. */
  carryOut(plan: Plan): this {
    const rest = plan.operations.filter(({ kind }) => !isScimKind(kind));
    applied(this.world, { ...plan, operations: rest });
    const changes = new Map(plan.changes.map((change) => [change.key, change]));
    for (const operation of plan.operations) {
      if (!isScimKind(operation.kind)) continue;
      this.#write(operation);
      for (const item of operation.items) this.#remember(changes.get(item) as Change);
    }
    return this;
  }

  #write(operation: Operation): void {
    const { kind, user, group, role, batch } = operation;
    const body = role === null ? {} : scimBodyOf(role);
    if (kind === 'scim-create-user') {
      const id = `made-${body.externalId}`;
      const rest = { email: body.userName ?? null, displayName: null, userName: '', externalId: null };
      this.users.set(id, { ...rest, active: true, ...body, id });
    } else if (kind === 'scim-create-group') {
      const id = `made-${body.externalId}`;
      this.groups.set(id, { externalId: null, displayName: '', members: [], ...body, id });
    } else if (user !== null) {
      Object.assign(this.#known(this.users, user), body, role === null ? { active: false } : {});
    } else if (kind === 'scim-update-group') {
      Object.assign(this.#known(this.groups, group), body);
    } else {
      const team = this.#known(this.groups, group);
      const ids = batch.map((name) => this.#known(this.users, name).id);
      const others = team.members.filter((id) => !ids.includes(id));
      team.members = kind === 'scim-add-members' ? [...others, ...ids] : others;
    }
  }

  #known<T>(all: ReadonlyMap<string, T>, name: string | null): T {
    const made = /^\{scim-(?:user|group):(.*)\}$/.exec(name ?? '')?.[1];
    const found = all.get(made === undefined ? (name ?? '') : `made-${made}`);
    if (found === undefined) throw new Error(`the service knows no ${name}`);
    return found;
  }

  #remember(change: Change): void {
    const { put, removed } = marksAfter(change);
    const gone = new Set([...removed, ...put.map(markKey)]);
    const kept = this.world.memory.scim.filter((mark) => !gone.has(markKey(mark)));
    this.world.memory = { ...this.world.memory, scim: [...kept, ...put] };
  }
}

/** Ada and Bob of one group, which has a role in one organization through SCIM. */
export function company(): World {
  return world()
    .staff('ada', 'bob')
    .group('eng', 'ada', 'bob')
    .org('Pay')
    .rule('eng', 'Member', { via: 'scim', org: 'Pay' });
}

/** Both sides as a first plan leaves them. */
export function settled(of = company()): ScimWorld {
  const scim = new ScimWorld(of);
  return scim.carryOut(run(of));
}
