/** A stored resource as clients see it (RFC 7643 sections 3 and 4). */
import { customUrns } from './custom.ts';
import { MODELS } from './model.ts';
import { isObject, own } from './path.ts';
import type { ScimObject, ScimResource, ScimType, ScimValue } from './store.ts';
import { inOrder } from './value.ts';

export interface Related {
  /** Of a group; absent: not asked for. */
  readonly members?: readonly ScimObject[];
  /** Of a user; absent: not asked for. */
  readonly groups?: readonly ScimObject[];
}

/** @param base address of the source, e.g. https://sync.example.com/scim/v2/okta */
export function representation(base: string, resource: ScimResource, related: Related): ScimObject {
  const { core, extensions, attributes } = MODELS[resource.type];
  const known = extensions.flatMap(({ id }) => (Object.hasOwn(resource.body, id) ? [id] : []));
  const used = [...known, ...customUrns(resource.body)];
  const lists = Object.entries(related).filter(([, list]) => list !== undefined && list.length > 0);
  return {
    schemas: [core.id, ...used],
    id: resource.id,
    // As people know it, the name first; a store may give the attributes in any order.
    ...inOrder([...attributes.values()], new Map(Object.entries(resource.body))),
    ...Object.fromEntries(used.map((id) => [id, own(resource.body, id) ?? null])),
    ...Object.fromEntries(lists),
    meta: metaOf(base, resource),
  };
}

function metaOf(base: string, { id, type, version, created, lastModified }: ScimResource): ScimObject {
  return {
    resourceType: type,
    created: new Date(created).toISOString(),
    lastModified: new Date(lastModified).toISOString(),
    location: locationOf(base, type, id),
    version: etagOf(version),
  };
}

export function locationOf(base: string, type: ScimType, id: string): string {
  return `${base}${MODELS[type].endpoint}/${encodeURIComponent(id)}`;
}

export function etagOf(version: number): string {
  return `W/"${version}"`;
}

/** One member of a group. @param found null: the id names nothing that was pushed yet */
export function memberOf(base: string, id: string, found: ScimResource | null): ScimObject {
  if (found === null) return { value: id };
  const { type, body } = found;
  const display = displayOf(body);
  return {
    value: id,
    $ref: locationOf(base, type, id),
    type,
    ...(display === undefined ? {} : { display }),
  };
}

/** One of the groups of a user. */
export function groupOf(base: string, { id, body }: ScimResource): ScimObject {
  const display = displayOf(body);
  return {
    value: id,
    $ref: locationOf(base, 'Group', id),
    ...(display === undefined ? {} : { display }),
    type: 'direct',
  };
}

function displayOf(body: ScimObject): ScimValue | undefined {
  const name = own(body, 'name');
  return (
    own(body, 'displayName') ?? (isObject(name) ? own(name, 'formatted') : undefined) ?? own(body, 'userName')
  );
}
