/** A directory that a provider pushes to us: what is read is what it has said so far. */
import type { DirectorySnapshot } from '../../core/model/directory.ts';
import type { ReadContext } from '../../lib/reading.ts';
import type { PushedDirectory } from '../../lib/scim/pushed.ts';
import { groupSelector } from '../group-filter.ts';
import { guarded } from '../guarded.ts';
import type { DirectorySource } from '../source.ts';
import { checkPushed } from './check.ts';
import { type Desk, tenantOf } from './desk.ts';
import { type Read, readEverything } from './full.ts';
import { confirm, look } from './look.ts';
import type { ScimPushOptions } from './options.ts';
import { ready } from './ready.ts';

/** @param now Unix ms of this host. */
export function createScimPushSource(
  options: ScimPushOptions,
  room: PushedDirectory,
  now: () => number = Date.now,
): DirectorySource {
  const desk: Desk = { options, room, now, isChosen: groupSelector(options.groups) };
  const reading = (what: string, { signal }: ReadContext) => ({ what, signal, secrets: [] });
  let last: Read | null = null;
  const readAll = async (context: ReadContext): Promise<DirectorySnapshot> => {
    last = await readEverything(desk, context);
    return last.snapshot;
  };
  return {
    kind: 'scim-push',
    tenant: async () => tenantOf(options),
    read: (_, context) => guarded(reading('reading what was pushed', context), () => readAll(context)),
    // What this process read before it has at hand; the counter says whether it still is everything.
    update: (_, context) =>
      guarded(reading('reading what was pushed', context), async () => {
        const { changes } = await ready(desk);
        return last?.changes === changes ? last.snapshot : readAll(context);
      }),
    look: (sought, context) =>
      guarded(reading('looking at pushed people', context), () => look(desk, sought, context)),
    confirm: (questions, context) =>
      guarded(reading('asking what was pushed for proof', context), () => confirm(desk, questions, context)),
    check: () => checkPushed(desk),
  };
}
