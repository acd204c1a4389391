/**
 * Grants and denies resolved against both readings: which person each is about, which role it gives where, and
 * whether it is still in force. A deny is stronger than a grant, and a grant is stronger than every rule.
 */
import { DAY_MS } from './day.ts';
import { type Join, normaliseEmail } from './identity.ts';
import type { Notice } from './model/change.ts';
import { ENTERPRISE } from './model/devin.ts';
import type { Deny, Grant, Personal } from './model/grants.ts';
import type { Settings } from './model/settings.ts';
import { type Atlas, findPlace, findRole, type RankedRole } from './places.ts';

/** A role that a grant names. */
export interface GivenRole {
  readonly place: number;
  readonly role: number;
  readonly grant: Grant;
}

/** What grants and denies say about one address. */
export interface PersonalLines {
  /** Grants in force, one a place. */
  readonly given: GivenRole[];
  /** Grants whose time is over. */
  readonly ended: GivenRole[];
  /** Denies in force, by place; null: everywhere. */
  readonly denied: Map<number | null, Deny>;
}

export interface PersonalWords {
  /** By the index of the person in the directory. */
  readonly people: ReadonlyMap<number, PersonalLines>;
  /** By address: those whom the directory does not have. */
  readonly outside: ReadonlyMap<string, PersonalLines>;
  readonly notices: readonly Notice[];
  readonly problems: readonly string[];
}

type Part = Pick<Settings, 'grants' | 'denies' | 'domainAliases'>;

export function isInForce({ until }: Personal, now: number): boolean {
  return until === null || now < until;
}

export function resolvePersonal(settings: Part, atlas: Atlas, join: Join, now: number): PersonalWords {
  const problems: string[] = [];
  const byAddress = new Map<string, PersonalLines>();
  const linesOf = (email: string): PersonalLines => {
    const address = normaliseEmail(email, settings.domainAliases) as string;
    const lines = byAddress.get(address) ?? { given: [], ended: [], denied: new Map() };
    byAddress.set(address, lines);
    return lines;
  };
  for (const grant of settings.grants) {
    if (!grant.breakGlass) takeGrant(linesOf(grant.email), grant, { atlas, problems, now });
  }
  for (const deny of settings.denies) {
    if (isInForce(deny, now)) takeDeny(linesOf(deny.email), deny, atlas, problems);
  }
  const { people, outside } = addressed(byAddress, join);
  return { people, outside, notices: noticesOf(settings, now), problems };
}

interface Resolving {
  readonly atlas: Atlas;
  readonly problems: string[];
  readonly now: number;
}

/** A name that is gone is a problem of a grant in force only: what ended cannot be written again anyway. */
function takeGrant(lines: PersonalLines, grant: Grant, { atlas, problems, now }: Resolving): void {
  const target = targetOf(grant, atlas);
  const inForce = isInForce(grant, now);
  if (typeof target === 'string') {
    if (inForce) problems.push(target);
  } else if (!inForce) {
    lines.ended.push({ ...target, grant });
  } else if (lines.given.some(({ place }) => place === target.place)) {
    problems.push(`${grantName(grant)}: another grant in force gives a role in the same place`);
  } else {
    lines.given.push({ ...target, grant });
  }
}

/** Place and role of a grant, or the problem in words. */
export function targetOf(grant: Grant, atlas: Atlas): { place: number; role: number } | string {
  const place = grant.org === null ? ENTERPRISE : findPlace(atlas.places, grant.org);
  if (typeof place === 'string') return `${grantName(grant)}: ${place}`;
  const role = findRole(atlas.roles, grant.role, grant.org === null ? 'enterprise' : 'org');
  if (typeof role === 'string') return `${grantName(grant)}: ${role}`;
  const { admin, name } = atlas.roles[role] as RankedRole;
  if (admin && !grant.allowAdmin)
    return `${grantName(grant)}: the role "${name}" counts as admin; say allowAdmin: true to give it, or rank it in roles.rank`;
  return { place, role };
}

function takeDeny(lines: PersonalLines, deny: Deny, atlas: Atlas, problems: string[]): void {
  const place = deny.org === null ? null : findPlace(atlas.places, deny.org);
  if (typeof place === 'string') problems.push(`deny of ${deny.email}: ${place}`);
  else lines.denied.set(place, deny);
}

/** Whoever has the address now; else whoever had it when they were linked, so that a new address loses nothing. */
function addressed(
  byAddress: ReadonlyMap<string, PersonalLines>,
  join: Join,
): Pick<PersonalWords, 'people' | 'outside'> {
  const people = new Map<number, PersonalLines>();
  if (byAddress.size === 0) return { people, outside: byAddress };
  const outside = new Map(byAddress);
  for (const [person, email] of join.emails.entries()) {
    const lines = email === null ? undefined : byAddress.get(email);
    if (lines === undefined) continue;
    people.set(person, lines);
    outside.delete(email as string);
  }
  if (outside.size === 0) return { people, outside };
  for (const [user, link] of join.links.entries()) {
    const lines = link === undefined ? undefined : outside.get(link.email);
    const person = join.personOf[user] as number;
    if (lines === undefined || person < 0 || people.has(person)) continue;
    people.set(person, lines);
    outside.delete((link as { email: string }).email);
  }
  return { people, outside };
}

/** From this long before its end on, a grant is listed. */
const SOON_MS = 14 * DAY_MS;

function noticesOf({ grants, denies }: Part, now: number): Notice[] {
  const notices: Notice[] = [];
  for (const grant of grants) {
    const { email, until, owner } = grant;
    if (until === null || !isInForce(grant, now) || until - now > SOON_MS) continue;
    const days = Math.ceil((until - now) / DAY_MS);
    const message = `the ${grantName(grant)} ends on ${dateOf(until)}, in ${days} ${days === 1 ? 'day' : 'days'}; ${owner} answers for it`;
    notices.push({ kind: 'grant-ending', subject: email, message });
  }
  for (const deny of denies) {
    if (!isInForce(deny, now)) continue;
    notices.push({ kind: 'denied', subject: deny.email, message: denyWords(deny) });
  }
  return notices;
}

/** `2026-11-22 09:00`, UTC. */
const UTC = new Intl.DateTimeFormat('sv-SE', { timeZone: 'UTC', dateStyle: 'short', timeStyle: 'short' });

/** `2026-11-22` for the end of that day, else `2026-11-22T09:00Z`. */
export function dateOf(ms: number): string {
  if (ms % DAY_MS === 0) return UTC.format(ms - 1).slice(0, 10);
  return `${UTC.format(ms).replace(' ', 'T')}Z`;
}

/** The same of a begin: midnight is the day that it opens. */
export function beginOf(ms: number): string {
  return ms % DAY_MS === 0 ? UTC.format(ms).slice(0, 10) : dateOf(ms);
}

export function grantName({ email, role, org }: Grant): string {
  return `grant of ${role} in ${org ?? 'the enterprise'} to ${email}`;
}

export function endedWords(grant: Grant): string {
  return `the ${grantName(grant)} ended on ${dateOf(grant.until as number)}`;
}

/** Why a grant gives, for the reason of a change. */
export function grantWords({ owner, ticket, reason, until }: Grant): string {
  const end = until === null ? '' : `, until ${dateOf(until)}`;
  return `granted by ${owner}${ticket === null ? '' : ` (${ticket})`}: ${reason}${end}`;
}

export function denyWords({ email, org, owner, ticket, reason, until }: Deny): string {
  const end = until === null ? '' : `, until ${dateOf(until)}`;
  const where = org === null ? 'anything' : `a role in ${org}`;
  return `${email} is denied ${where} by ${owner}${ticket === null ? '' : ` (${ticket})`}: ${reason}${end}`;
}
