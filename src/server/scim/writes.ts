/** What POST, PUT, PATCH and DELETE do to the store; a write without If-Match is tried again on what has changed meanwhile. */
import type { FastifyRequest } from 'fastify';
import { readBody } from '../../lib/scim/body.ts';
import { ScimFault } from '../../lib/scim/fault.ts';
import { attributeIn, type ScimModel } from '../../lib/scim/model.ts';
import { applyPatch } from '../../lib/scim/patch.ts';
import { looksAtMembers, readPatch } from '../../lib/scim/patch-message.ts';
import { own } from '../../lib/scim/path.ts';
import type {
  MemberChange,
  ScimFull,
  ScimKey,
  ScimObject,
  ScimResource,
  ScimWrite,
} from '../../lib/scim/store.ts';
import { changed, isBound } from './conditions.ts';
import { membersOf, type Room } from './room.ts';

/** Others write between reading and writing; so often in a row they do not. */
const MOST_TRIES = 20;

export interface Written {
  readonly resource: ScimResource;
  /** Whether the request speaks of members, which may be thousands. */
  readonly members: boolean;
}

export async function createResource(room: Room, model: ScimModel, raw: unknown): Promise<ScimResource> {
  const { body, members } = readBody(model, raw);
  const write = writeOf(model, stated(model, body, null), replaceBy(members ?? []));
  const answer = await room.store.create(model.type, write);
  switch (answer.outcome) {
    case 'done':
      return answer.resource;
    case 'taken':
      throw taken(model, answer.key, write.body);
    case 'full':
      throw full(answer);
  }
}

/** What a request makes of the resource as it is now. */
type Next = (before: ScimResource) => Promise<ScimWrite>;

export function putting(model: ScimModel, raw: unknown): Next {
  const { body, members } = readBody(model, raw);
  return async (before) =>
    // Not to speak of members is not to say that there are none; RFC 7644 section 3.5.1 leaves it to the server.
    writeOf(model, stated(model, body, before), members === null ? undefined : replaceBy(members));
}

export function patching(room: Room, model: ScimModel, raw: unknown): Next {
  const operations = readPatch(raw);
  const looks = looksAtMembers(model, operations);
  return async (before) => {
    const rows = looks ? await membersOf(room, before.id) : [];
    const { body, members } = applyPatch(model, before, operations, rows);
    return writeOf(model, stated(model, body, before), members);
  };
}

/** @throws ScimFault 404, 409, 412 and those of the request */
export async function change(
  room: Room,
  model: ScimModel,
  request: FastifyRequest,
  id: string,
  next: Next,
): Promise<Written> {
  for (let tries = 0; tries < MOST_TRIES; tries += 1) {
    const before = await existing(room, model, id);
    const bound = isBound(request, before);
    const write = await next(before);
    const answer = await room.store.update(model.type, id, before.version, write);
    switch (answer.outcome) {
      case 'done':
        return { resource: answer.resource, members: write.members !== undefined };
      case 'missing':
        throw missing(model, id);
      case 'taken':
        throw taken(model, answer.key, write.body);
      case 'full':
        throw full(answer);
      case 'version':
        if (bound) throw changed(answer.version);
    }
  }
  throw busy(model, id);
}

export async function removeResource(
  room: Room,
  model: ScimModel,
  request: FastifyRequest,
  id: string,
): Promise<void> {
  const before = await existing(room, model, id);
  const bound = isBound(request, before);
  const answer = await room.store.remove(model.type, id, bound ? before.version : null);
  if (answer.outcome === 'missing') throw missing(model, id);
  if (answer.outcome === 'version') throw changed(answer.version);
}

export async function existing(room: Room, model: ScimModel, id: string): Promise<ScimResource> {
  const found = await room.store.get(model.type, id);
  if (found === null) throw missing(model, id);
  return found;
}

/** `active` is a statement about a person: it is never made, nor taken back, by leaving it out. */
function stated(model: ScimModel, body: ScimObject, before: ScimResource | null): ScimObject {
  if (attributeIn(model.core.attributes, 'active') === undefined || Object.hasOwn(body, 'active'))
    return body;
  return { ...body, active: (before === null ? null : own(before.body, 'active')) ?? true };
}

function writeOf(model: ScimModel, body: ScimObject, members: MemberChange | undefined): ScimWrite {
  const about = model.type === 'Group' && members !== undefined ? { members } : {};
  return { body, unique: model.unique, ...about };
}

function replaceBy(ids: readonly string[]): MemberChange {
  return { kind: 'replace', ids };
}

function missing(model: ScimModel, id: string): ScimFault {
  return new ScimFault(404, null, `There is no ${model.type} ${id} here.`);
}

function taken(model: ScimModel, key: ScimKey, body: ScimObject): ScimFault {
  const detail = `Another ${model.type} has the ${key} ${String(body[key])} already.`;
  return new ScimFault(409, 'uniqueness', detail);
}

function full({ what, limit }: ScimFull): ScimFault {
  if (what === 'bytes')
    return new ScimFault(413, null, `The resource is too large; the limit is ${limit} bytes.`);
  return new ScimFault(507, null, `This source takes no more ${what}; its limit is ${limit}.`);
}

function busy(model: ScimModel, id: string): ScimFault {
  return new ScimFault(503, null, `The ${model.type} ${id} is being changed by others all the time.`, {
    'retry-after': '5',
  });
}
