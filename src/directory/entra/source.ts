/** Microsoft Entra ID as a directory: users, groups chosen by name or by an application, direct memberships with nesting. */
import type { DirectorySnapshot } from '../../core/model/directory.ts';
import type { ReadContext } from '../../lib/reading.ts';
import { guarded, withoutSecrets } from '../guarded.ts';
import type { DirectorySource } from '../source.ts';
import { checkEntra } from './check.ts';
import { EntraClient } from './client.ts';
import { confirm } from './confirm.ts';
import { readFull } from './full.ts';
import { look } from './look.ts';
import { type EntraOptions, secretsOf } from './options.ts';
import { type Parts, Reading } from './reading.ts';
import { EntraToken } from './token.ts';
import { readUpdate } from './update.ts';

export interface EntraDeps {
  /** Epoch ms. */
  readonly now?: () => number;
}

export function createEntraSource(options: EntraOptions, deps: EntraDeps = {}): DirectorySource {
  const token = new EntraToken(options);
  const client = new EntraClient(options, token);
  const tenant = `entra:${options.tenantId.toLowerCase()}`;
  const secrets = () => [...secretsOf(options), ...token.secrets()];
  const now = deps.now ?? Date.now;
  const parts = (context: ReadContext): Parts => ({ client, token, options, context, tenant, now });
  const guard = <T>(what: string, context: ReadContext, work: () => Promise<T>): Promise<T> =>
    guarded(
      {
        what,
        signal: context.signal,
        // Asked for when something has gone wrong, and the token of that moment is known.
        get secrets() {
          return secrets();
        },
      },
      work,
    );
  return {
    kind: 'entra',
    // The id is in the sign-in's own URL: a token for it is proof enough, and no call is needed.
    tenant: async () => tenant,
    read: (_, context) =>
      guard('reading Entra', context, () => readFull(new Reading(parts(context)), context.signal)),
    look: (sought, context) =>
      guard('reading Entra', context, () => look(new Reading(parts(context)), sought, context.signal)),
    update: (previous, context) => guard('reading Entra', context, () => update(parts(context), previous)),
    confirm: (questions, context) =>
      guard('asking Entra for proof', context, () =>
        confirm(new Reading(parts(context)), questions, context.signal),
      ),
    check: async (signal) => withoutSecrets(await checkEntra(client, token, options, signal), secrets()),
  };
}

async function update(parts: Parts, previous: DirectorySnapshot): Promise<DirectorySnapshot> {
  const { signal } = parts.context;
  const reading = new Reading(parts);
  const removed = new Set<string>();
  const updated = await readUpdate(reading, previous, removed, signal);
  if (updated !== null) return updated;
  const whole = new Reading(parts);
  // What the attempt has cost belongs to the bill.
  whole.changes.calls = reading.changes.calls;
  return readFull(whole, signal, removed);
}
