/** The two resource types and what is known of their attributes; names are found without regard to case. */
import { attribute, complex, type ScimAttribute, type ScimSchema } from './attribute.ts';
import { ENTERPRISE_SCHEMA, GROUP_SCHEMA, USER_SCHEMA } from './schemas.ts';
import type { ScimKey, ScimType } from './store.ts';

export interface ScimModel {
  readonly type: ScimType;
  readonly endpoint: '/Users' | '/Groups';
  readonly core: ScimSchema;
  readonly extensions: readonly ScimSchema[];
  /** By lower-case name: those common to all resources and those of the core schema. */
  readonly attributes: ReadonlyMap<string, ScimAttribute>;
  /** What no two resources of a source may share. */
  readonly unique: readonly ScimKey[];
}

const READ_ONLY = { mutability: 'readOnly', caseExact: true } as const;

/** RFC 7643 sections 3 and 3.1: on every resource, and part of no schema. */
const COMMON: readonly ScimAttribute[] = [
  attribute('schemas', 'The schemas of this resource.', {
    ...READ_ONLY,
    type: 'reference',
    referenceTypes: ['uri'],
    multiValued: true,
    returned: 'always',
  }),
  attribute('id', 'The id given here.', { ...READ_ONLY, returned: 'always', uniqueness: 'server' }),
  attribute('externalId', 'The id at the client.', { caseExact: true }),
  complex(
    'meta',
    'About the resource.',
    [
      attribute('resourceType', 'User or Group.', READ_ONLY),
      attribute('created', 'When it was created.', { ...READ_ONLY, type: 'dateTime' }),
      attribute('lastModified', 'When it last changed.', { ...READ_ONLY, type: 'dateTime' }),
      attribute('location', 'Its address.', { ...READ_ONLY, type: 'reference', referenceTypes: ['uri'] }),
      attribute('version', 'Its ETag.', READ_ONLY),
    ],
    { mutability: 'readOnly' },
  ),
];

export const USER: ScimModel = {
  type: 'User',
  endpoint: '/Users',
  core: USER_SCHEMA,
  extensions: [ENTERPRISE_SCHEMA],
  attributes: byName([...COMMON, ...USER_SCHEMA.attributes]),
  unique: ['userName', 'externalId'],
};

export const GROUP: ScimModel = {
  type: 'Group',
  endpoint: '/Groups',
  core: GROUP_SCHEMA,
  extensions: [],
  attributes: byName([...COMMON, ...GROUP_SCHEMA.attributes]),
  unique: ['displayName', 'externalId'],
};

export const MODELS: Readonly<Record<ScimType, ScimModel>> = { User: USER, Group: GROUP };

const NAMES = new WeakMap<readonly ScimAttribute[], ReadonlyMap<string, ScimAttribute>>();

/** @param name in any case */
export function attributeIn(attributes: readonly ScimAttribute[], name: string): ScimAttribute | undefined {
  let names = NAMES.get(attributes);
  if (names === undefined) {
    names = byName(attributes);
    NAMES.set(attributes, names);
  }
  return names.get(name.toLowerCase());
}

export function subAttribute(of: ScimAttribute, name: string): ScimAttribute | undefined {
  return of.subAttributes === undefined ? undefined : attributeIn(of.subAttributes, name);
}

/** The extension of this URN, in any case. */
export function extensionOf(model: ScimModel, urn: string): ScimSchema | undefined {
  const wanted = urn.toLowerCase();
  return model.extensions.find(({ id }) => id.toLowerCase() === wanted);
}

function byName(attributes: readonly ScimAttribute[]): ReadonlyMap<string, ScimAttribute> {
  return new Map(attributes.map((each) => [each.name.toLowerCase(), each]));
}
