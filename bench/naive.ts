/**
 * The yardstick: the same diff as one would write it first, with objects, maps of strings and sets. It knows no
 * guards, proofs or policy, so it does less work than what it is compared with.
 */
import { createHash } from 'node:crypto';

export interface NaivePerson {
  readonly id: string;
  readonly email: string;
  readonly status: string;
}

export interface NaiveGroup {
  readonly name: string;
  readonly members: readonly string[];
}

export interface NaiveUser {
  readonly id: string;
  readonly email: string;
  /** `''` is the enterprise, else an org id → role. */
  readonly roles: Readonly<Record<string, string>>;
}

export interface NaiveChange {
  readonly kind: string;
  readonly email: string;
  readonly org: string;
  readonly before: string | null;
  readonly after: string | null;
}

export interface NaiveRule {
  readonly pattern: RegExp;
  readonly role: string;
  /** Higher wins. */
  readonly rank: number;
}

export interface NaiveInput {
  readonly people: readonly NaivePerson[];
  readonly groups: readonly NaiveGroup[];
  readonly users: readonly NaiveUser[];
  readonly rules: readonly NaiveRule[];
}

export function naivePlan(input: NaiveInput): { changes: NaiveChange[]; id: string } {
  const wanted = wantedRoles(input);
  const users = new Map(input.users.map((user) => [user.email.toLowerCase(), user]));
  const changes: NaiveChange[] = [];
  for (const person of input.people) {
    const email = person.email.toLowerCase();
    changes.push(...diff(person, wanted.get(person.id) ?? new Map(), users.get(email), email));
  }
  changes.sort((a, b) => `${a.email}/${a.org}`.localeCompare(`${b.email}/${b.org}`));
  const hash = createHash('sha256');
  for (const change of changes) hash.update(`${JSON.stringify(change)}\n`);
  return { changes, id: hash.digest('hex') };
}

function wantedRoles({ groups, rules }: NaiveInput): Map<string, Map<string, NaiveRule>> {
  const wanted = new Map<string, Map<string, NaiveRule>>();
  for (const group of groups) {
    for (const rule of rules) {
      const org = rule.pattern.exec(group.name)?.groups?.org;
      if (org === undefined) continue;
      for (const person of group.members) {
        const places = wanted.get(person) ?? new Map<string, NaiveRule>();
        const known = places.get(`org-${org}`);
        if (known === undefined || known.rank < rule.rank) places.set(`org-${org}`, rule);
        wanted.set(person, places);
      }
    }
  }
  return wanted;
}

function diff(
  person: NaivePerson,
  wanted: ReadonlyMap<string, NaiveRule>,
  user: NaiveUser | undefined,
  email: string,
): NaiveChange[] {
  if (person.status !== 'active') {
    if (user === undefined) return [];
    return [{ kind: 'remove-user', email, org: '', before: user.roles[''] ?? null, after: null }];
  }
  const changes: NaiveChange[] = [];
  if (user === undefined && wanted.size > 0)
    changes.push({ kind: 'invite', email, org: '', before: null, after: 'account_member' });
  for (const [org, { role }] of wanted) {
    const before = user?.roles[org] ?? null;
    if (before !== role)
      changes.push({ kind: before === null ? 'add' : 'change', email, org, before, after: role });
  }
  for (const [org, role] of Object.entries(user?.roles ?? {})) {
    if (org !== '' && !wanted.has(org))
      changes.push({ kind: 'remove', email, org, before: role, after: null });
  }
  return changes;
}
