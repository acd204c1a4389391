/** One request at the endpoint: whose source it is for, and its resources as clients see them. */
import type { FastifyRequest } from 'fastify';
import { ScimFault } from '../../lib/scim/fault.ts';
import type { ScimModel } from '../../lib/scim/model.ts';
import { type Projection, projector, shows } from '../../lib/scim/projection.ts';
import { groupOf, memberOf, type Related, representation } from '../../lib/scim/representation.ts';
import type { ScimDeps, ScimObject, ScimResource, ScimStore } from '../../lib/scim/store.ts';

export const PREFIX = '/scim/v2/:source';

/** Ids asked for at once, and members read at once: what the store allows. */
const IDS_AT_ONCE = 1000;
const MEMBERS_AT_ONCE = 10_000;

export interface Room {
  readonly store: ScimStore;
  /** Address of the source, as the client reached it. */
  readonly base: string;
}

export function sourceOf(request: FastifyRequest): string {
  return (request.params as { readonly source?: string }).source ?? '';
}

export function roomOf(request: FastifyRequest, deps: ScimDeps): Room {
  const source = sourceOf(request);
  const store = deps.of(source);
  if (store === null) throw new ScimFault(404, null, 'There is no such source.');
  const base = `${request.protocol}://${request.host}/scim/v2/${encodeURIComponent(source)}`;
  return { store, base };
}

/** Resources as they leave: with members and groups where they are shown. */
export async function represent(
  room: Room,
  model: ScimModel,
  resources: readonly ScimResource[],
  projection: Projection,
): Promise<readonly ScimObject[]> {
  const show = projector(model, projection);
  const members = model.type === 'Group' && shows(model, projection, 'members');
  const groups = model.type === 'User' && shows(model, projection, 'groups');
  const shown: ScimObject[] = [];
  for (const resource of resources) {
    const related: Related = {
      ...(members ? { members: await membersOf(room, resource.id) } : {}),
      ...(groups ? { groups: await groupsOf(room, resource.id) } : {}),
    };
    shown.push(show(representation(room.base, resource, related)));
  }
  return shown;
}

/** All members of a group with type, display and address. */
export async function membersOf(room: Room, group: string): Promise<readonly ScimObject[]> {
  const ids: string[] = [];
  let after: string | undefined;
  for (;;) {
    const page = await room.store.members(group, MEMBERS_AT_ONCE, after);
    ids.push(...page.ids);
    if (page.next === null) break;
    after = page.next;
  }
  const members: ScimObject[] = [];
  for (let at = 0; at < ids.length; at += IDS_AT_ONCE) {
    const some = ids.slice(at, at + IDS_AT_ONCE);
    const found = await room.store.getMany(some);
    for (const id of some) members.push(memberOf(room.base, id, found.get(id) ?? null));
  }
  return members;
}

export async function groupsOf(room: Room, user: string): Promise<readonly ScimObject[]> {
  return (await room.store.groupsOf(user)).map((group) => groupOf(room.base, group));
}
