/** Filters, PATCH requests and bodies: mostly of words that mean something, so that they get past the first check. */
import fc from 'fast-check';

const URN = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User';
const CORE = 'urn:ietf:params:scim:schemas:core:2.0:User';

/** Of a customer: no schema describes it. */
const OWN = 'urn:ietf:params:scim:schemas:extension:CustomExtensionName:2.0:User';

const NAMES = [
  'userName',
  'USERNAME',
  'displayName',
  'title',
  'active',
  'name',
  'name.givenName',
  'emails',
  'emails.value',
  'emails.primary',
  'members',
  'members.value',
  'groups',
  'id',
  'externalId',
  'meta',
  'meta.created',
  'schemas',
  'password',
  'value',
  'type',
  'primary',
  'x509Certificates',
  'manager',
  URN,
  `${URN}:department`,
  `${URN}:manager`,
  `${URN}:manager.displayName`,
  `${CORE}:name.familyName`,
  CORE,
  '__proto__',
  '__proto__.polluted',
  'constructor',
  'constructor.prototype.polluted',
  'prototype',
  'toString',
  'hasOwnProperty',
  `${URN}:__proto__.polluted`,
  OWN,
  `${OWN}:tag`,
  `${OWN}:tag.part`,
  `${OWN}:__proto__.polluted`,
  `${OWN}:constructor.prototype`,
  '',
  '.',
  'a.b.c',
];

const name = fc.constantFrom(...NAMES);
const op = fc.constantFrom('eq', 'ne', 'co', 'sw', 'ew', 'gt', 'ge', 'lt', 'le', 'EQ', 'like');
const literal = fc.oneof(
  fc.string({ maxLength: 12 }).map((text) => JSON.stringify(text)),
  fc.constantFrom(
    'true',
    'False',
    'null',
    '7',
    '-1.5e3',
    '"work"',
    '"2026-01-01T00:00:00Z"',
    '"',
    'bare',
    '1e999',
  ),
);

const { filter } = fc.letrec<{ filter: string }>((tie) => ({
  filter: fc.oneof(
    { maxDepth: 5, withCrossShrink: true },
    fc.tuple(name, op, literal).map((parts) => parts.join(' ')),
    name.map((each) => `${each} pr`),
    fc
      .tuple(tie('filter'), fc.constantFrom(' and ', ' OR ', ' or '), tie('filter'))
      .map((parts) => parts.join('')),
    tie('filter').map((each) => `(${each})`),
    tie('filter').map((each) => `not (${each})`),
    fc.tuple(name, tie('filter')).map(([each, inner]) => `${each}[${inner}]`),
    fc
      .tuple(fc.constantFrom('emails', 'members'), fc.constantFrom('type', 'value', 'primary'), op, literal)
      .map(([list, sub, how, what]) => `${list}[${sub} ${how} ${what}]`),
  ),
}));

const noise = fc
  .array(
    fc.constantFrom(...NAMES, 'eq', 'pr', 'and', 'or', 'not', '(', ')', '[', ']', '"', '\\', ' ', '.', '😀'),
    {
      maxLength: 20,
    },
  )
  .map((parts) => parts.join(' '));

export const filterText = fc.oneof({ weight: 5, arbitrary: filter }, noise, fc.string({ maxLength: 40 }));

const patchPath = fc.oneof(
  { weight: 4, arbitrary: name },
  fc.tuple(name, filter).map(([each, inner]) => `${each}[${inner}]`),
  fc
    .tuple(fc.constantFrom('emails', 'members', 'roles'), fc.constantFrom('work', 'home', 'x'), name)
    .map(([list, type, sub]) => `${list}[type eq "${type}"].${sub}`),
  filterText,
);

const { value } = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3 },
    fc.string({ maxLength: 8 }),
    fc.constantFrom(true, false, 'True', 'FALSE', null, 7, 1.5, '', 'work', -0),
    fc.array(tie('value'), { maxLength: 3 }),
    // Own keys named __proto__ are what JSON.parse makes of them.
    fc
      .array(fc.tuple(name, tie('value')), { maxLength: 4 })
      .map((entries) =>
        JSON.parse(
          `{${entries.map(([key, each]) => `${JSON.stringify(key)}:${JSON.stringify(each)}`).join(',')}}`,
        ),
      ),
  ),
}));

const operation = fc.record(
  {
    op: fc.oneof({ weight: 9, arbitrary: fc.constantFrom('add', 'Replace', 'remove', 'Add') }, value),
    path: fc.oneof({ weight: 9, arbitrary: patchPath }, value),
    value,
  },
  { requiredKeys: ['op'] },
);

/** What a provider could send. */
const sensible = fc
  .tuple(
    fc.constantFrom('add', 'Replace', 'remove'),
    fc.constantFrom<[string, unknown]>(
      ['title', 'T'],
      ['displayName', 'D'],
      ['active', 'False'],
      ['name', { givenName: 'X', middleName: null }],
      ['name.familyName', 'F'],
      ['emails', [{ value: 'n@example.com', primary: true }]],
      ['emails[type eq "home"]', { value: 'x@example.com', primary: 'True' }],
      ['emails[type eq "work"].value', 'y@example.com'],
      ['emails.type', 'other'],
      ['roles[primary eq true].value', 'r'],
      ['members', [{ value: 'm' }]],
      ['members[value eq "m"]', undefined],
      [`${URN}:manager`, 'boss'],
      [`${OWN}:tag`, ['a']],
      [`${OWN}:tag.part`, { b: 1 }],
      [
        OWN,
        { tag: { part: 1 }, ['__proto__']: { polluted: 1 }, constructor: { prototype: { polluted: 1 } } },
      ],
      [URN, { department: 'D', ['__proto__']: { polluted: 1 } }],
      ['', { 'name.givenName': 'G', [`${URN}:division`]: 'V', 'constructor.prototype.polluted': 1 }],
    ),
  )
  .map(([how, [path, what]]) => ({ op: how, path, value: what }));

export const patchRequest = fc.record({
  schemas: fc.constant(['urn:ietf:params:scim:api:messages:2.0:PatchOp']),
  Operations: fc.oneof(
    {
      weight: 9,
      arbitrary: fc.array(fc.oneof(sensible, sensible, operation), { minLength: 1, maxLength: 4 }),
    },
    value,
  ),
});

/** Plausible users and groups with odd parts. */
export const resourceBody = fc
  .tuple(fc.string({ minLength: 1, maxLength: 8 }), fc.array(fc.tuple(name, value), { maxLength: 2 }))
  .map(([who, entries]) => ({ userName: who, displayName: who, ...Object.fromEntries(entries) }));
