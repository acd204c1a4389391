/** How RFC 7643 section 7 describes an attribute, and short ways to write one down. */

export type AttributeType =
  | 'string'
  | 'boolean'
  | 'decimal'
  | 'integer'
  | 'dateTime'
  | 'binary'
  | 'reference'
  | 'complex'
  /** Of an extension that is not known here: whatever it is. Never published. */
  | 'any';

/** The keys and words of RFC 7643 section 7: an attribute is published at /Schemas as it stands here. */
export interface ScimAttribute {
  readonly name: string;
  readonly type: AttributeType;
  readonly multiValued: boolean;
  readonly description: string;
  readonly required: boolean;
  readonly caseExact: boolean;
  readonly mutability: 'readOnly' | 'readWrite' | 'immutable' | 'writeOnly';
  readonly returned: 'always' | 'never' | 'default' | 'request';
  readonly uniqueness: 'none' | 'server' | 'global';
  readonly canonicalValues?: readonly string[];
  readonly referenceTypes?: readonly string[];
  readonly subAttributes?: readonly ScimAttribute[];
}

export interface ScimSchema {
  readonly id: string;
  readonly name: string;
  readonly description: string;
  readonly attributes: readonly ScimAttribute[];
}

type Traits = Partial<Omit<ScimAttribute, 'name' | 'description'>>;

const PLAIN = {
  type: 'string',
  multiValued: false,
  required: false,
  caseExact: false,
  mutability: 'readWrite',
  returned: 'default',
  uniqueness: 'none',
} as const;

/** A string unless the traits say otherwise. */
export function attribute(name: string, description: string, traits: Traits = {}): ScimAttribute {
  return { name, description, ...PLAIN, ...traits };
}

export function complex(
  name: string,
  description: string,
  subAttributes: readonly ScimAttribute[],
  traits: Traits = {},
): ScimAttribute {
  return { name, description, ...PLAIN, type: 'complex', ...traits, subAttributes };
}

/** A list of values with the sub-attributes of RFC 7643 section 2.4. @param value traits of the sub-attribute `value` */
export function plural(
  name: string,
  description: string,
  kinds: readonly string[],
  value: Traits = {},
): ScimAttribute {
  return complex(
    name,
    description,
    [
      attribute('value', `The value of one of the ${name}.`, value),
      attribute('display', 'A name for people to read.'),
      attribute('type', 'What it is for.', kinds.length === 0 ? {} : { canonicalValues: kinds }),
      attribute('primary', 'Whether it is the preferred one; true for one value at most.', {
        type: 'boolean',
      }),
    ],
    { multiValued: true },
  );
}
