/** Any SCIM 2.0 service provider as a directory: users, groups, and groups inside groups. */
import type { DirectorySnapshot, ReadReport } from '../../core/model/directory.ts';
import type { ReadContext } from '../../lib/reading.ts';
import { redact } from '../../lib/redact.ts';
import { guarded, withoutSecrets } from '../guarded.ts';
import { OddAnswerError, plain, type Reading } from '../read-error.ts';
import type { DirectorySource } from '../source.ts';
import { checkScim } from './check.ts';
import { ScimClient } from './client.ts';
import { confirm } from './confirm.ts';
import { readEverything } from './full.ts';
import { type Desk, Intake } from './intake.ts';
import type { ScimOptions } from './options.ts';
import { resumeOf } from './resume.ts';
import { tenantOf } from './tenant.ts';
import { readChanges } from './update.ts';

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
    // Absent, everything is read each time.
    ...(options.incremental === 'never'
      ? {}
      : {
          update: (previous: DirectorySnapshot, context: ReadContext) =>
            guarded(reading('reading SCIM', context.signal), () => goOn(desk, previous, context)),
        }),
    confirm: (questions, context) =>
      guarded(reading('asking SCIM for proof', context.signal), () => confirm(desk, context, questions)),
    check: async (signal) => withoutSecrets(await checkScim(desk, signal), client.token.secrets()),
  };
}

/** What changed since the last reading, or everything where that cannot be told, with the reason among what was read. */
async function goOn(
  desk: Desk,
  previous: DirectorySnapshot,
  context: ReadContext,
): Promise<DirectorySnapshot> {
  const resume = resumeOf(previous, desk.options, desk.now());
  if (typeof resume === 'string') return readEverything(desk, context, [because(resume, desk)]);
  const intake = new Intake(desk, context);
  try {
    return await readChanges(intake, previous, resume);
  } catch (error) {
    if (!(error instanceof OddAnswerError)) throw error;
    context.signal.throwIfAborted();
    return readEverything(desk, context, [because(error.problem, desk), ...intake.reads()]);
  }
}

/** A line of the report, where the readings stand. */
function because(words: string, { client }: Desk): ReadReport {
  const reason = plain(redact(words, client.token.secrets()));
  return { what: `SCIM, everything because ${reason}`, pages: 0, items: 0, calls: 0 };
}
