/** Reads the subject of a write whose outcome is unknown, to learn whether it took effect. */
import pLimit from 'p-limit';
import type { z } from 'zod';
import type { Operation } from '../core/model/operation.ts';
import { repositoryOf } from '../core/model/repository.ts';
import { TargetError } from '../lib/errors.ts';
import type { ReadContext } from '../lib/reading.ts';
import { idsByAddress, NOTHING_NEW, normalised } from './answers.ts';
import type { DevinClient } from './client.ts';
import { saysGone } from './failure.ts';
import { listPath, listsOf } from './lists.ts';
import { type ListSpec, readList } from './pages.ts';
import { permissionIn, repositoryList } from './repositories.ts';
import { type Prefix, pathOf } from './requests.ts';
import { type Assignment, DirectUser, firstIssue, Group, Organization, PAGE_SIZE, pageOf } from './schema.ts';
import type { OperationResult, ReadBack, Resolver } from './target.ts';

/** Addresses of one invite that are looked up at the same time. */
const PARALLEL = 4;
const NOT_DONE: ReadBack = { state: 'not-done' };

type ScimKind = Extract<Operation['kind'], `scim-${string}`>;

interface Look {
  readonly client: DevinClient;
  readonly prefix: Prefix;
  readonly operation: Operation;
  readonly resolver: Resolver;
  readonly signal: AbortSignal;
}

/** @throws TargetError, SourceReadError or the signal's reason when the subject could not be read. */
export async function readSubject(look: Look): Promise<ReadBack> {
  const { operation } = look;
  switch (operation.kind) {
    case 'invite':
      return invited(look);
    case 'create-org':
      return created(look);
    case 'update-org':
      return updated(look);
    case 'allow-repository':
    case 'deny-repository':
      return repository(look);
    case 'register-groups':
    case 'unregister-group':
      return registration(look);
    case 'set-enterprise-role':
    case 'remove-user':
    case 'add-to-org':
    case 'change-org-role':
    case 'remove-from-org':
      return judged(operation, await userAssignments(look), orgOf(look));
    case 'give-group-role':
    case 'change-group-role':
    case 'take-group-role':
    case 'add-group-to-org':
    case 'change-group-org-role':
    case 'remove-group-from-org':
      return judged(operation, await groupAssignments(look), orgOf(look));
    default:
      // One kind after another is named above, so that a new one of REST breaks the build here.
      throw notHere(operation.kind);
  }
}

function notHere(kind: ScimKind): Error {
  return new Error(`an operation of the kind ${kind} is read back through SCIM`);
}

/** Removing a user ends every direct role; the others speak of one place, where `role` null means none. */
function judged(operation: Operation, assignments: readonly Assignment[], org: string | null): ReadBack {
  const here = assignments.filter((one) => operation.kind === 'remove-user' || (one.org_id ?? null) === org);
  const isDone =
    operation.role === null ? here.length === 0 : here.some((one) => one.role.role_id === operation.role);
  return isDone ? done(NOTHING_NEW) : NOT_DONE;
}

function done(result: OperationResult): ReadBack {
  return { state: 'done', result };
}

function orgOf({ operation, resolver }: Look): string | null {
  return operation.org === null ? null : resolver.org(operation.org);
}

async function userAssignments(look: Look): Promise<readonly Assignment[]> {
  const id = look.resolver.user(look.operation.user ?? '');
  const path = pathOf(look.prefix, '/v3/enterprise/members/users/{user_id}', { user_id: id });
  return (await readOne(look, path, DirectUser))?.role_assignments ?? [];
}

async function groupAssignments(look: Look): Promise<readonly Assignment[]> {
  const names = { idp_group_name: look.operation.group ?? '' };
  const path = pathOf(look.prefix, '/v3/enterprise/members/idp-groups/{idp_group_name}', names);
  return (await readOne(look, path, Group))?.role_assignments ?? [];
}

/** null: Devin knows no such thing, so it has no roles. */
async function readOne<T>(look: Look, path: string, schema: z.ZodType<T>): Promise<T | null> {
  try {
    const { json } = await look.client.get(path, look.signal);
    return parsed(path, schema, json);
  } catch (error) {
    if (saysGone(error)) return null;
    throw error;
  }
}

/** Stops at the first address that is not there: one missing makes the invite not done. */
async function invited(look: Look): Promise<ReadBack> {
  const wanted = look.operation.batch.map(normalised);
  if (look.prefix === '/v3beta1') return invitedAmongAll(look, new Set(wanted));
  const limit = pLimit(PARALLEL);
  const users: Record<string, string> = {};
  let isMissing = false;
  await limit.map(wanted, async (address) => {
    if (isMissing) return;
    const id = await directMember(look, address);
    if (id === null) isMissing = true;
    else users[address] = id;
  });
  return isMissing ? NOT_DONE : done({ users, orgId: null });
}

/** /v3beta1 has no e-mail filter. */
async function invitedAmongAll(look: Look, wanted: ReadonlySet<string>): Promise<ReadBack> {
  const users = await wholeList(look, listsOf(look.prefix).users);
  const ids = idsByAddress(users.filter(({ email }) => email !== null && wanted.has(normalised(email))));
  return ids.size < wanted.size ? NOT_DONE : done({ users: Object.fromEntries(ids), orgId: null });
}

async function directMember(look: Look, email: string): Promise<string | null> {
  const path = listPath(look.prefix, 'users', null, { email, first: String(PAGE_SIZE) });
  const { json } = await look.client.get(path, look.signal);
  const page = parsed(path, pageOf(DirectUser), json);
  // The filter is said to ignore case, but that is nowhere promised: only the very address counts.
  return idsByAddress(page.items).get(email) ?? null;
}

async function created(look: Look): Promise<ReadBack> {
  const name = look.operation.create?.name;
  const orgs = await wholeList(look, listsOf(look.prefix).organizations);
  const [first, second] = orgs.filter((org) => org.name === name);
  if (second !== undefined)
    throw new TargetError(
      `Devin has two organizations named ${JSON.stringify(name)}: ${first?.org_id} and ${second.org_id}. Rename or delete one of them in Devin.`,
      { status: null, outcome: 'unknown' },
    );
  return first === undefined ? NOT_DONE : done({ users: {}, orgId: first.org_id });
}

async function updated(look: Look): Promise<ReadBack> {
  const path = pathOf(look.prefix, '/v3/enterprise/organizations/{org_id}', { org_id: orgOf(look) ?? '' });
  const org = await readOne(look, path, Organization);
  const { create } = look.operation;
  if (org === null || create === null) return NOT_DONE;
  const { maxSessionAcuLimit: session, maxCycleAcuLimit: cycle } = create;
  const isDone =
    org.name === create.name &&
    (session === null || org.max_session_acu_limit === session) &&
    (cycle === null || org.max_cycle_acu_limit === cycle);
  return isDone ? done(NOTHING_NEW) : NOT_DONE;
}

async function repository(look: Look): Promise<ReadBack> {
  const { operation } = look;
  const wanted = repositoryOf(operation.role ?? operation.before ?? '');
  const listed = await wholeList(look, repositoryList(look.prefix, orgOf(look) ?? ''));
  const isThere = listed.map(permissionIn).some((one) => {
    if (wanted.id !== null) return one?.id === wanted.id;
    return one?.connection === wanted.connection && one.by === wanted.by && one.path === wanted.path;
  });
  return isThere === (operation.role !== null) ? done(NOTHING_NEW) : NOT_DONE;
}

async function registration(look: Look): Promise<ReadBack> {
  const { operation } = look;
  const groups = await wholeList(look, listsOf(look.prefix).groupNames);
  const names = new Set(groups.map((group) => group.idp_group_name));
  const isDone =
    operation.kind === 'unregister-group'
      ? !names.has(operation.group ?? '')
      : operation.batch.every((name) => names.has(name));
  return isDone ? done(NOTHING_NEW) : NOT_DONE;
}

async function wholeList<Item>(look: Look, list: ListSpec<Item>): Promise<readonly Item[]> {
  const context: ReadContext = { signal: look.signal, onProgress: () => {} };
  return (await readList(look.client, list, context)).items;
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
