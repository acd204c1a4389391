/** The routes of Users and Groups (RFC 7644 sections 3.3 to 3.6). */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { ScimModel } from '../../lib/scim/model.ts';
import { DEFAULTS } from '../../lib/scim/projection.ts';
import { etagOf, locationOf } from '../../lib/scim/representation.ts';
import type { ScimDeps, ScimResource } from '../../lib/scim/store.ts';
import { isKnown } from './conditions.ts';
import { listResources } from './listing.ts';
import { listQuery, projectionOf, searchQuery } from './query.ts';
import { answerScim } from './reply.ts';
import { PREFIX, type Room, represent, roomOf } from './room.ts';
import {
  change,
  createResource,
  existing,
  patching,
  putting,
  removeResource,
  type Written,
} from './writes.ts';

/** A PATCH of members of a larger group is answered without a body, unless the client names what it wants to see. */
const MOST_SHOWN = 1000;

export function addResources(app: FastifyInstance, deps: ScimDeps, model: ScimModel): void {
  const all = `${PREFIX}${model.endpoint}`;
  const one = `${all}/:id`;
  app.get(all, async (request, reply) => {
    const room = roomOf(request, deps);
    return answerScim(reply, 200, await listResources(room, [model], listQuery(request.query)));
  });
  app.post(`${all}/.search`, async (request, reply) => {
    const room = roomOf(request, deps);
    return answerScim(reply, 200, await listResources(room, [model], searchQuery(request.body)));
  });
  app.post(all, async (request, reply) => {
    const room = roomOf(request, deps);
    projectionOf(request.query);
    const resource = await createResource(room, model, request.body);
    return show(request, reply, room, model, resource, 201);
  });
  app.get(one, async (request, reply) => {
    const room = roomOf(request, deps);
    const resource = await existing(room, model, idOf(request));
    if (isKnown(request, resource)) return head(reply, room, resource).code(304).send();
    return show(request, reply, room, model, resource, 200);
  });
  app.delete(one, async (request, reply) => {
    await removeResource(roomOf(request, deps), model, request, idOf(request));
    return reply.code(204).send();
  });
  addChanges(app, deps, model, one);
}

function addChanges(app: FastifyInstance, deps: ScimDeps, model: ScimModel, one: string): void {
  app.put(one, async (request, reply) => {
    const room = roomOf(request, deps);
    const projection = projectionOf(request.query);
    await existing(room, model, idOf(request));
    const { resource } = await change(room, model, request, idOf(request), putting(model, request.body));
    return answerScim(head(reply, room, resource), 200, await shown(room, model, resource, projection));
  });
  app.patch(one, async (request, reply) => {
    const room = roomOf(request, deps);
    projectionOf(request.query);
    await existing(room, model, idOf(request));
    const next = patching(room, model, request.body);
    const written = await change(room, model, request, idOf(request), next);
    if (await isLarge(request, room, written)) return head(reply, room, written.resource).code(204).send();
    return show(request, reply, room, model, written.resource, 200);
  });
}

function idOf(request: FastifyRequest): string {
  return (request.params as { readonly id: string }).id;
}

async function isLarge(
  request: FastifyRequest,
  room: Room,
  { resource, members }: Written,
): Promise<boolean> {
  const { attributes, excluded } = projectionOf(request.query);
  if (!members || attributes !== null || excluded.length > 0) return false;
  return (await room.store.members(resource.id, 1)).total > MOST_SHOWN;
}

function head(reply: FastifyReply, room: Room, { type, id, version }: ScimResource): FastifyReply {
  return reply.headers({ etag: etagOf(version), location: locationOf(room.base, type, id) });
}

async function show(
  request: FastifyRequest,
  reply: FastifyReply,
  room: Room,
  model: ScimModel,
  resource: ScimResource,
  status: number,
): Promise<FastifyReply> {
  const body = await shown(room, model, resource, projectionOf(request.query));
  return answerScim(head(reply, room, resource), status, body);
}

async function shown(room: Room, model: ScimModel, resource: ScimResource, projection = DEFAULTS) {
  const [one] = await represent(room, model, [resource], projection);
  return one ?? {};
}
