/** Reads the subject of a v2 write whose outcome is unknown. */
import pLimit from 'p-limit';
import type { z } from 'zod';
import type { Operation } from '../../core/model/operation.ts';
import { TargetError } from '../../lib/errors.ts';
import type { ReadContext } from '../../lib/reading.ts';
import { idsByAddress, NOTHING_NEW, normalised } from '../answers.ts';
import type { DevinClient } from '../client.ts';
import { saysGone } from '../failure.ts';
import { firstIssue } from '../schema.ts';
import type { ReadBack, Resolver } from '../target.ts';
import { membersOf, ORGANIZATIONS } from './lists.ts';
import { readV2List, type V2List } from './pages.ts';
import { v2Path } from './requests.ts';
import { Group, Member, PAGE_SIZE, pageOf } from './schema.ts';

const PARALLEL = 4;
const DONE: ReadBack = { state: 'done', result: NOTHING_NEW };
const NOT_DONE: ReadBack = { state: 'not-done' };

interface Look {
  readonly client: DevinClient;
  readonly operation: Operation;
  readonly resolver: Resolver;
  readonly signal: AbortSignal;
}

/** @throws TargetError, SourceReadError or the signal's reason when the subject could not be read. */
export async function readV2Subject(look: Look): Promise<ReadBack> {
  const { kind, role, user, batch } = look.operation;
  switch (kind) {
    case 'invite':
      return invited(look);
    case 'create-org':
      return created(look);
    case 'set-enterprise-role': {
      const member = await memberById(look, look.resolver.user(user ?? ''));
      return member !== null && member.enterprise_role === role ? DONE : NOT_DONE;
    }
    case 'remove-user':
      return (await memberById(look, look.resolver.user(user ?? ''))) === null ? DONE : NOT_DONE;
    case 'add-to-org':
    case 'change-org-role':
    case 'remove-from-org':
      return (await roleInOrg(look)) === role ? DONE : NOT_DONE;
    case 'register-groups': {
      const known = await Promise.all(batch.map((name) => groupByName(look, name)));
      return known.includes(null) ? NOT_DONE : DONE;
    }
    case 'add-group-to-org':
    case 'remove-group-from-org':
      return (await groupRole(look)) === role ? DONE : NOT_DONE;
    default:
      throw new Error(`operation ${look.operation.key} (${kind}) has no request in the v2 API`);
  }
}

async function memberById(look: Look, id: string): Promise<Member | null> {
  return readOne(look, v2Path('/v2/enterprise/members/{user_id}', { user_id: id }), Member);
}

async function groupByName(look: Look, name: string): Promise<Group | null> {
  return readOne(look, v2Path('/v2/enterprise/groups/{group_name}', { group_name: name }), Group);
}

async function groupRole(look: Look): Promise<string | null> {
  const group = await groupByName(look, look.operation.group ?? '');
  return group?.role_by_org_id[look.resolver.org(look.operation.org ?? '')] ?? null;
}

async function roleInOrg(look: Look): Promise<string | null> {
  const { operation, resolver } = look;
  const members = await wholeList(look, membersOf(resolver.org(operation.org ?? '')));
  const id = resolver.user(operation.user ?? '');
  return members.find(({ user_id }) => user_id === id)?.org_role ?? null;
}

async function invited(look: Look): Promise<ReadBack> {
  const wanted = look.operation.batch.map(normalised);
  const limit = pLimit(PARALLEL);
  const found = await limit.map(wanted, async (email) => {
    const path = v2Path('/v2/enterprise/members', {}, { email, limit: String(PAGE_SIZE) });
    const { json } = await look.client.get(path, look.signal);
    return idsByAddress(parsed(path, pageOf(Member), json).items).get(email) ?? null;
  });
  if (found.includes(null)) return NOT_DONE;
  const users = Object.fromEntries(wanted.map((email, index) => [email, found[index] as string]));
  return { state: 'done', result: { users, orgId: null } };
}

async function created(look: Look): Promise<ReadBack> {
  const name = look.operation.create?.name;
  const [first, second] = (await wholeList(look, ORGANIZATIONS)).filter((org) => org.org_name === name);
  if (second !== undefined)
    throw new TargetError(
      `Devin has two organizations named ${JSON.stringify(name)}: ${first?.org_id} and ${second.org_id}. Rename or delete one of them in Devin.`,
      { status: null, outcome: 'unknown' },
    );
  return first === undefined ? NOT_DONE : { state: 'done', result: { users: {}, orgId: first.org_id } };
}

async function wholeList<Item>(look: Look, list: V2List<Item>): Promise<readonly Item[]> {
  const context: ReadContext = { signal: look.signal, onProgress: () => {} };
  return (await readV2List(look.client, list, context)).items;
}

/** null: Devin knows no such thing. */
async function readOne<T>(look: Look, path: string, schema: z.ZodType<T>): Promise<T | null> {
  try {
    const { json } = await look.client.get(path, look.signal);
    return parsed(path, schema, json);
  } catch (error) {
    if (saysGone(error)) return null;
    throw error;
  }
}

function parsed<T>(path: string, schema: z.ZodType<T>, json: unknown): T {
  const answer = schema.safeParse(json);
  if (answer.success) return answer.data;
  throw new TargetError(`${path} is not as the API promises: ${firstIssue(answer.error)}.`, {
    status: null,
    outcome: 'unknown',
    cause: answer.error,
  });
}
