/** The message of a PATCH request (RFC 7644 section 3.5.2): read and checked, before anything is looked up. */
import { requireSchema } from './body.ts';
import { entriesOnce } from './entries.ts';
import { bad, shown } from './fault.ts';
import { type PatchPath, parsePatchPath } from './filter.ts';
import { idsInFilter } from './members.ts';
import type { ScimModel } from './model.ts';
import { isObject, resolvePath } from './path.ts';
import type { ScimObject, ScimValue } from './store.ts';

export const PATCH_URN = 'urn:ietf:params:scim:api:messages:2.0:PatchOp';

/** Entra puts up to some hundreds into one request. */
export const MOST_OPERATIONS = 1000;

export interface PatchOperation {
  readonly op: 'add' | 'replace' | 'remove';
  /** null: the resource itself. */
  readonly path: PatchPath | null;
  /** undefined: none was given, which is not the same as null. */
  readonly value: ScimValue | undefined;
}

const OPS: ReadonlySet<string> = new Set(['add', 'replace', 'remove']);

/** Entra writes "Add", "Replace" and "Remove". @throws ScimFault invalidSyntax, invalidPath */
export function readPatch(raw: unknown): readonly PatchOperation[] {
  if (!isObject(raw)) throw bad('invalidSyntax', 'The body must be a JSON object: a PatchOp.');
  requireSchema(raw, PATCH_URN);
  const operations = field(raw, 'operations');
  if (!Array.isArray(operations) || operations.length === 0)
    throw bad('invalidSyntax', 'Operations must be a list with at least one operation.');
  if (operations.length > MOST_OPERATIONS)
    throw bad('tooMany', `${operations.length} operations are too many; the limit is ${MOST_OPERATIONS}.`);
  return operations.map(readOperation);
}

function readOperation(raw: ScimValue): PatchOperation {
  if (!isObject(raw)) throw bad('invalidSyntax', `An operation must be an object, and ${shown(raw)} is not.`);
  const op = field(raw, 'op');
  const word = typeof op === 'string' ? op.toLowerCase() : '';
  if (!OPS.has(word)) throw bad('invalidSyntax', `op must be add, replace or remove, and not ${shown(op)}.`);
  const path = field(raw, 'path') ?? '';
  if (typeof path !== 'string') throw bad('invalidPath', `path must be a string, and ${shown(path)} is not.`);
  return {
    op: word as PatchOperation['op'],
    path: path.trim() === '' ? null : parsePatchPath(path),
    value: field(raw, 'value'),
  };
}

function field(raw: ScimObject, name: string): ScimValue | undefined {
  return entriesOnce(raw).find(([each]) => each.toLowerCase() === name)?.[1];
}

/** Whether a filter among the operations asks for more of the members than their ids. */
export function looksAtMembers(model: ScimModel, operations: readonly PatchOperation[]): boolean {
  return operations.some(
    ({ path }) =>
      path?.filter != null &&
      resolvePath(model, path.path)?.attribute?.name === 'members' &&
      idsInFilter(path.filter) === null,
  );
}
