/**
 * A turn about one person that reads that person alone, in a few calls whatever the size of the company. It never
 * leaves a trace in memory but its plan and whom guards counted in it, and wherever it meets something that the last whole turn did not know, it
 * gives way to one.
 */
import type { DecideInput } from '../core/decide.ts';
import { isOutsiderId, normaliseEmail } from '../core/identity.ts';
import type { DevinState } from '../core/model/devin.ts';
import { NO_EVIDENCE, type Questions } from '../core/model/evidence.ts';
import type { Memory } from '../core/model/memory.ts';
import type { RunScope } from '../core/model/run.ts';
import type { SeenPerson, Sighting } from '../core/model/sighting.ts';
import type { Standing } from '../core/model/standing.ts';
import { type Doubtful, evidenceFrom, partOf } from '../core/part.ts';
import { ConfigError, errorText, SourceReadError } from '../lib/errors.ts';
import type { ReadContext } from '../lib/reading.ts';
import type { StoredStanding } from '../state/store.ts';
import {
  decideBreathing,
  type LoopDeps,
  refuseProblems,
  settingsNow,
  type Turn,
  tenantPair,
} from './deciding.ts';

type OfUser = RunScope & { readonly user: string };
type Look = NonNullable<LoopDeps['source']['look']>;
type LookAtUsers = NonNullable<LoopDeps['target']['look']>;

/** Names of groups, roles and organizations, and the counts of guards, are taken from a whole turn of this age at most. */
const STANDS_MS = 24 * 3_600_000;
/** Spellings of one address (domain aliases, letter case) that are worth asking for one by one. */
const MOST_SPELLINGS = 4;
/** A person leads to their Devin user, that to a link, and that to the person: more rounds are a tangle. */
const MOST_ROUNDS = 3;

/** `doubt`: in words, why only a whole turn can tell. @throws ConfigError as a whole turn does. */
export async function partTurn(
  deps: LoopDeps,
  context: ReadContext,
  only: OfUser,
): Promise<{ readonly turn: Turn } | { readonly doubt: string }> {
  const { look } = deps.source;
  const lookAtUsers = deps.target.look;
  if (look === undefined || lookAtUsers === undefined)
    return { doubt: deps.target.wholeBecause ?? 'its directory and Devin cannot be asked about one person' };
  const stands = await standingOf(deps);
  if ('doubt' in stands) return stands;
  try {
    const party: Party = {
      deps,
      context,
      only,
      stored: stands.known,
      standing: stands.known.standing,
      look: look.bind(deps.source),
      lookAtUsers: lookAtUsers.bind(deps.target),
    };
    return await turnOf(party);
  } catch (error) {
    // A whole turn asks in another way; when that fails as well, its words are the ones to read.
    if (!(error instanceof SourceReadError) || context.signal.aborted) throw error;
    return { doubt: errorText(error) };
  }
}

/** What one such turn works with. */
interface Party {
  readonly deps: LoopDeps;
  readonly context: ReadContext;
  readonly only: OfUser;
  readonly stored: StoredStanding;
  readonly standing: Standing;
  readonly look: Look;
  readonly lookAtUsers: LookAtUsers;
}

async function standingOf({
  store,
  sourceHash,
  configHash,
  clock,
}: LoopDeps): Promise<Doubtful<StoredStanding>> {
  const stored = await store.standing.get().catch((error: unknown) => {
    if (error instanceof ConfigError) return { doubt: errorText(error) };
    throw error;
  });
  if (stored !== null && 'doubt' in stored) return stored;
  if (stored === null) return { doubt: 'there was no whole turn before' };
  const { source, standing } = stored;
  if (source !== sourceHash || standing.configHash !== configHash)
    return { doubt: 'the configuration is another one than at the last whole turn' };
  const age = clock() - standing.at;
  if (age < 0 || age > STANDS_MS) return { doubt: 'the last whole turn is too long ago' };
  return { known: stored };
}

async function turnOf(party: Party): Promise<{ readonly turn: Turn } | { readonly doubt: string }> {
  const { deps, context, only, standing } = party;
  const tenants = await tenantPair(deps, context.signal, null);
  if (tenants.directory !== standing.tenants.directory || tenants.devin !== standing.tenants.devin)
    return { doubt: 'the last whole turn was about other tenants' };
  const found = await gather(party);
  if ('doubt' in found) return found;
  const { sighting, devin, memory, ids } = found.known;
  const directory = partOf(standing, sighting, ids, deps.settings.rules);
  if ('doubt' in directory) return directory;
  const input: DecideInput = {
    directory: directory.known,
    devin,
    memory,
    tenants,
    evidence: NO_EVIDENCE,
    settings: settingsNow(deps),
    configHash: deps.configHash,
    maxPerSecond: deps.maxPerSecond,
    only,
    standing,
    now: deps.clock(),
  };
  const turn = await prove(party, input, ids);
  if ('doubt' in turn) return turn;
  const { decision } = turn.known;
  if (decision.doubt !== null) return { doubt: decision.doubt };
  await deps.store.plans.put(decision.plan);
  // Until this plan is written, nothing else tells the next such turn whom it counted.
  if (decision.plan.operations.length > 0)
    await deps.store.standing.put({ ...party.stored, standing: decision.standing });
  return { turn: turn.known };
}

/** Everything about the people who may be meant, from both sides. */
interface Found {
  readonly sighting: Sighting;
  readonly devin: DevinState;
  readonly memory: Memory;
  /** IdP ids of everybody who is judged. */
  readonly ids: readonly string[];
}

/** Follows the links of the ledger from people to users and back until nobody new turns up. */
async function gather(party: Party): Promise<Doubtful<Found>> {
  const { deps, context, only, standing } = party;
  const { domainAliases } = deps.settings;
  const emails = new Set(spellings(only.user, domainAliases));
  let sighting = await party.look({ people: [], emails: [...emails], groups: [] }, context);
  const ids = new Set(sighting.people.map(({ person }) => person.id));
  for (let round = 0; round < MOST_ROUNDS; round++) {
    for (const { person } of sighting.people) if (person.email !== null) emails.add(person.email);
    if (emails.size > MOST_SPELLINGS) return { doubt: 'their address may be spelt in too many ways' };
    const devin = await party.lookAtUsers([...emails], standing, context);
    if (devin === null) return { doubt: 'Devin names a role or an organization that is new' };
    const users = Array.from({ length: devin.userCount }, (_, user) => devin.user(user).id);
    const memory = await deps.store.memory.part(standing.tenants, { people: [...ids], users });
    if (memory === null) return { doubt: 'the ledger was not read since the last update' };
    if (memory.people.some(({ directoryId }) => isOutsiderId(directoryId)))
      return { doubt: 'they were let in by name, without being in the directory' };
    const unseen = memory.people.filter(({ directoryId }) => !ids.has(directoryId));
    const lost = memory.people.filter(({ devinId }) => devin.userIndex(devinId) < 0);
    if (ids.size === 0 && unseen.length === 0) return { doubt: 'nobody in the directory has that address' };
    const spelt = emails.size;
    for (const { email } of lost) emails.add(email);
    if (unseen.length === 0 && emails.size === spelt) {
      if (lost.length > 0) return { doubt: 'their Devin user is gone, or goes by another address' };
      return { known: { sighting, devin, memory, ids: [...ids] } };
    }
    const people = unseen.map(({ directoryId }) => directoryId);
    for (const id of people) ids.add(id);
    if (people.length > 0)
      sighting = joined(sighting, await party.look({ people, emails: [], groups: [] }, context));
  }
  return { doubt: 'the ledger links them to too many others' };
}

function joined(one: Sighting, other: Sighting): Sighting {
  const people = new Map<string, SeenPerson>();
  for (const seen of [...one.people, ...other.people]) people.set(seen.person.id, seen);
  return { ...other, people: [...people.values()], reads: [...one.reads, ...other.reads] };
}

/** The address as it is compared, and under each domain that means the same. */
function spellings(user: string, aliases: Readonly<Record<string, string>>): string[] {
  const plain = normaliseEmail(user, aliases);
  if (plain === null) return [user];
  const at = plain.lastIndexOf('@');
  const domain = plain.slice(at + 1);
  const others = Object.entries(aliases).filter(([, meant]) => meant === domain);
  return [plain, ...others.map(([alias]) => `${plain.slice(0, at)}@${alias}`)];
}

/** As in a whole turn; a group that lost them is asked by looking at them a second time. */
async function prove(party: Party, input: DecideInput, ids: readonly string[]): Promise<Doubtful<Turn>> {
  const first = await decideBreathing(input);
  refuseProblems(first);
  const { questions } = first;
  if (questions.people.length === 0 && questions.groups.length === 0)
    return { known: { input, decision: first } };
  const answers = await answersTo(party, questions, ids);
  if ('doubt' in answers) return answers;
  const proven = { ...input, evidence: answers.known };
  return { known: { input: proven, decision: await decideBreathing(proven) } };
}

async function answersTo(
  { deps, context, look }: Party,
  questions: Questions,
  people: readonly string[],
): Promise<ReturnType<typeof evidenceFrom>> {
  const nothing: Sighting = { tenant: '', people: [], existing: [], reads: [] };
  const { groups } = questions;
  const [answers, again] = await Promise.all([
    questions.people.length === 0
      ? NO_EVIDENCE
      : deps.source.confirm({ people: questions.people, groups: [] }, context),
    groups.length === 0 ? nothing : look({ people, emails: [], groups }, context),
  ]);
  return evidenceFrom(questions, again, answers);
}
