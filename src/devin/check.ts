/** What `doctor` says about the key: whose it is, what it may read, when it ends, and what it has too much of. */
import { errorText } from '../lib/errors.ts';
import type { Finding } from '../lib/reading.ts';
import type { DevinClient } from './client.ts';
import { keyEndOf, keyEndPath } from './key-end.ts';
import { LIST_WORDS, type ListName, listPath } from './lists.ts';
import type { DevinOptions } from './options.ts';
import { permissionFor } from './permissions.ts';
import { pathOf } from './requests.ts';
import { principalOf, selfPath } from './self.ts';

const DAY_MS = 86_400_000;
const RENEW_WITHIN_DAYS = 30;
const KEY = 'Devin key';

interface Check {
  readonly client: DevinClient;
  readonly options: DevinOptions;
  readonly signal: AbortSignal;
  /** Unix milliseconds. */
  readonly now: () => number;
}

/** Never throws. One cheap call for each list; stops early where every further call would fail the same way. */
export async function checkKey(
  client: DevinClient,
  options: DevinOptions,
  signal: AbortSignal,
  now: () => number,
): Promise<Finding[]> {
  const check: Check = { client, options, signal, now };
  const self = await attempt(client.get(selfPath(options.prefix), signal));
  if (!self.isAnswer) return [finding('fail', KEY, self.words)];
  const owner = ownerOf(self.json, options);
  const findings = [...owner.findings];
  if (owner.id !== null) findings.push(await expiry(check, owner.id));
  for (const name of Object.keys(LIST_WORDS) as ListName[]) findings.push(await readable(check, name));
  findings.push(...(await auditAdvice(check)), ...adviceOn(options));
  return findings;
}

function ownerOf(json: unknown, options: DevinOptions): { id: string | null; findings: Finding[] } {
  const looks = options.key.startsWith('cog_')
    ? []
    : [finding('warn', KEY, 'does not start with cog_, as the keys of service users do.')];
  try {
    const { id, name } = principalOf(json, options.prefix);
    return {
      id,
      findings: [finding('ok', KEY, `service user ${name} (${id}) at ${options.url}.`), ...looks],
    };
  } catch (error) {
    return { id: null, findings: [finding('fail', KEY, errorText(error)), ...looks] };
  }
}

async function readable({ client, options, signal }: Check, name: ListName): Promise<Finding> {
  const what = LIST_WORDS[name];
  if (name === 'organizations' && options.organizations !== undefined)
    return finding('ok', what, `${options.organizations.length} taken from devin.organizations.`);
  const path = listPath(options.prefix, name, null, { first: '1' });
  const answer = await attempt(client.get(path, signal));
  if (!answer.isAnswer) return finding('fail', what, answer.words);
  return finding('ok', what, `readable (${permissionFor('GET', path)}).`);
}

async function expiry({ client, options, signal, now }: Check, id: string): Promise<Finding> {
  const what = 'end of the Devin key';
  const answer = await attempt(client.get(keyEndPath(options.prefix, id), signal));
  if (!answer.isAnswer) return finding('advice', what, `not readable, so note it elsewhere. ${answer.words}`);
  const end = keyEndOf(answer.json);
  if (end === null) return finding('ok', what, 'Devin names none.');
  const days = Math.floor((end - now()) / DAY_MS);
  const date = `${new Date(end).toISOString().slice(0, 10)}, in ${days} days`;
  if (days < 0) return finding('fail', what, `${date}: it is over. Make a new key for the service user.`);
  if (days < RENEW_WITHIN_DAYS)
    return finding('warn', what, `${date}. Make a new key for the service user soon.`);
  return finding('ok', what, `${date}.`);
}

/** Reading the audit log is the one harmless way to learn that the key holds this broad permission. */
async function auditAdvice({ client, options, signal }: Check): Promise<Finding[]> {
  const path = pathOf(options.prefix, '/v3/enterprise/audit-logs', {}, { first: '1' });
  const answer = await attempt(client.get(path, signal));
  if (!answer.isAnswer) return [];
  const held = 'The key holds ManageEnterpriseSettings, which also changes settings of the enterprise';
  return [finding('advice', 'least privilege', `${held}. Nothing here needs it.`)];
}

function adviceOn(options: DevinOptions): Finding[] {
  const writes = finding(
    'advice',
    'least privilege',
    'Planning needs ViewAccountMembership only. Applying needs ManageAccountMembership, which cannot be tried without a write; a key for plans alone should not have it.',
  );
  if (options.organizations !== undefined) return [writes];
  const orgs = finding(
    'advice',
    'least privilege',
    'ManageOrganizations also deletes organizations. Unless this daemon is to create some, name them in devin.organizations and take the permission away.',
  );
  return [writes, orgs];
}

type Attempt =
  | { readonly isAnswer: true; readonly json: unknown }
  | { readonly isAnswer: false; readonly words: string };

async function attempt(call: Promise<{ readonly json: unknown }>): Promise<Attempt> {
  try {
    return { isAnswer: true, json: (await call).json };
  } catch (error) {
    return { isAnswer: false, words: error instanceof Error ? error.message : String(error) };
  }
}

function finding(level: Finding['level'], what: string, detail: string): Finding {
  return { level, what, detail };
}
