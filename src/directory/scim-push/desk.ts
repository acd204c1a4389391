/** What every reading of pushed resources works with, and the walk over groups inside groups. */
import type { GroupRecord } from '../../core/model/directory.ts';
import type { PushedDirectory } from '../../lib/scim/pushed.ts';
import type { ScimResource } from '../../lib/scim/store.ts';
import type { ScimPushOptions } from './options.ts';

export interface Desk {
  readonly options: ScimPushOptions;
  readonly room: PushedDirectory;
  /** Unix ms of this host. */
  readonly now: () => number;
  readonly isChosen: (name: string) => boolean;
}

export const PAGE = 1000;
const MEMBERS = 10_000;

export function tenantOf({ name }: ScimPushOptions): string {
  return `scim-push:${name}`;
}

export function groupRecord({ id, body }: ScimResource): GroupRecord {
  return { id, name: typeof body.displayName === 'string' ? body.displayName : '' };
}

export function isChosen(desk: Desk, group: ScimResource): boolean {
  return desk.isChosen(groupRecord(group).name);
}

export async function* allOf(
  { room }: Desk,
  type: ScimResource['type'],
  signal: AbortSignal,
): AsyncGenerator<readonly ScimResource[]> {
  let after: string | undefined;
  for (;;) {
    signal.throwIfAborted();
    const page = await room.list(type, { limit: PAGE, ...(after === undefined ? {} : { after }) });
    if (page === null) throw new Error(`the store does not know its own cursor ${after}`);
    yield page.resources;
    if (page.next === null) return;
    after = page.next;
  }
}

/** Ids of the direct members, whatever they name. */
export async function* membersOf(
  { room }: Pick<Desk, 'room'>,
  group: string,
  signal: AbortSignal,
): AsyncGenerator<readonly string[]> {
  let after: string | undefined;
  for (;;) {
    signal.throwIfAborted();
    const page = await room.members(group, MEMBERS, after);
    yield page.ids;
    if (page.next === null) return;
    after = page.next;
  }
}

/** By id, in as many calls as it takes. */
export async function manyOf(
  { room }: Desk,
  ids: readonly string[],
): Promise<ReadonlyMap<string, ScimResource>> {
  const found = new Map<string, ScimResource>();
  for (let at = 0; at < ids.length; at += PAGE)
    for (const [id, resource] of await room.getMany(ids.slice(at, at + PAGE))) found.set(id, resource);
  return found;
}
