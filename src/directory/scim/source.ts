/** Any SCIM 2.0 service provider as a directory: users, groups, and groups inside groups. */
import { guarded, withoutSecrets } from '../guarded.ts';
import type { Reading } from '../read-error.ts';
import type { DirectorySource } from '../source.ts';
import { checkScim } from './check.ts';
import { ScimClient } from './client.ts';
import { confirm } from './confirm.ts';
import { readEverything } from './full.ts';
import type { Desk } from './intake.ts';
import type { ScimOptions } from './options.ts';
import { tenantOf } from './tenant.ts';

/** @param now Unix ms of this host. */
export function createScimSource(options: ScimOptions, now: () => number = Date.now): DirectorySource {
  const client = new ScimClient(options);
  const desk: Desk = { client, options, now };
  /** A bought token is a secret as well, known only once it was bought. */
  const reading = (what: string, signal: AbortSignal): Reading => ({
    ...{ what, signal },
    get secrets() {
      return client.token.secrets();
    },
  });
  return {
    kind: 'scim',
    tenant: async () => tenantOf(options),
    read: (_, context) =>
      guarded(reading('reading SCIM', context.signal), () => readEverything(desk, context)),
    confirm: (questions, context) =>
      guarded(reading('asking SCIM for proof', context.signal), () => confirm(desk, context, questions)),
    check: async (signal) => withoutSecrets(await checkScim(desk, signal), client.token.secrets()),
  };
}
