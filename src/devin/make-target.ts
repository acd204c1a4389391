/** The target that fits the key. All of them are one interface; what a key cannot do stands in what it reads. */
import type { Operation } from '../core/model/operation.ts';
import { isScimKind } from '../core/model/scim.ts';
import type { Pace } from '../lib/pace.ts';
import type { ClientDeps } from './client.ts';
import type { DevinOptions, TargetOptions } from './options.ts';
import { makeOrgTarget } from './org/target.ts';
import { requestOf } from './requests.ts';
import { makeRestTarget } from './rest-target.ts';
import { scimRequest } from './scim/requests.ts';
import { withScim } from './scim/target.ts';
import type { ApiRequest, DevinTarget, Resolver } from './target.ts';
import { v2Request } from './v2/requests.ts';
import { makeV2Target } from './v2/target.ts';

const TARGETS = { v3: makeRestTarget, v2: makeV2Target, organization: makeOrgTarget } as const;

/** @param scimPace of the SCIM service, which counts calls of its own. */
export function makeTarget(
  options: TargetOptions,
  deps: ClientDeps,
  scimPace: Pace = deps.pace,
): DevinTarget {
  const rest = TARGETS[options.api](options, deps);
  return options.scim === undefined
    ? rest
    : withScim(rest, options, options.scim, { ...deps, pace: scimPace });
}

/** The request of an operation as it would be sent, without a client. */
export function describeRequest(
  { api, prefix, scim }: Pick<DevinOptions, 'api' | 'prefix' | 'scim'>,
  operation: Operation,
  resolver: Resolver | null,
): ApiRequest {
  if (scim !== undefined && isScimKind(operation.kind)) return scimRequest(scim.url, operation, resolver);
  return api === 'v2' ? v2Request(operation, resolver) : requestOf(prefix, operation, resolver);
}
