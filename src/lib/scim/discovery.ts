/** What the endpoint says of itself (RFC 7644 section 4, RFC 7643 sections 5 to 7). */
import type { ScimSchema } from './attribute.ts';
import { GROUP, type ScimModel, USER } from './model.ts';
import type { ScimObject, ScimValue } from './store.ts';

export const LIST_URN = 'urn:ietf:params:scim:api:messages:2.0:ListResponse';

/** Most resources of one page. */
export const MOST_RESULTS = 200;
/** Resources of a page where `count` is not given. */
export const USUAL_RESULTS = 100;

const CONFIG_URN = 'urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig';
const RESOURCE_TYPE_URN = 'urn:ietf:params:scim:schemas:core:2.0:ResourceType';
const SCHEMA_URN = 'urn:ietf:params:scim:schemas:core:2.0:Schema';

/** @param base address of the source */
export function providerConfig(base: string): ScimObject {
  return {
    schemas: [CONFIG_URN],
    patch: { supported: true },
    bulk: { supported: false, maxOperations: 0, maxPayloadSize: 0 },
    filter: { supported: true, maxResults: MOST_RESULTS },
    changePassword: { supported: false },
    sort: { supported: false },
    etag: { supported: true },
    pagination: {
      cursor: true,
      index: true,
      defaultPaginationMethod: 'index',
      defaultPageSize: USUAL_RESULTS,
      maxPageSize: MOST_RESULTS,
    },
    authenticationSchemes: [
      {
        type: 'oauthbearertoken',
        name: 'OAuth Bearer Token',
        description: 'A token from the configuration of the daemon, sent as a bearer token.',
        specUri: 'https://www.rfc-editor.org/rfc/rfc6750',
        primary: true,
      },
    ],
    meta: { resourceType: 'ServiceProviderConfig', location: `${base}/ServiceProviderConfig` },
  };
}

export function resourceTypes(base: string): readonly ScimObject[] {
  return [USER, GROUP].map((model) => ({
    schemas: [RESOURCE_TYPE_URN],
    id: model.type,
    name: model.type,
    description: model.core.description,
    endpoint: model.endpoint,
    schema: model.core.id,
    ...extensionsOf(model),
    meta: { resourceType: 'ResourceType', location: `${base}/ResourceTypes/${model.type}` },
  }));
}

function extensionsOf({ extensions }: ScimModel): ScimObject {
  if (extensions.length === 0) return {};
  return { schemaExtensions: extensions.map(({ id }) => ({ schema: id, required: false })) };
}

export function schemas(base: string): readonly ScimObject[] {
  return [USER.core, ...USER.extensions, GROUP.core, ...GROUP.extensions].map((schema) =>
    published(base, schema),
  );
}

function published(base: string, { id, name, description, attributes }: ScimSchema): ScimObject {
  return {
    schemas: [SCHEMA_URN],
    id,
    name,
    description,
    attributes: attributes as unknown as ScimValue,
    meta: { resourceType: 'Schema', location: `${base}/Schemas/${id}` },
  };
}

/** A list that fits into one answer. */
export function wholeList(resources: readonly ScimObject[]): ScimObject {
  return {
    schemas: [LIST_URN],
    totalResults: resources.length,
    startIndex: 1,
    itemsPerPage: resources.length,
    Resources: resources,
  };
}
