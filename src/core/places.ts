/**
 * Names of the configuration resolved against what the enterprise lists: roles, organizations (also those that
 * are to be created) and what counts as admin. A name that is unknown or ambiguous is a problem in words.
 */

import type { NamedRef } from './model/change.ts';
import { type DevinState, ENTERPRISE, type Org, type Role, type RoleScope } from './model/devin.ts';
import type { DeclaredOrg, OrgSettings, Settings } from './model/settings.ts';

/** An organization, by its index; `id` null: declared and not created yet. */
export interface Place {
  readonly id: string | null;
  readonly name: string;
  readonly create: DeclaredOrg | null;
  /** The name that configuration gives it, where Devin has another. */
  readonly alias?: string;
}

export interface RankedRole extends Role {
  /** Place in the rank; an unranked custom role is above all ranked ones, the no-access role below all. */
  readonly strength: number;
  readonly admin: boolean;
}

/** Everything that rules point at, by index. Org indexes of the Devin reading stay valid here. */
export interface Atlas {
  readonly places: readonly Place[];
  readonly roles: readonly RankedRole[];
  /** Index of the enterprise role of people whom only org rules reach. */
  readonly defaultRole: number;
  /** Index of the no-access role, or -1. */
  readonly suspendedRole: number;
}

const BUILT_IN_ADMINS = new Set(['account_admin', 'org_admin']);
const BUILT_IN_MEMBERS = new Set(['account_member', 'org_member']);

export function buildAtlas(settings: Settings, devin: DevinState): { atlas: Atlas; problems: string[] } {
  const problems: string[] = [];
  const listed = devin.head.roles;
  const pick = (name: string, key: string): number => {
    const found = findRole(listed, name, 'enterprise');
    if (typeof found === 'number') return found;
    problems.push(`${key}: ${found}`);
    return -1;
  };
  const { rank, suspended } = settings.roles;
  const defaultRole = pick(settings.defaultEnterpriseRole, 'defaultEnterpriseRole');
  const suspendedRole = suspended === null ? -1 : pick(suspended, 'roles.suspended');
  const roles = listed.map((role, index) => rankRole(role, rank, index === suspendedRole));
  if (roles[suspendedRole]?.admin === true)
    problems.push(`roles.suspended: the role "${suspended}" is an admin role; name one without access`);
  const places = placesOf(settings, devin, problems);
  for (const name of Object.keys(settings.orgPolicy)) {
    const found = findPlace(places, name);
    if (typeof found === 'string') problems.push(`orgPolicy: ${found}`);
  }
  for (const name of Object.keys(settings.guards.perOrg)) {
    const found = findPlace(places, name);
    if (typeof found === 'string') problems.push(`guards.perOrg: ${found}`);
  }
  return { atlas: { places, roles, defaultRole, suspendedRole }, problems };
}

function placesOf(settings: Settings, devin: DevinState, problems: string[]): Place[] {
  const places = devin.head.orgs.map((org) => placeOf(org, settings));
  for (const declared of settings.organizations) {
    const { id, name, roleCeiling } = declared;
    const ceiling = roleCeiling === undefined ? -1 : findRole(devin.head.roles, roleCeiling, 'org');
    if (typeof ceiling === 'string') problems.push(`organizations: roleCeiling of "${name}": ${ceiling}`);
    if (places.some((place) => isDeclared(place, declared))) continue;
    if (id !== undefined) {
      problems.push(`organizations: "${name}" has the id ${id}, and Devin lists no such organization`);
      continue;
    }
    if (declared.create) places.push({ id: null, name: declared.name, create: declared });
    else problems.push(`organizations: "${declared.name}" does not exist in Devin and "create" is not set`);
  }
  return places;
}

function placeOf({ id, name }: Org, { organizations }: Settings): Place {
  const alias = organizations.find((declared) => declared.id === id)?.name;
  return { id, name, create: null, ...(alias === undefined || alias === name ? {} : { alias }) };
}

/** Whether a line of `organizations` is about this place. */
export function isDeclared(place: Pick<Place, 'id' | 'name'>, { id, name }: OrgSettings): boolean {
  return id === undefined ? place.id === name || place.name === name : place.id === id;
}

function rankRole(role: Role, rank: readonly string[], isSuspended: boolean): RankedRole {
  const name = role.name.toLowerCase();
  const ranked = rank.findIndex((one) => one === role.id || one.toLowerCase() === name);
  const isAdmin = BUILT_IN_ADMINS.has(role.id) || name === 'admin';
  if (isSuspended) return { ...role, strength: -1, admin: isAdmin };
  const isMember = BUILT_IN_MEMBERS.has(role.id) || name === 'member';
  const admin = isAdmin || (ranked < 0 && !isMember);
  return { ...role, strength: ranked >= 0 ? ranked : admin ? rank.length + 1 : 0, admin };
}

/** Index of the role with that id, or the only one of that name in the scope; else the problem in words. */
export function findRole(roles: readonly Role[], name: string, scope: RoleScope): number | string {
  const inScope = (role: Role) => role.scope === scope;
  const byId = roles.findIndex((role) => role.id === name);
  if (byId >= 0) {
    return inScope(roles[byId] as Role)
      ? byId
      : `role "${name}" is not ${scope === 'org' ? 'an organization' : 'an enterprise'} role`;
  }
  const byName = roles.flatMap((role, index) =>
    inScope(role) && role.name.toLowerCase() === name.toLowerCase() ? [index] : [],
  );
  if (byName.length === 1) return byName[0] as number;
  const kind = scope === 'org' ? 'organization' : 'enterprise';
  if (byName.length > 1) {
    return `${byName.length} ${kind} roles are named "${name}": use an id (${byName.map((index) => (roles[index] as Role).id).join(', ')})`;
  }
  const known = roles.filter(inScope).map((role) => `"${role.name}"`);
  return `no ${kind} role "${name}" exists; Devin lists ${known.length === 0 ? 'none' : known.join(', ')}`;
}

/** Index of the org with that id, or the only one of that name; else the problem in words. */
export function findPlace(places: readonly Place[], name: string): number | string {
  const byId = places.findIndex((place) => place.id === name);
  if (byId >= 0) return byId;
  const byName = places.flatMap((place, index) =>
    place.name === name || place.alias === name ? [index] : [],
  );
  if (byName.length === 1) return byName[0] as number;
  if (byName.length > 1) {
    const ids = byName.map((index) => (places[index] as Place).id).join(', ');
    return `${byName.length} organizations are named "${name}": use an id (${ids})`;
  }
  return `no organization "${name}" exists in Devin`;
}

/** What a reviewer reads for an org index; null is the enterprise. */
export function placeRef(atlas: Atlas, place: number): NamedRef | null {
  if (place === ENTERPRISE) return null;
  const { id, name } = atlas.places[place] as Place;
  return { id, name };
}

export function roleRef(atlas: Atlas, role: number): NamedRef | null {
  if (role < 0) return null;
  const { id, name } = atlas.roles[role] as RankedRole;
  return { id, name };
}

/** The key of a place in the ledger: `''` for the enterprise, else the id of an org that exists. */
export function placeKey(atlas: Atlas, place: number): string {
  return place === ENTERPRISE ? '' : ((atlas.places[place] as Place).id as string);
}
