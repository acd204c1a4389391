/** Reads the users and groups of the SCIM service: all of them, or an error. */
import pLimit from 'p-limit';
import type { z } from 'zod';
import type { ReadReport } from '../../core/model/directory.ts';
import type { ScimGroup, ScimReading } from '../../core/model/scim.ts';
import { SourceReadError } from '../../lib/errors.ts';
import type { ReadContext } from '../../lib/reading.ts';
import type { DevinClient } from '../client.ts';
import { asSourceError } from '../pages.ts';
import { firstIssue } from '../schema.ts';
import type { ScimTargetOptions } from './options.ts';
import { basePath } from './requests.ts';
import { GroupResource, groupOf, listOf, UserResource, userOf } from './schema.ts';

/** A list that is written to while it is read is read anew, this often. */
const TRIES = 3;
const PARALLEL = 4;

const USERS = {
  what: 'SCIM users of Devin',
  path: '/Users',
  fields: 'id,externalId,userName,displayName,active,emails',
};
const GROUPS = { what: 'SCIM groups of Devin', path: '/Groups', fields: 'id,externalId,displayName,members' };

export interface WholeScim {
  readonly reading: ScimReading;
  readonly reads: readonly ReadReport[];
}

interface Asked {
  readonly client: DevinClient;
  readonly options: ScimTargetOptions;
  readonly context: ReadContext;
}

/** @throws SourceReadError when a list was not read to its end, or holds something odd. */
export async function readScim(asked: Asked): Promise<WholeScim> {
  const [users, groups] = await Promise.all([
    readList(asked, USERS, UserResource),
    readList(asked, GROUPS, GroupResource),
  ]);
  const whole = await withMembers(asked, groups);
  const { url, loginGroupSync } = asked.options;
  return {
    reading: {
      url,
      loginGroupSync: loginGroupSync === 'on',
      users: users.items.map(userOf),
      groups: whole.items,
    },
    reads: [users.report, whole.report],
  };
}

interface Listed<Item> {
  readonly items: readonly Item[];
  readonly report: ReadReport;
}

/** A list may leave the members out of a group because they are too many for it: such a group is asked for by id. */
async function withMembers(
  asked: Asked,
  { items, report }: Listed<GroupResource>,
): Promise<Listed<ScimGroup>> {
  const { client, options, context } = asked;
  const limit = pLimit(PARALLEL);
  let calls = 0;
  const groups = await limit.map([...items], async (group) => {
    if (group.members != null) return groupOf(group);
    const path = `${basePath(options.url)}/Groups/${encodeURIComponent(group.id)}`;
    const place = `A group of Devin's SCIM service (${path})`;
    const answer = await asSourceError(place, context.signal, () => client.get(path, context.signal));
    calls += answer.calls;
    const parsed = GroupResource.safeParse(answer.json);
    if (!parsed.success) throw odd(place, firstIssue(parsed.error));
    return groupOf(parsed.data);
  });
  return { items: groups, report: { ...report, calls: report.calls + calls } };
}

/** Why the pages of one list do not fit together. */
class ShiftedError extends Error {}

type ListSpec = typeof USERS;

async function readList<Item extends { readonly id: string }>(
  asked: Asked,
  spec: ListSpec,
  item: z.ZodType<Item>,
): Promise<Listed<Item>> {
  const tally = { pages: 0, calls: 0 };
  for (let attempt = 1; ; attempt++) {
    try {
      const items = await readPages(asked, spec, item, tally);
      return { items, report: { what: spec.what, items: items.length, ...tally } };
    } catch (error) {
      if (!(error instanceof ShiftedError)) throw error;
      if (attempt === TRIES)
        throw odd(spec.what, `${error.message}, ${TRIES} readings in a row: the list does not hold still`);
    }
  }
}

/**
 * Each page begins with the last entry of the one before it: where another stands there, the list has moved under the
 * reader and somebody may have been passed over.
 */
async function readPages<Item extends { readonly id: string }>(
  { client, options, context }: Asked,
  { what, path, fields }: ListSpec,
  item: z.ZodType<Item>,
  tally: { pages: number; calls: number },
): Promise<Item[]> {
  const found = new Map<string, Item>();
  let last: string | null = null;
  for (;;) {
    const startIndex = String(Math.max(1, found.size));
    const query = new URLSearchParams({ startIndex, count: String(options.pageSize), attributes: fields });
    const whole = `${basePath(options.url)}${path}?${query}`;
    const place = `${what}, from entry ${startIndex} on`;
    const answer = await asSourceError(place, context.signal, () => client.get(whole, context.signal));
    tally.pages++;
    tally.calls += answer.calls;
    const page = listOf(item).safeParse(answer.json);
    if (!page.success) throw odd(place, firstIssue(page.error));
    const { totalResults: total, Resources: items } = page.data;
    if (last !== null && items[0]?.id !== last)
      throw new ShiftedError('a page does not go on where the last one ended');
    const fresh = last === null ? items : items.slice(1);
    for (const one of fresh) {
      if (found.has(one.id)) throw new ShiftedError(`entry ${one.id} came twice`);
      found.set(one.id, one);
    }
    context.onProgress({ what, done: found.size, total });
    if (found.size === total) return [...found.values()];
    if (found.size > total) throw odd(place, `${found.size} entries came, but totalResults is ${total}`);
    if (fresh.length === 0)
      throw odd(place, `a page without new entries came after ${found.size} of ${total}`);
    last = (items.at(-1) as Item).id;
  }
}

function odd(place: string, why: string): SourceReadError {
  return new SourceReadError(
    `${place} is not as SCIM promises: ${why}. Check that devin.scim.url is the base URL of the service, the part before /Users.`,
  );
}
