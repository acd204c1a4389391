/** A Devin enterprise with its SCIM service beside the REST API: one target, each operation to the side that it is for. */
import type { DevinState } from '../../core/model/devin.ts';
import type { Operation } from '../../core/model/operation.ts';
import { isScimKind, scimBodyOf, scimGroupPlaceholder, scimUserPlaceholder } from '../../core/model/scim.ts';
import type { Finding, ReadContext } from '../../lib/reading.ts';
import { together } from '../../lib/together.ts';
import { NOTHING_NEW } from '../answers.ts';
import { type ClientDeps, DevinClient } from '../client.ts';
import { oddAnswer } from '../failure.ts';
import type { DevinOptions } from '../options.ts';
import { impatiently, lookAgain } from '../rest-target.ts';
import type { ApiRequest, DevinTarget, OperationResult } from '../target.ts';
import { checkScim } from './check.ts';
import type { ScimTargetOptions } from './options.ts';
import { readScim, type WholeScim } from './read.ts';
import { readScimSubject } from './read-back.ts';
import { scimRequest } from './requests.ts';
import { Created } from './schema.ts';
import { SCIM } from './words.ts';

/**
 * Reads wait at the pace of `deps`, which is the service's own; writes wait with whoever calls, as for REST. A run
 * about one person reads everything: guards count against all members of a group, no earlier reading keeps those
 * counts, and few services can be asked for the groups of one member.
 */
export function withScim(
  rest: DevinTarget,
  options: DevinOptions,
  scim: ScimTargetOptions,
  deps: ClientDeps,
): DevinTarget {
  const { url } = scim;
  const at = { ...options, url: new URL(url).origin, key: scim.token };
  const client = new DevinClient(at, deps, SCIM);
  const impatient = new DevinClient(impatiently(at), deps, SCIM);
  const { look: _look, ...whole } = rest;
  return {
    ...whole,
    wholeBecause:
      'rules write groups through devin.scim, and guards measure a member who goes against everybody there',
    read: (context) => readBoth(rest, { client, options: scim, context }),
    describe: (operation, resolver) =>
      isScimKind(operation.kind) ? scimRequest(url, operation, resolver) : rest.describe(operation, resolver),
    apply: async (operation, resolver, signal) => {
      if (!isScimKind(operation.kind)) return rest.apply(operation, resolver, signal);
      const request = scimRequest(url, operation, resolver);
      return resultOf(operation, request, await client.send(request, signal));
    },
    readBack: async (operation, resolver, signal) =>
      isScimKind(operation.kind)
        ? lookAgain(signal, () => readScimSubject({ client, url, operation, resolver, signal }))
        : rest.readBack(operation, resolver, signal),
    check: async (signal): Promise<readonly Finding[]> => [
      ...(await rest.check(signal)),
      ...(await checkScim(impatient, scim, signal)),
    ],
  };
}

interface Asked {
  readonly client: DevinClient;
  readonly options: ScimTargetOptions;
  readonly context: ReadContext;
}

async function readBoth(rest: DevinTarget, { context, ...asked }: Asked): Promise<DevinState> {
  const found: { state?: DevinState; scim?: WholeScim } = {};
  await together(context.signal, [
    async (signal) => {
      found.state = await rest.read({ ...context, signal });
    },
    async (signal) => {
      found.scim = await readScim({ ...asked, context: { ...context, signal } });
    },
  ]);
  const { reading, reads } = found.scim as WholeScim;
  return (found.state as DevinState).with(reading, reads);
}

/** @throws TargetError with outcome `unknown` when the answer lacks what the operation needs. */
function resultOf(operation: Operation, request: ApiRequest, json: unknown): OperationResult {
  const { kind } = operation;
  if (kind !== 'scim-create-user' && kind !== 'scim-create-group') {
    if (typeof json !== 'object') throw oddAnswer(request, 200, `with ${JSON.stringify(json)}`);
    return NOTHING_NEW;
  }
  const answer = Created.safeParse(json);
  if (!answer.success) throw oddAnswer(request, 201, 'its body has no id');
  const { externalId = '' } = scimBodyOf(operation.role ?? '{}');
  const name =
    kind === 'scim-create-user' ? scimUserPlaceholder(externalId) : scimGroupPlaceholder(externalId);
  return { users: { [name]: answer.data.id }, orgId: null };
}
