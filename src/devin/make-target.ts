/** The target that fits the key. All of them are one interface; what a key cannot do stands in what it reads. */
import type { Operation } from '../core/model/operation.ts';
import type { ClientDeps } from './client.ts';
import type { DevinOptions, TargetOptions } from './options.ts';
import { makeOrgTarget } from './org/target.ts';
import { requestOf } from './requests.ts';
import { makeRestTarget } from './rest-target.ts';
import type { ApiRequest, DevinTarget, Resolver } from './target.ts';
import { v2Request } from './v2/requests.ts';
import { makeV2Target } from './v2/target.ts';

const TARGETS = { v3: makeRestTarget, v2: makeV2Target, organization: makeOrgTarget } as const;

export function makeTarget(options: TargetOptions, deps: ClientDeps): DevinTarget {
  return TARGETS[options.api](options, deps);
}

/** The request of an operation as it would be sent, without a client. */
export function describeRequest(
  { api, prefix }: Pick<DevinOptions, 'api' | 'prefix'>,
  operation: Operation,
  resolver: Resolver | null,
): ApiRequest {
  return api === 'v2' ? v2Request(operation, resolver) : requestOf(prefix, operation, resolver);
}
