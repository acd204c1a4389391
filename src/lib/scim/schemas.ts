/** The schemas of User, its enterprise extension and Group (RFC 7643 sections 4.1, 4.2, 4.3 and 8.7) as data. */
import { attribute, complex, plural, type ScimSchema } from './attribute.ts';

export const USER_URN = 'urn:ietf:params:scim:schemas:core:2.0:User';
export const GROUP_URN = 'urn:ietf:params:scim:schemas:core:2.0:Group';
export const ENTERPRISE_URN = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User';

const URI = { type: 'reference', referenceTypes: ['external'], caseExact: true } as const;
const READ_ONLY = { mutability: 'readOnly' } as const;

const NAME = complex('name', 'The parts of the name of the person.', [
  attribute('formatted', 'The whole name, as it is shown.'),
  attribute('familyName', 'The family name.'),
  attribute('givenName', 'The given name.'),
  attribute('middleName', 'The middle names.'),
  attribute('honorificPrefix', 'What stands before the name, e.g. Dr.'),
  attribute('honorificSuffix', 'What stands behind the name, e.g. III.'),
]);

const ADDRESSES = complex(
  'addresses',
  'Postal addresses.',
  [
    attribute('formatted', 'The whole address, as it is printed.'),
    attribute('streetAddress', 'Street, house number and what belongs to them.'),
    attribute('locality', 'City.'),
    attribute('region', 'State or region.'),
    attribute('postalCode', 'Postal code.'),
    attribute('country', 'Country (ISO 3166-1, two letters).'),
    attribute('type', 'What it is for.', { canonicalValues: ['work', 'home', 'other'] }),
    attribute('primary', 'Whether it is the preferred one; true for one value at most.', { type: 'boolean' }),
  ],
  { multiValued: true },
);

const GROUPS = complex(
  'groups',
  'Groups of which the user is a direct member; changed through the groups.',
  [
    attribute('value', 'The id of the group.', { ...READ_ONLY, caseExact: true }),
    attribute('$ref', 'The address of the group.', {
      ...READ_ONLY,
      type: 'reference',
      referenceTypes: ['User', 'Group'],
      caseExact: true,
    }),
    attribute('display', 'The name of the group.', READ_ONLY),
    attribute('type', 'Always direct.', { ...READ_ONLY, canonicalValues: ['direct', 'indirect'] }),
  ],
  { ...READ_ONLY, multiValued: true },
);

export const USER_SCHEMA: ScimSchema = {
  id: USER_URN,
  name: 'User',
  description: 'A person',
  attributes: [
    attribute('userName', 'What the person signs in with. No two users share one.', {
      required: true,
      uniqueness: 'server',
    }),
    NAME,
    attribute('displayName', 'The name that is shown.'),
    attribute('nickName', 'What the person is called in everyday life.'),
    attribute('profileUrl', 'The address of a page about the person.', URI),
    attribute('title', 'The job title.'),
    attribute('userType', 'How the person relates to the company, e.g. Employee.'),
    attribute('preferredLanguage', 'Languages as in Accept-Language.'),
    attribute('locale', 'Language and region for dates and numbers, e.g. en-US.'),
    attribute('timezone', 'Time zone, e.g. America/Los_Angeles.'),
    attribute('active', 'Whether the provider counts the person as active.', { type: 'boolean' }),
    attribute('password', 'Taken and thrown away: nobody signs in here with it.', {
      mutability: 'writeOnly',
      returned: 'never',
      caseExact: true,
    }),
    plural('emails', 'E-mail addresses.', ['work', 'home', 'other']),
    plural('phoneNumbers', 'Telephone numbers.', ['work', 'home', 'mobile', 'fax', 'pager', 'other']),
    plural('ims', 'Addresses for instant messages.', [
      'aim',
      'gtalk',
      'icq',
      'xmpp',
      'msn',
      'skype',
      'qq',
      'yahoo',
    ]),
    plural('photos', 'Addresses of pictures.', ['photo', 'thumbnail'], URI),
    ADDRESSES,
    GROUPS,
    plural('entitlements', 'What the person is entitled to.', []),
    plural('roles', 'Roles of the person.', []),
    plural('x509Certificates', 'Certificates (DER in Base64).', [], { type: 'binary', caseExact: true }),
  ],
};

export const ENTERPRISE_SCHEMA: ScimSchema = {
  id: ENTERPRISE_URN,
  name: 'EnterpriseUser',
  description: 'A person in a company',
  attributes: [
    attribute('employeeNumber', 'The number of the person in the company.'),
    attribute('costCenter', 'The cost center.'),
    attribute('organization', 'The organization.'),
    attribute('division', 'The division.'),
    attribute('department', 'The department.'),
    complex('manager', 'Who the person reports to.', [
      attribute('value', 'The id of the manager.', { caseExact: true }),
      attribute('$ref', 'The address of the manager.', {
        type: 'reference',
        referenceTypes: ['User'],
        caseExact: true,
      }),
      attribute('displayName', 'The name of the manager.', READ_ONLY),
    ]),
  ],
};

export const GROUP_SCHEMA: ScimSchema = {
  id: GROUP_URN,
  name: 'Group',
  description: 'A group of users and groups',
  attributes: [
    attribute('displayName', 'The name of the group. No two groups share one.', {
      required: true,
      uniqueness: 'server',
    }),
    complex(
      'members',
      'Users and groups in the group.',
      [
        attribute('value', 'The id of the member.', { mutability: 'immutable', caseExact: true }),
        attribute('$ref', 'The address of the member.', {
          type: 'reference',
          referenceTypes: ['User', 'Group'],
          mutability: 'immutable',
          caseExact: true,
        }),
        attribute('type', 'User or Group.', {
          mutability: 'immutable',
          canonicalValues: ['User', 'Group'],
        }),
        attribute('display', 'The name of the member.', READ_ONLY),
      ],
      { multiValued: true },
    ),
  ],
};
