/** The Devin side after a plan: every operation carried out in order by an API that refuses what Devin would refuse. */
import { groupAfter, personAfter, recentOf } from '../../src/core/ledger.ts';
import type { Change, Plan } from '../../src/core/model/change.ts';
import type { LedgerGroup, LedgerPerson } from '../../src/core/model/memory.ts';
import type { Operation } from '../../src/core/model/operation.ts';
import type { World } from './world.ts';

/** Changes the world: its users, groups and orgs, and the ledger and windows in its memory. */
export function applied(world: World, plan: Plan): World {
  const changes = new Map(plan.changes.map((change) => [change.key, change]));
  const writer = new Writer(world);
  for (const operation of plan.operations) {
    writer.write(operation);
    for (const item of operation.items) writer.record(changes.get(item) as Change);
  }
  return world;
}

class Writer {
  readonly #world: World;
  readonly #invited = new Map<string, string>();
  readonly #created = new Map<string, string>();

  constructor(world: World) {
    this.#world = world;
  }

  write(operation: Operation): void {
    const { kind } = operation;
    if (kind === 'create-org') this.#createOrg(operation.create?.name as string);
    else if (kind === 'invite')
      for (const email of operation.batch) this.#invite(email, operation.role as string);
    else if (kind === 'register-groups') for (const name of operation.batch) this.#register(name);
    else if (operation.group !== null) this.#writeGroup(operation, operation.group);
    else this.#writeUser(operation, this.#user(operation.user as string));
  }

  record(change: Change): void {
    const { memory, now } = this.#world;
    const org = change.org === null ? null : (change.org.id ?? this.#created.get(change.org.name) ?? null);
    const people = change.subject.type === 'person' ? this.#peopleAfter(change, org) : memory.people;
    const groups = change.subject.type === 'group' ? this.#groupsAfter(change, org) : memory.groups;
    const recent = [...memory.recent, ...recentOf(change, memory.approvals, now)];
    this.#world.memory = { ...memory, people, groups, recent };
  }

  #peopleAfter(change: Change, org: string | null): LedgerPerson[] {
    const { people } = this.#world.memory;
    const id = change.subject.directoryId;
    const row = people.find(({ directoryId }) => directoryId === id) ?? null;
    const devinId = change.subject.devinId ?? (this.#invited.get(change.subject.label) as string);
    const after = personAfter(row, change, devinId, org);
    const others = people.filter((other) => other !== row);
    return after === null ? others : [...others, after];
  }

  #groupsAfter(change: Change, org: string | null): LedgerGroup[] {
    const { groups } = this.#world.memory;
    const row = groups.find(({ name }) => name === change.subject.label) ?? null;
    const after = groupAfter(row, change, org);
    const others = groups.filter((other) => other !== row);
    return after === null ? others : [...others, after];
  }

  #createOrg(name: string): void {
    const id = `org-${name.toLowerCase()}`;
    refuseIf(
      this.#world.orgs.some((org) => org.name === name),
      `org ${name} exists`,
    );
    this.#world.orgs.push({ id, name });
    this.#created.set(name, id);
  }

  #invite(email: string, role: string): void {
    const id = `u-${email.split('@')[0]}${this.#world.users.has(`u-${email.split('@')[0]}`) ? '-2' : ''}`;
    const known = [...this.#world.users.values()].some((user) => user.email === email);
    refuseIf(known, `${email} is in the enterprise already`);
    this.#world.users.set(id, { id, email, roles: new Map([['', role]]), groups: new Set() });
    this.#invited.set(email, id);
  }

  #register(name: string): void {
    const group = this.#world.groups.get(name);
    if (group === undefined) this.#world.groups.set(name, { registered: true, roles: new Map() });
    else group.registered = true;
  }

  #user(idOrPlaceholder: string) {
    const email = /^\{invite:(.*)\}$/.exec(idOrPlaceholder)?.[1];
    const id = email === undefined ? idOrPlaceholder : this.#invited.get(email);
    const user = this.#world.users.get(id ?? '');
    if (user === undefined) throw new Error(`the API knows no user ${idOrPlaceholder}`);
    return user;
  }

  #org(operation: Operation): string {
    if (operation.org === null) return '';
    const name = /^\{org:(.*)\}$/.exec(operation.org)?.[1];
    const id = name === undefined ? operation.org : this.#created.get(name);
    const known = this.#world.orgs.some((org) => org.id === id);
    if (id === undefined || !known) throw new Error(`the API knows no org ${operation.org}`);
    return id;
  }

  #writeUser(operation: Operation, user: { id: string; roles: Map<string, string> }): void {
    refuseIf(user.roles.size === 0, `${user.id} is in only through a group`);
    if (operation.kind === 'remove-user') {
      this.#world.users.delete(user.id);
      return;
    }
    setRole(user.roles, operation, this.#org(operation));
  }

  #writeGroup(operation: Operation, name: string): void {
    const group = this.#world.groups.get(name);
    if (group === undefined || !group.registered) throw new Error(`group ${name} is not registered`);
    const place = this.#org(operation);
    if (operation.kind === 'unregister-group') {
      refuseIf(group.roles.size > 0, `group ${name} still has roles`);
      this.#world.groups.delete(name);
      return;
    }
    refuseIf(place !== '' && !group.roles.has(''), `group ${name} has no enterprise role`);
    refuseIf(
      operation.kind === 'take-group-role' && group.roles.size > 1,
      `group ${name} still has org roles`,
    );
    setRole(group.roles, operation, place);
  }
}

/** POST is a first assignment, PATCH changes one, DELETE takes it. */
function setRole(roles: Map<string, string>, { kind, role, key }: Operation, place: string): void {
  const takes = kind.startsWith('take') || kind.startsWith('remove');
  const gives = kind.startsWith('give') || kind.startsWith('add');
  refuseIf(gives === roles.has(place), `${key}: ${gives ? 'has a role already' : 'has no role yet'}`);
  if (takes) roles.delete(place);
  else roles.set(place, role as string);
}

function refuseIf(refused: boolean, why: string): void {
  if (refused) throw new Error(`the API refuses: ${why}`);
}
