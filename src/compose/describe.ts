/** The request of an operation as reports print it, without opening a connection. */
import type { RequestLine } from '../actions/workbench.ts';
import type { Operation } from '../core/model/operation.ts';
import type { DevinOptions } from '../devin/options.ts';
import { requestOf } from '../devin/requests.ts';

export function describeOperation(
  { prefix }: Pick<DevinOptions, 'prefix'>,
  operation: Operation,
): RequestLine {
  return requestOf(prefix, operation, null);
}
