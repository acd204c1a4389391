/** What a successful answer to a write tells: the ids it made, or that it was not Devin who answered. */
import type { Operation } from '../core/model/operation.ts';
import { TargetError } from '../lib/errors.ts';
import { oddAnswer } from './failure.ts';
import { firstIssue, Invited, Organization } from './schema.ts';
import type { ApiRequest, OperationResult } from './target.ts';

export const NOTHING_NEW: OperationResult = { users: {}, orgId: null };

/** @throws TargetError with outcome `unknown` when the answer lacks what the operation needs. */
export function resultOf(operation: Operation, request: ApiRequest, json: unknown): OperationResult {
  if (operation.kind === 'invite') return { users: invitedUsers(operation, request, json), orgId: null };
  if (operation.kind === 'create-org') return { users: {}, orgId: createdOrg(request, json) };
  // Each answer is the object or list that was changed; null is a 204, and anything else came from elsewhere.
  if (typeof json !== 'object') throw oddAnswer(request, 200, `with ${JSON.stringify(json)}`);
  return NOTHING_NEW;
}

/** The address as plans write it: case means nothing in it. */
export function normalised(address: string): string {
  return address.trim().toLowerCase();
}

/** @throws TargetError when one address has two ids: which one was meant is not ours to guess. */
export function idsByAddress(
  rows: readonly { user_id: string; email: string | null }[],
): Map<string, string> {
  const ids = new Map<string, string>();
  for (const { user_id, email } of rows) {
    if (email === null) continue;
    const address = normalised(email);
    const known = ids.get(address) ?? user_id;
    if (known !== user_id)
      throw new TargetError(
        `Devin has two users for ${address}: ${known} and ${user_id}. Remove one of them in Devin.`,
        {
          status: null,
          outcome: 'unknown',
        },
      );
    ids.set(address, user_id);
  }
  return ids;
}

/** It is not documented whether people who are members already are in the answer; reading back finds them. */
function invitedUsers(operation: Operation, request: ApiRequest, json: unknown): Record<string, string> {
  const answer = Invited.safeParse(json);
  if (!answer.success)
    throw oddAnswer(request, 200, `its body is not a list of users (${firstIssue(answer.error)})`);
  const ids = idsByAddress(answer.data);
  const wanted = operation.batch.map(normalised);
  const missing = wanted.filter((address) => !ids.has(address));
  if (missing.length > 0) {
    const some = missing.slice(0, 3).join(', ');
    throw oddAnswer(
      request,
      200,
      `its body lacks ${missing.length} of ${wanted.length} invited addresses (${some})`,
    );
  }
  return Object.fromEntries(wanted.map((address) => [address, ids.get(address) as string]));
}

function createdOrg(request: ApiRequest, json: unknown): string {
  const org = Organization.safeParse(json);
  if (!org.success)
    throw oddAnswer(request, 200, `its body is not an organization (${firstIssue(org.error)})`);
  return org.data.org_id;
}
