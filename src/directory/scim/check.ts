/** What `doctor` asks a SCIM provider: is it there, does it let us in, does it give users, groups and members. */
import type * as z from 'zod';
import type { Finding } from '../../lib/reading.ts';
import { clockFinding, probe } from '../check.ts';
import { newTally } from '../pages.ts';
import type { Place } from '../read-error.ts';
import { checkChanges } from './check-changes.ts';
import { type Desk, Intake, type Terms } from './intake.ts';
import { pageOf } from './lists.ts';
import { scimGroup, scimUser } from './schema.ts';

/** Enough to find a group that has members, in one call. */
const FIRST = '20';

export async function checkScim(desk: Desk, signal: AbortSignal): Promise<readonly Finding[]> {
  const { client, options } = desk;
  const findings: Finding[] = [];
  let clock = null as Finding | null;
  let terms = null as Terms | null;
  const intake = new Intake(desk, { signal, onProgress: () => {} });
  const provider = await probe('SCIM service provider', async () => {
    terms = await intake.readTerms(signal);
    return `${options.url} answers; lists are read by ${terms.cursor ? 'cursor' : 'index'}`;
  });
  findings.push(provider);
  if (provider.level === 'fail') return findings;
  async function first<S extends z.ZodType>(
    what: string,
    path: string,
    schema: S,
    words: (items: readonly z.output<S>[]) => string,
  ): Promise<void> {
    const finding = await probe(what, async () => {
      const url = client.url(`${path}?${new URLSearchParams({ startIndex: '1', count: FIRST })}`);
      const place: Place = { what, page: 1, url };
      const seen = await client.get({ place, tally: newTally(what), signal });
      // At once: what is asked after it may take minutes.
      clock = clockFinding(seen, desk.now());
      return words(pageOf(seen, place, schema).items);
    });
    findings.push(finding);
  }
  const some = (count: number) => (count === 0 ? 'readable, but there is none' : 'readable');
  await first('SCIM users', '/Users', scimUser, (users) => some(users.length));
  let empty = false;
  await first('SCIM groups', '/Groups', scimGroup, (groups) => {
    empty = groups.length > 0 && groups.every(({ members }) => (members ?? []).length === 0);
    return some(groups.length);
  });
  if (empty) {
    const detail =
      'None of the first groups has a member. Some providers never give members over SCIM: look at one of them there.';
    findings.push({ level: 'warn', what: 'SCIM members', detail });
  }
  if (terms !== null && findings.every(({ level }) => level !== 'fail'))
    findings.push(await checkChanges(desk, terms, signal));
  return clock === null ? findings : [...findings, clock];
}
