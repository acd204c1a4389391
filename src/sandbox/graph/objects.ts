/** The company as Graph words it. */
import type { CompanyDirectory } from '../company/directory.ts';
import type { CompanyGroup, CompanyPerson } from '../company/model.ts';
import { graphRefusal } from './errors.ts';

export type GraphObject = Readonly<Record<string, unknown>> & { readonly id: string };

/** Properties to answer with instead, by id: e.g. a guest, or a person without `mail`. */
export type Overrides = ReadonlyMap<string, Readonly<Record<string, unknown>>>;

export interface GraphDirectory {
  /** Origin of the server. */
  readonly url: string;
  readonly company: CompanyDirectory;
  readonly overrides: Overrides;
}

export type Kind = 'user' | 'group';

/** What comes without `$select`: neither `accountEnabled` nor `userType` does. */
const USUAL: Readonly<Record<Kind, readonly string[]>> = {
  user: [
    'businessPhones',
    'displayName',
    'givenName',
    'jobTitle',
    'mail',
    'mobilePhone',
    'officeLocation',
    'preferredLanguage',
    'surname',
    'userPrincipalName',
    'id',
  ],
  group: [
    'id',
    'createdDateTime',
    'description',
    'displayName',
    'groupTypes',
    'mailEnabled',
    'mailNickname',
    'securityEnabled',
    'visibility',
    'onPremisesSyncEnabled',
  ],
};

/** A directory has one switch: whoever is not active, or not yet, is a disabled account. */
export function graphUser(directory: GraphDirectory, person: CompanyPerson): GraphObject {
  const { id, email, firstName, lastName } = person;
  return {
    id,
    businessPhones: [],
    displayName: `${firstName} ${lastName}`,
    givenName: firstName,
    jobTitle: null,
    mail: email,
    mobilePhone: null,
    officeLocation: null,
    preferredLanguage: null,
    surname: lastName,
    userPrincipalName: email,
    accountEnabled: person.status === 'active',
    userType: 'Member',
    otherMails: [],
    createdDateTime: new Date(directory.company.stamp(person).created).toISOString(),
    ...directory.overrides.get(id),
  };
}

export function graphGroup(directory: GraphDirectory, group: CompanyGroup): GraphObject {
  return {
    id: group.id,
    createdDateTime: new Date(directory.company.stamp(group).created).toISOString(),
    description: null,
    displayName: group.name,
    groupTypes: [],
    mail: null,
    mailEnabled: false,
    mailNickname: group.name.replaceAll(/[^A-Za-z0-9-]/g, '-'),
    securityEnabled: true,
    visibility: null,
    onPremisesSyncEnabled: null,
    onPremisesSamAccountName: null,
    ...directory.overrides.get(group.id),
  };
}

export interface Typed {
  readonly kind: Kind;
  readonly object: GraphObject;
}

/** A user or a group by id; null when the directory has neither. */
export function objectById(directory: GraphDirectory, id: string): Typed | null {
  const { people, groups } = directory.company.company;
  const person = people.get(id);
  if (person !== undefined) return { kind: 'user', object: graphUser(directory, person) };
  const group = groups.get(id);
  return group === undefined ? null : { kind: 'group', object: graphGroup(directory, group) };
}

/** Direct members, people and groups; null when there is no such group. */
export function membersOf(directory: GraphDirectory, groupId: string): Typed[] | null {
  const group = directory.company.company.groups.get(groupId);
  if (group === undefined) return null;
  return [...group.members, ...group.children]
    .map((id) => objectById(directory, id))
    .filter((member) => member !== null);
}

/** @throws Refusal 400 for a property that the type does not have */
export function selected(kind: Kind, object: GraphObject, select: readonly string[] | null): GraphObject {
  const names = select ?? USUAL[kind];
  return Object.fromEntries(names.map((name) => [name, object[name] ?? null])) as GraphObject;
}

/**
 * The names in `$select`; null without one. On a collection of mixed types a name must belong to one of them.
 *
 * @throws Refusal 400 for a property that no type has
 */
export function selectOf(
  query: URLSearchParams,
  directory: GraphDirectory,
  kinds: readonly Kind[],
): string[] | null {
  const text = query.get('$select');
  if (text === null) return null;
  const names = text.split(',').map((name) => name.trim());
  const known = new Set(kinds.flatMap((kind) => Object.keys(example(directory, kind))));
  const unknown = names.find((name) => !known.has(name));
  if (unknown !== undefined) {
    const type = kinds.length === 1 ? kinds[0] : 'directoryObject';
    const text = `Could not find a property named '${unknown}' on type 'microsoft.graph.${type}'.`;
    throw graphRefusal(400, 'BadRequest', text);
  }
  return names;
}

function example(directory: GraphDirectory, kind: Kind): GraphObject {
  if (kind === 'group') {
    return graphGroup(directory, { id: '', name: '', members: new Set(), children: new Set() });
  }
  return graphUser(directory, { id: '', email: '', firstName: '', lastName: '', status: 'active' });
}

/** One member or one answer of getByIds: its type, and of the selected properties those that its type has. */
export function typedObject({ kind, object }: Typed, select: readonly string[] | null): unknown {
  const names = select?.filter((name) => name in object) ?? null;
  return { '@odata.type': `#microsoft.graph.${kind}`, ...selected(kind, object, names) };
}
