/** Okta as a directory: users of every status, groups chosen by name or by application, their members. */
import type { DirectorySnapshot } from '../../core/model/directory.ts';
import type { ReadContext } from '../../lib/reading.ts';
import { guarded, withoutSecrets } from '../guarded.ts';
import { newTally, type Tally } from '../pages.ts';
import { parseOne } from '../parse.ts';
import { OddAnswerError, type Place, parseJson } from '../read-error.ts';
import type { DirectorySource } from '../source.ts';
import { checkOkta } from './check.ts';
import { OktaClient } from './client.ts';
import { confirm } from './confirm.ts';
import { readEverything } from './full.ts';
import { type Desk, Intake } from './intake.ts';
import { look } from './look.ts';
import type { OktaOptions } from './options.ts';
import { resumeOf } from './resume.ts';
import { oktaOrg } from './schema.ts';
import { readChanges } from './update.ts';

/** @param now Unix ms of this host: it only tells how old a full reading is. */
export function createOktaSource(options: OktaOptions, now: () => number = Date.now): DirectorySource {
  const client = new OktaClient(options);
  let known: string | null = null;
  /** The org behind a URL never changes, so it is asked for once. */
  async function tenant(signal: AbortSignal, tally = newTally('Okta org')): Promise<string> {
    known ??= await readTenant(client, tally, signal);
    return known;
  }
  const secrets = [options.token ?? '', options.privateKey?.key ?? ''];
  const desk: Desk = { client, options, tenant, now };
  return {
    kind: 'okta',
    tenant: (signal) => guarded({ what: 'reading the Okta org', signal, secrets }, () => tenant(signal)),
    read: (_, context) =>
      guarded({ what: 'reading Okta', signal: context.signal, secrets }, () => readEverything(desk, context)),
    look: (sought, context) =>
      guarded({ what: 'reading Okta', signal: context.signal, secrets }, () => look(desk, context, sought)),
    update: (previous, context) =>
      guarded({ what: 'reading Okta', signal: context.signal, secrets }, () => goOn(desk, previous, context)),
    confirm: (questions, context) =>
      guarded({ what: 'asking Okta for proof', signal: context.signal, secrets }, () =>
        confirm(desk, context, questions),
      ),
    check: async (signal) => withoutSecrets(await checkOkta(desk, signal), secrets),
  };
}

async function readTenant(client: OktaClient, tally: Tally, signal: AbortSignal): Promise<string> {
  // Public metadata: /api/v1/org would need the scope okta.orgs.read for the same id.
  const place: Place = { what: 'Okta org', page: null, url: client.url('/.well-known/okta-organization') };
  const answer = await client.get({ place, tally, signal });
  return `okta:${parseOne(parseJson(answer, place), oktaOrg, place).id}`;
}

/** What changed since the last reading, or everything where that cannot be told. */
async function goOn(
  desk: Desk,
  previous: DirectorySnapshot,
  context: ReadContext,
): Promise<DirectorySnapshot> {
  const resume = resumeOf(previous, desk.options, desk.now());
  if (resume === null) return readEverything(desk, context);
  const intake = new Intake(desk, context);
  try {
    return await readChanges(intake, previous, resume);
  } catch (error) {
    if (!(error instanceof OddAnswerError)) throw error;
    context.signal.throwIfAborted();
    return readEverything(desk, context, intake.calls);
  }
}
