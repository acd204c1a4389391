/** Reads the subject of a write through SCIM whose outcome is unknown. */
import type { z } from 'zod';
import type { Operation } from '../../core/model/operation.ts';
import {
  type ScimBody,
  scimBodyOf,
  scimGroupPlaceholder,
  scimUserPlaceholder,
} from '../../core/model/scim.ts';
import { TargetError } from '../../lib/errors.ts';
import { NOTHING_NEW, normalised } from '../answers.ts';
import type { DevinClient } from '../client.ts';
import { saysGone } from '../failure.ts';
import { needed, segment } from '../requests.ts';
import { firstIssue } from '../schema.ts';
import type { ReadBack, Resolver } from '../target.ts';
import { basePath, membersOf } from './requests.ts';
import { GroupResource, groupOf, listOf, UserResource, userOf } from './schema.ts';

export interface ScimLook {
  readonly client: DevinClient;
  readonly url: string;
  readonly operation: Operation;
  readonly resolver: Resolver;
  readonly signal: AbortSignal;
}

const NOT_DONE: ReadBack = { state: 'not-done' };
const DONE: ReadBack = { state: 'done', result: NOTHING_NEW };

/** @throws TargetError when it could not be read, or its answer is odd. */
export async function readScimSubject(look: ScimLook): Promise<ReadBack> {
  const { operation } = look;
  switch (operation.kind) {
    case 'scim-create-user':
      return made(look, scimUserPlaceholder, 'Users', UserResource, ['externalId', 'userName']);
    case 'scim-create-group':
      return made(look, scimGroupPlaceholder, 'Groups', GroupResource, ['externalId', 'displayName']);
    case 'scim-activate-user':
    case 'scim-update-user':
    case 'scim-deactivate-user':
      return userAsWanted(look);
    case 'scim-update-group':
      return groupAsWanted(look);
    case 'scim-add-members':
    case 'scim-remove-members':
      return membersAsWanted(look);
    default:
      throw new Error(`operation ${operation.key} (${operation.kind}) is not written through SCIM`);
  }
}

interface Named {
  readonly id: string;
  readonly externalId?: string | null | undefined;
}

/** By the directory's id, which is ours alone, and by name for a service that cannot be asked for that. */
async function made<Item extends Named>(
  look: ScimLook,
  placeholder: (directoryId: string) => string,
  list: 'Users' | 'Groups',
  item: z.ZodType<Item>,
  by: readonly (keyof ScimBody)[],
): Promise<ReadBack> {
  const body = scimBodyOf(needed(look.operation, 'role'));
  const directoryId = body.externalId as string;
  for (const attribute of by) {
    const rows = await filtered(look, list, item, attribute, String(body[attribute]));
    const ours = rows.filter(({ externalId }) => externalId === directoryId);
    if (ours.length > 1)
      throw odd(
        `${list} with the external id ${directoryId}`,
        `there are ${ours.length}: delete one of them`,
      );
    const [one] = ours;
    if (one !== undefined)
      return { state: 'done', result: { users: { [placeholder(directoryId)]: one.id }, orgId: null } };
  }
  return NOT_DONE;
}

async function filtered<Item>(
  { client, url, signal }: ScimLook,
  list: string,
  item: z.ZodType<Item>,
  attribute: string,
  value: string,
): Promise<readonly Item[]> {
  const query = new URLSearchParams({ filter: `${attribute} eq ${JSON.stringify(value)}` });
  const path = `${basePath(url)}/${list}?${query}`;
  try {
    const { json } = await client.get(path, signal);
    return parsed(path, listOf(item), json).Resources;
  } catch (error) {
    // A service may have no filter on an attribute (RFC 7644, section 3.4.2.2: invalidFilter); the other one tells.
    if (attribute === 'externalId' && error instanceof TargetError && error.status === 400) return [];
    throw error;
  }
}

async function userAsWanted(look: ScimLook): Promise<ReadBack> {
  const { operation } = look;
  const found = await byId(look, `Users/${segment(needed(operation, 'user'))}`, UserResource);
  if (found === null) return operation.role === null ? DONE : NOT_DONE;
  const user = userOf(found);
  if (operation.role === null) return user.active ? NOT_DONE : DONE;
  const { externalId, userName, displayName, active } = scimBodyOf(operation.role);
  const isDone =
    (externalId === undefined || user.externalId === externalId) &&
    (userName === undefined || normalised(user.userName) === normalised(userName)) &&
    (displayName === undefined || user.displayName === displayName) &&
    (active === undefined || user.active === active);
  return isDone ? DONE : NOT_DONE;
}

async function groupAsWanted(look: ScimLook): Promise<ReadBack> {
  const group = await groupNow(look);
  const { externalId, displayName } = scimBodyOf(needed(look.operation, 'role'));
  return group !== null && group.externalId === externalId && group.displayName === displayName
    ? DONE
    : NOT_DONE;
}

async function membersAsWanted(look: ScimLook): Promise<ReadBack> {
  const { operation, resolver } = look;
  const group = await groupNow(look);
  const wanted = membersOf(operation, resolver);
  const inside = new Set(group?.members);
  const isDone =
    operation.kind === 'scim-add-members'
      ? wanted.every((id) => inside.has(id))
      : wanted.every((id) => !inside.has(id));
  return isDone ? DONE : NOT_DONE;
}

async function groupNow(look: ScimLook) {
  const id = look.resolver.user(needed(look.operation, 'group'));
  const found = await byId(look, `Groups/${segment(id)}`, GroupResource);
  return found === null ? null : groupOf(found);
}

/** null: the service itself says that there is no such thing. */
async function byId<T>(
  { client, url, signal }: ScimLook,
  rest: string,
  schema: z.ZodType<T>,
): Promise<T | null> {
  const path = `${basePath(url)}/${rest}`;
  try {
    return parsed(path, schema, (await client.get(path, signal)).json);
  } catch (error) {
    if (saysGone(error)) return null;
    throw error;
  }
}

function parsed<T>(path: string, schema: z.ZodType<T>, json: unknown): T {
  const answer = schema.safeParse(json);
  if (answer.success) return answer.data;
  throw odd(path.split('?', 1)[0] as string, firstIssue(answer.error));
}

function odd(what: string, why: string): TargetError {
  return new TargetError(`${what} is not as SCIM promises: ${why}.`, { status: null, outcome: 'unknown' });
}
