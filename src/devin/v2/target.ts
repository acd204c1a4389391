/** The Devin enterprise over the older API, with the personal key of an administrator. */
import type { Operation } from '../../core/model/operation.ts';
import { SourceReadError } from '../../lib/errors.ts';
import { idsByAddress, NOTHING_NEW, normalised } from '../answers.ts';
import { type ClientDeps, DevinClient } from '../client.ts';
import { oddAnswer, saysGone } from '../failure.ts';
import type { TargetOptions } from '../options.ts';
import { asSourceError } from '../pages.ts';
import { impatiently, lookAgain } from '../rest-target.ts';
import { firstIssue } from '../schema.ts';
import type { ApiRequest, DevinTarget, OperationResult } from '../target.ts';
import { checkV2 } from './check.ts';
import { readV2Impact } from './impact.ts';
import { ownerAmong, readV2 } from './read.ts';
import { readV2Subject } from './read-back.ts';
import { v2Path, v2Request } from './requests.ts';
import { Invited, Member, Organization, PAGE_SIZE, pageOf } from './schema.ts';

export function makeV2Target(options: TargetOptions, deps: ClientDeps): DevinTarget {
  const client = new DevinClient(options, deps);
  const impatient = new DevinClient(impatiently(options), deps);
  return {
    identify: async (signal) => identify(client, options, signal),
    probe: async (signal) => {
      await identify(impatient, options, signal);
    },
    read: async (context) => readV2(client, options, context),
    describe: v2Request,
    apply: async (operation, resolver, signal) =>
      applyOnce(client, v2Request(operation, resolver), operation, signal),
    readBack: async (operation, resolver, signal) =>
      lookAgain(signal, () => readV2Subject({ client, operation, resolver, signal })),
    impact: async (losers, _now, context) => readV2Impact(client, losers, context),
    noAuthors:
      'who made the drift is not shown: what the audit log of the v2 API holds is not documented; a service user and the v3 API tell it',
    check: async (signal) => checkV2(impatient, options, signal),
  };
}

/** This API cannot say whose key it is; configuration does, and Devin must know that person. */
async function identify(client: DevinClient, options: TargetOptions, signal: AbortSignal) {
  const query = { email: options.keyOwner ?? '', limit: String(PAGE_SIZE) };
  const path = v2Path('/v2/enterprise/members', {}, query);
  const place = 'The owner of the Devin key (/v2/enterprise/members)';
  const { json } = await asSourceError(place, signal, () => client.get(path, signal));
  const page = pageOf(Member).safeParse(json);
  if (!page.success)
    throw new SourceReadError(`${place} is not as the API promises: ${firstIssue(page.error)}.`);
  return ownerAmong(page.data.items, options);
}

async function applyOnce(
  client: DevinClient,
  request: ApiRequest,
  operation: Operation,
  signal: AbortSignal,
): Promise<OperationResult> {
  try {
    return resultOf(operation, request, await client.send(request, signal));
  } catch (error) {
    if (request.method === 'DELETE' && saysGone(error)) return NOTHING_NEW;
    throw error;
  }
}

/** @throws TargetError with outcome `unknown` when the answer lacks what the operation needs: then it is read back. */
function resultOf(operation: Operation, request: ApiRequest, json: unknown): OperationResult {
  if (operation.kind === 'invite') return { users: invited(operation, request, json), orgId: null };
  if (operation.kind === 'create-org') {
    const org = Organization.safeParse(json);
    if (org.success) return { users: {}, orgId: org.data.org_id };
    throw oddAnswer(request, 200, `its body is not an organization (${firstIssue(org.error)})`);
  }
  if (typeof json !== 'object') throw oddAnswer(request, 200, `with ${JSON.stringify(json)}`);
  return NOTHING_NEW;
}

function invited(operation: Operation, request: ApiRequest, json: unknown): Record<string, string> {
  const answer = Invited.safeParse(json);
  if (!answer.success)
    throw oddAnswer(request, 200, `its body does not say who was invited (${firstIssue(answer.error)})`);
  const rows = Object.entries(answer.data.invitee_user_id_to_email);
  const ids = idsByAddress(rows.map(([user_id, email]) => ({ user_id, email })));
  const wanted = operation.batch.map(normalised);
  const missing = wanted.filter((address) => !ids.has(address));
  if (missing.length > 0)
    throw oddAnswer(
      request,
      200,
      `its body lacks ${missing.length} of ${wanted.length} invited addresses (${missing.slice(0, 3).join(', ')})`,
    );
  return Object.fromEntries(wanted.map((address) => [address, ids.get(address) as string]));
}
