/** The configuration as JSON Schema: for editors, for the reference page, and for naming the keys that are allowed. */
import { z } from 'zod';
import type { KeyPath } from './key-path.ts';
import { configSchema } from './schema.ts';
import { fileKey, SECRETS } from './secrets.ts';

/** The keywords of JSON Schema that our schemas produce. */
export interface SchemaNode {
  type?: string;
  description?: string;
  default?: unknown;
  examples?: unknown[];
  enum?: unknown[];
  const?: unknown;
  pattern?: string;
  minimum?: number;
  maximum?: number;
  exclusiveMinimum?: number;
  format?: string;
  properties?: Record<string, SchemaNode>;
  required?: string[];
  additionalProperties?: boolean | SchemaNode;
  propertyNames?: SchemaNode;
  items?: SchemaNode;
  anyOf?: SchemaNode[];
  [keyword: string]: unknown;
}

/** Draft 2020-12, of the file as it is written: durations and shares as text, and `xyzFile` beside each secret. */
export function configJsonSchema(): SchemaNode {
  const { $schema, ...schema } = z.toJSONSchema(configSchema, { io: 'input' }) as SchemaNode;
  for (const path of SECRETS) {
    const parent = nodeAt(schema, path.slice(0, -1));
    if (parent?.properties !== undefined) addFileKey(parent, path);
  }
  return { $schema, title: 'devin-idp-sync configuration', ...schema };
}

function addFileKey(parent: SchemaNode, path: KeyPath): void {
  const key = String(path.at(-1));
  const file = String(fileKey(path).at(-1));
  const properties: Record<string, SchemaNode> = {};
  for (const [name, node] of Object.entries(parent.properties ?? {})) {
    properties[name] = node;
    if (name === key) {
      properties[file] = {
        type: 'string',
        description: `File that holds ${key} and nothing else.`,
      };
    }
  }
  parent.properties = properties;
  if (!parent.required?.includes(key)) return;
  parent.required = parent.required.filter((name) => name !== key);
  parent.anyOf = [{ required: [key] }, { required: [file] }];
}

/** The schema of the value at a path; of a union, the alternative that has the key. */
export function nodeAt(root: SchemaNode, path: KeyPath): SchemaNode | undefined {
  let node: SchemaNode | undefined = root;
  for (const part of path) {
    const alternatives: SchemaNode[] = [node, ...(node?.anyOf ?? [])].filter((each) => each !== undefined);
    node = alternatives.map((each) => childOf(each, part)).find((each) => each !== undefined);
    if (node === undefined) return undefined;
  }
  return node;
}

function childOf(node: SchemaNode, part: string | number): SchemaNode | undefined {
  if (node.items !== undefined) return typeof part === 'number' || part === '*' ? node.items : undefined;
  return (
    node.properties?.[part] ??
    (typeof node.additionalProperties === 'object' ? node.additionalProperties : undefined)
  );
}

/** Keys that may stand in the map at a path. */
export function keysAt(root: SchemaNode, path: KeyPath): string[] {
  const node = nodeAt(root, path);
  if (node === undefined) return [];
  return [node, ...(node.anyOf ?? [])].flatMap((each) => [
    ...Object.keys(each.properties ?? {}),
    ...(each.propertyNames?.enum ?? []).map(String),
  ]);
}
