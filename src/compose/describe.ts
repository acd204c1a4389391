/** The request of an operation as reports print it, without opening a connection. */
import type { RequestLine } from '../actions/workbench.ts';
import type { Operation } from '../core/model/operation.ts';
import { describeRequest } from '../devin/make-target.ts';
import type { DevinOptions } from '../devin/options.ts';

export function describeOperation(
  options: Pick<DevinOptions, 'api' | 'prefix' | 'scim'>,
  operation: Operation,
): RequestLine {
  return describeRequest(options, operation, null);
}
