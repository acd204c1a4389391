/** Small builders for the JSON Schema of the chart's values: nothing unknown passes, and everything is explained. */
import type { SchemaNode } from '../../src/config/json-schema.ts';

export function text(description: string, more: Partial<SchemaNode> = {}): SchemaNode {
  return { type: 'string', description, ...more };
}

export function flag(description: string): SchemaNode {
  return { type: 'boolean', description };
}

export function whole(description: string, minimum: number, maximum: number): SchemaNode {
  return { type: 'integer', description, minimum, maximum };
}

export function oneOf(description: string, values: readonly string[]): SchemaNode {
  return { type: 'string', description, enum: [...values] };
}

export function list(description: string, items: SchemaNode, more: Partial<SchemaNode> = {}): SchemaNode {
  return { type: 'array', description, items, ...more };
}

/** A map of free keys to texts, such as labels. */
export function textMap(description: string): SchemaNode {
  return { type: 'object', description, additionalProperties: { type: 'string' } };
}

export function group(description: string, properties: Record<string, SchemaNode>): SchemaNode {
  return { type: 'object', description, additionalProperties: false, properties };
}

/** An object of Kubernetes, passed through; the cluster checks it. */
export function kubernetes(type: 'object' | 'array', kind: string, description: string): SchemaNode {
  const whole = `${description} Kubernetes: ${kind}.`;
  return type === 'object'
    ? { type, description: whole }
    : { type, description: whole, items: { type: 'object' } };
}

/** A name that Kubernetes takes, or nothing. */
export const NAME_OR_EMPTY = { pattern: '^([a-z0-9]([-a-z0-9.]*[a-z0-9])?)?$', maxLength: 253 };
export const DIGEST = { pattern: '^(sha256:[0-9a-f]{64})?$' };
export const QUANTITY = { pattern: '^[0-9]+(\\.[0-9]+)?([EPTGMk]i?|m)?$' };
export const GO_DURATION = { pattern: '^([0-9]+(ms|s|m|h))+$' };
