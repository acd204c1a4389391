/** A few people from their own side: who they are now, and which groups they are in. */
import * as z from 'zod';
import type { GroupRecord } from '../../core/model/directory.ts';
import type { SeenPerson, Sighting, Sought } from '../../core/model/sighting.ts';
import { together } from '../../lib/together.ts';
import { walkPages } from '../pages.ts';
import { parseOne } from '../parse.ts';
import { oddAnswer, type Place } from '../read-error.ts';
import { listAssigned } from './full.ts';
import { bodyOf, inBatches, pageOf, readList, restarting } from './lists.ts';
import type { Reading } from './reading.ts';
import {
  GROUP_FIELDS,
  type GraphGroup,
  type GraphUser,
  graphGroup,
  graphUser,
  hidesMembers,
  isGuest,
  personRecord,
  USER_FIELDS,
} from './schema.ts';
import type { GraphOutcome } from './words.ts';

const PAGE_SIZE = 999;
/** Two requests a person, and Graph takes twenty in a batch. */
const PEOPLE_PER_BATCH = 10;
/** Graph takes 15 comparisons in a filter; each address needs two. */
const ADDRESSES_PER_CALL = 7;

const GROUP_TYPE = '#microsoft.graph.group';
const odataType = '@odata.type';

/** Directory roles and administrative units hold people as well; only groups count. */
const holder = z.union([
  graphGroup.extend({ [odataType]: z.literal(GROUP_TYPE) }),
  z.object({ id: z.string(), [odataType]: z.string().refine((type) => type !== GROUP_TYPE) }),
]);

/** @throws SourceReadError when anything that was asked got no answer. */
export async function look(reading: Reading, sought: Sought, signal: AbortSignal): Promise<Sighting> {
  const { options, tenant } = reading.parts;
  const seesHidden = await reading.seesHidden();
  const ids = new Set(sought.people);
  await together(signal, [
    async (inner) => {
      for (const id of await findByEmail(reading, sought.emails, inner)) ids.add(id);
    },
    async (inner) => {
      if (options.application !== undefined) await listAssigned(reading, inner);
    },
    (inner) => reading.findGroups(sought.groups, inner),
  ]);
  const people: SeenPerson[] = [];
  const batches = { signal, limit: reading.limit, size: PEOPLE_PER_BATCH };
  await inBatches([...ids].sort(), batches, async (some, inner) => {
    people.push(...(await lookAt(reading, some, seesHidden, inner)));
  });
  const existing = sought.groups.filter((id) => {
    const group = reading.world.groups.get(id);
    return group !== null && group !== undefined && reading.chooses(group);
  });
  return { tenant, people, existing, reads: reading.reports() };
}

async function findByEmail(
  { parts, users }: Reading,
  emails: readonly string[],
  signal: AbortSignal,
): Promise<string[]> {
  const found: string[] = [];
  for (let at = 0; at < emails.length; at += ADDRESSES_PER_CALL) {
    const texts = emails
      .slice(at, at + ADDRESSES_PER_CALL)
      .map((email) => `'${email.replaceAll("'", "''")}'`);
    const filter = texts.flatMap((text) => [`mail eq ${text}`, `userPrincipalName eq ${text}`]).join(' or ');
    await readList(parts.client, {
      tally: users,
      signal,
      what: 'Entra users by e-mail',
      first: parts.client.url(`/users?$select=id&$top=${PAGE_SIZE}&$filter=${encodeURIComponent(filter)}`),
      schema: z.object({ id: z.string().min(1) }),
      onPage: (page) => void found.push(...page.map(({ id }) => id)),
    });
  }
  return found;
}

/** Both requests about each of these people in one batch. */
async function lookAt(
  reading: Reading,
  ids: readonly string[],
  seesHidden: boolean,
  signal: AbortSignal,
): Promise<SeenPerson[]> {
  const { client, options } = reading.parts;
  // An application lets in direct members of assigned groups only.
  const list = options.application === undefined ? 'transitiveMemberOf' : 'memberOf';
  const places = ids.flatMap((id): [Place, Place] => {
    const path = `/users/${encodeURIComponent(id)}`;
    return [
      { what: `Entra user ${id}`, page: null, url: client.url(`${path}?$select=${USER_FIELDS}`) },
      {
        what: `groups of Entra user ${id}`,
        page: 1,
        url: client.url(`${path}/${list}?$select=${GROUP_FIELDS}&$top=${PAGE_SIZE}`),
      },
    ];
  });
  const outcomes = await client.batch(places, { tally: reading.users, signal });
  const seen: SeenPerson[] = [];
  for (const [at, id] of ids.entries()) {
    const user = userOf(id, places[at * 2] as Place, outcomes[at * 2] as GraphOutcome);
    if (user === null || (options.guests === 'exclude' && isGuest(user))) continue;
    const all = await groupsFrom(
      reading,
      places[at * 2 + 1] as Place,
      outcomes[at * 2 + 1] as GraphOutcome,
      signal,
    );
    const groups = all.filter(reading.chooses);
    const { assigned } = reading;
    if (assigned !== null && groups.length === 0 && !assigned.users.has(id)) continue;
    seen.push({
      person: personRecord(user, options),
      groups: groups.map((group) => recordOf(group, seesHidden)),
    });
  }
  return seen;
}

function recordOf(group: GraphGroup, seesHidden: boolean): GroupRecord {
  return { id: group.id, name: group.displayName, hidden: !seesHidden && hidesMembers(group) };
}

function userOf(id: string, place: Place, outcome: GraphOutcome): GraphUser | null {
  const body = bodyOf(outcome, place);
  if (body === null) return null;
  const user = parseOne(body, graphUser, place);
  // The path takes sign-in names too: an answer about somebody else proves nothing about this id.
  if (user.id !== id) throw oddAnswer(place, 'the answer is about another object than the one asked for');
  return user;
}

async function groupsFrom(
  reading: Reading,
  first: Place,
  outcome: GraphOutcome,
  signal: AbortSignal,
): Promise<GraphGroup[]> {
  const { client } = reading.parts;
  const body = bodyOf(outcome, first);
  let groups: GraphGroup[] = [];
  if (body === null) return groups;
  await restarting(reading.groups, (again) => {
    groups = [];
    return walkPages({
      what: first.what,
      first: first.url,
      origin: client.origin,
      tally: reading.groups,
      fetchPage: async (place) => {
        const ask = { tally: reading.groups, signal };
        return pageOf(place.page === 1 && !again ? body : await client.get(place, ask), place, holder);
      },
      onPage: (page) => {
        for (const one of page) if (one[odataType] === GROUP_TYPE) groups.push(one as GraphGroup);
      },
    });
  });
  return groups;
}
