/** Graph's record of changes: what changed since a link was given, and the link to ask with next time. */
import type * as z from 'zod';
import type { Tally } from '../pages.ts';
import { walkPages } from '../pages.ts';
import { parseItems, parseOne } from '../parse.ts';
import { oddAnswer } from '../read-error.ts';
import type { EntraClient, GraphAsk } from './client.ts';
import {
  GROUP_FIELDS,
  type GraphGroupChange,
  type GraphUserChange,
  graphDelta,
  graphGroupChange,
  graphUserChange,
  USER_FIELDS,
} from './schema.ts';
import { ExpiredLinkError } from './words.ts';

/** The link remembers which fields were asked for, so that they must be named when it is first made. */
const PATHS = {
  users: `/users/delta?$select=${USER_FIELDS},createdDateTime`,
  groups: `/groups/delta?$select=${GROUP_FIELDS},members`,
} as const;

export type DeltaKind = keyof typeof PATHS;

/** Objects on one page, as far as Graph says so: it chooses itself, and pages of groups may shrink to one. */
const USUAL_PAGE = 200;
const FEWEST_PAGES = 10;

/** A link to everything that changes from now on; null where Graph keeps no such record. */
export async function linkFromNow(
  client: EntraClient,
  kind: DeltaKind,
  ask: GraphAsk,
): Promise<string | null> {
  const first = client.url(`${PATHS[kind]}&$deltatoken=latest`);
  try {
    return await walk(client, kind, { ...ask, first, known: 0, schema: graphUserChange, onPage: () => {} });
  } catch (error) {
    if (error instanceof ExpiredLinkError) return null;
    throw error;
  }
}

export interface DeltaRead<Change> extends GraphAsk {
  readonly first: string;
  /** How many of them there were: more pages of changes than a whole reading has prove that they never end. */
  readonly known: number;
  readonly onPage: (changes: readonly Change[]) => void;
}

/** @returns the next link. @throws ExpiredLinkError when this one is no longer known. */
export function readUserChanges(client: EntraClient, read: DeltaRead<GraphUserChange>): Promise<string> {
  return walk(client, 'users', { ...read, schema: graphUserChange });
}

/** @returns the next link. @throws ExpiredLinkError when this one is no longer known. */
export function readGroupChanges(client: EntraClient, read: DeltaRead<GraphGroupChange>): Promise<string> {
  return walk(client, 'groups', { ...read, schema: graphGroupChange });
}

interface Walk<Schema extends z.ZodType> extends DeltaRead<z.output<Schema>> {
  readonly schema: Schema;
  readonly tally: Tally;
}

async function walk<Schema extends z.ZodType>(
  client: EntraClient,
  kind: DeltaKind,
  read: Walk<Schema>,
): Promise<string> {
  const most = Math.max(FEWEST_PAGES, 3 * Math.ceil(read.known / USUAL_PAGE));
  let link: string | null = null;
  await walkPages<z.output<Schema>>({
    what: `changes of Entra ${kind}`,
    first: read.first,
    origin: client.origin,
    tally: read.tally,
    fetchPage: async (place) => {
      if ((place.page ?? 0) > most) throw oddAnswer(place, `there are more than ${most} pages of changes`);
      const page = parseOne(await client.get(place, read), graphDelta, place);
      link = page['@odata.deltaLink'] ?? null;
      const next = page['@odata.nextLink'] ?? null;
      if ((link === null) === (next === null))
        throw oddAnswer(place, 'the page has neither, or both, of a next link and a link to later changes');
      return { items: parseItems(page.value, read.schema, place), next };
    },
    onPage: read.onPage,
  });
  // Checked when it is used again, as every other link of Graph is.
  return link as unknown as string;
}
