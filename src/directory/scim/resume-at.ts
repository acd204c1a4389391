/** What a reading of users and groups keeps for the next one. */
import type { Company } from './company.ts';
import { type Ids, isGroup } from './members.ts';
import type { ScimOptions } from './options.ts';
import { type Resume, resumeFrom } from './resume.ts';
import type { ScimGroup } from './schema.ts';
import { type Mark, sinceOf, stampOf } from './stamps.ts';

export interface Seen {
  /** The provider's when the reading began, Unix ms. */
  readonly clock: number;
  readonly users: Mark | null;
  readonly groups: Mark | null;
  /** Groups as they came in this reading. */
  readonly stamped: Iterable<ScimGroup>;
}

export function resumeAt(options: ScimOptions, company: Company, users: Ids, seen: Seen): Resume {
  const { clock, groups } = seen;
  const since = groups === null ? clock : sinceOf(groups, clock);
  return resumeFrom(options, {
    ...{ clock, users: seen.users, groups },
    others: [...company.listed].filter((id) => !company.chosen.has(id)),
    rows: rowsOf(company, users),
    versions: versionsOf(seen.stamped, since),
  });
}

/** Groups that were not chosen give their people away in the sealed reading, so who is directly where is kept here. */
function rowsOf({ groups, listed, chosen }: Company, users: Ids): Resume['rows'] {
  const rows: Resume['rows'] = [];
  const seen = new Set<string>(chosen);
  // A set gives what is added to it while it is walked.
  for (const id of seen) {
    const people: string[] = [];
    const inside: string[] = [];
    for (const member of groups.get(id)?.members ?? []) {
      if (!isGroup(member, groups, users)) people.push(member.value);
      else if (member.value !== id) inside.push(member.value);
    }
    for (const child of inside) seen.add(child);
    const sealed = chosen.has(id) && inside.every((child) => chosen.has(child));
    // A group that the list does not have is asked for each time.
    if (!sealed && listed.has(id)) rows.push([id, people, inside]);
  }
  return rows;
}

/** A weak version may stay while members change within one second, so it says nothing here. */
function versionsOf(stamped: Iterable<ScimGroup>, since: number): Resume['versions'] {
  const versions: Resume['versions'] = [];
  for (const group of stamped) {
    const version = strongVersion(group);
    const at = stampOf(group);
    if (version !== null && at >= since) versions.push([group.id, version, at]);
  }
  return versions;
}

/** RFC 9110, section 8.8.3: a strong one is quoted and has no `W/` before it. */
export function strongVersion({ meta }: ScimGroup): string | null {
  const version = meta?.version ?? '';
  return /^"[^"]+"$/.test(version) ? version : null;
}
